/** The size of charts: specifications have that of files, the page has the room of its window. */

/** A specification in Vega-Lite, or a view in one. */
export interface Spec {
  readonly width?: unknown;
  readonly encoding?: { readonly y?: { readonly type?: unknown }; readonly color?: unknown };
  readonly hconcat?: readonly Spec[];
  readonly vconcat?: readonly Spec[];
  readonly [key: string]: unknown;
}

/** What stands beside the plot: the labels of its axis, longer if they are names, and the legend. */
const NUMBERS = 90;
const NAMES = 190;
const LEGEND = 200;
/** Below this the legend stands under the plot, and values under each other. */
export const NARROW = 640;
const LEAST = 160;
const MOST = 1100;

/** The specification with views as wide as the room allows. Widths that follow from the values stay. */
export function fitted(spec: Spec, room: number): Spec {
  const across = spec.hconcat?.length ?? 1;
  const { encoding } = spec.hconcat?.[0] ?? spec.vconcat?.[0] ?? spec;
  const labels = encoding?.y?.type === "quantitative" ? NUMBERS : NAMES;
  const beside = labels + (encoding?.color === undefined || room < NARROW ? 0 : LEGEND) + 30 * (across - 1);
  const width = Math.round(Math.min(MOST, Math.max(LEAST, (room - beside) / across)));
  const sized = (view: Spec): Spec => (typeof view.width === "number" && view.encoding !== undefined ? { ...view, width } : view);
  if (spec.hconcat !== undefined && encoding === undefined && room < NARROW) {
    const { hconcat, ...others } = spec;
    return { ...others, vconcat: hconcat };
  }
  return {
    ...sized(spec),
    ...(spec.hconcat === undefined ? {} : { hconcat: spec.hconcat.map(sized) }),
    ...(spec.vconcat === undefined ? {} : { vconcat: spec.vconcat.map(sized) }),
  };
}
