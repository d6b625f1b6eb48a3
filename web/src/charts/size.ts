/** The size of charts: specifications have that of files, the page has the room of its window. */

/** A specification in Vega-Lite, or a view in one. */
export interface Spec {
  readonly width?: unknown;
  readonly encoding?: { readonly y?: { readonly type?: unknown } | undefined; readonly color?: unknown };
  readonly layer?: readonly { readonly mark: { readonly fontSize: number } }[] | undefined;
  readonly hconcat?: readonly Spec[];
  readonly vconcat?: readonly Spec[];
  readonly [key: string]: unknown;
}

/** What stands beside the plot: the labels of its axis, longer if they are names, and the legend. */
const NUMBERS = 90;
const NAMES = 190;
const LEGEND = 200;
/** Below this the legend stands under the plot, and what is side by side elsewhere under each other. */
export const NARROW = 640;
const MARGIN = 10;
const LEAST_LETTERS = 12;
const LEAST = 160;
const MOST = 1100;

/** The specification with views as wide as the room allows. Widths that follow from the values stay. */
export function fitted(spec: Spec, room: number): Spec {
  const { hconcat, ...others } = spec;
  if (hconcat !== undefined && room < NARROW) return fitted({ ...others, vconcat: stacked(hconcat, room - MARGIN) }, room);
  const across = hconcat?.length ?? 1;
  const { encoding } = spec.hconcat?.[0] ?? spec.vconcat?.[0] ?? spec;
  const labels = encoding?.y?.type === "quantitative" ? NUMBERS : NAMES;
  const beside = labels + (encoding?.color === undefined || room < NARROW ? 0 : LEGEND) + 30 * (across - 1);
  const width = Math.round(Math.min(MOST, Math.max(LEAST, (room - beside) / across)));
  const sized = (view: Spec): Spec => (typeof view.width === "number" && view.encoding !== undefined ? { ...view, width } : view);
  return {
    ...sized(spec),
    ...(spec.hconcat === undefined ? {} : { hconcat: spec.hconcat.map(sized) }),
    ...(spec.vconcat === undefined ? {} : { vconcat: spec.vconcat.map(sized) }),
  };
}

/**
 * Views that stood side by side: those of charts have the labels of the first, which served all of them;
 * texts are one below the other, in letters for which there is room.
 */
function stacked(views: readonly Spec[], room: number): readonly Spec[] {
  const [first] = views;
  if (first?.encoding !== undefined) return views.map((view) => ({ ...view, encoding: { ...view.encoding, y: first.encoding?.y } }));
  const widest = Math.max(...views.map(({ width }) => Number(width)));
  const share = Math.min(1, room / widest);
  return views.map((view) => ({
    ...view,
    width: Math.round(widest * share),
    layer: view.layer?.map((layer) => ({ ...layer, mark: { ...layer.mark, fontSize: Math.max(LEAST_LETTERS, Math.floor(layer.mark.fontSize * share)) } })),
  }));
}
