/** How charts look in the page, in the colours of `colours.css`. */

const FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/** The configuration for Vega-Lite. */
export function look(isDark: boolean, isNarrow: boolean): object {
  const ink = isDark ? "#e6e8ec" : "#1b1e25";
  const quiet = isDark ? "#a5adba" : "#565d6b";
  const line = isDark ? "#333a46" : "#d5d9e0";
  return {
    background: isDark ? "#15181e" : "#ffffff",
    font: FONT,
    view: { stroke: null },
    axis: { labelColor: quiet, titleColor: ink, gridColor: line, domainColor: quiet, tickColor: quiet, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600 },
    legend: { ...(isNarrow ? { orient: "bottom", columns: 2 } : {}), labelColor: quiet, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600 },
    title: { color: ink, subtitleColor: quiet, fontSize: 14, subtitleFontSize: 12 },
    text: { color: ink },
    mark: { color: isDark ? "#6aa3d8" : "#4c78a8" },
    // On black the least value is dark, so that what is large stands out there too.
    range: { heatmap: isDark ? ["#1b2d45", "#2f5f96", "#7ab7f5", "#e3f1ff"] : { scheme: "blues" } },
  };
}
