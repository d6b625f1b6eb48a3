/**
 * Draws charts. This part is loaded when a chart is first opened. Expressions are interpreted: the
 * page may not make functions of text. Tooltips are texts of their own, since Vega's write HTML.
 */

import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { el } from "../dom";
import { look } from "./look";
import { fitted, NARROW, type Spec } from "./size";

export interface Drawing {
  svg(): Promise<string>;
  /** The address of the picture, as a `data:` URL. */
  png(): Promise<string>;
  /** Frees what the drawing holds. */
  end(): void;
}

/** Draws a specification in Vega-Lite into an element that is in the page. */
export async function draw(place: HTMLElement, spec: Spec, isDark: boolean): Promise<Drawing> {
  const room = place.clientWidth;
  const styled = { ...fitted(spec, room), config: look(isDark, room < NARROW) } as unknown as TopLevelSpec;
  const compiled = compile(styled).spec;
  const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const chart = el("div", { class: "drawing" });
  place.append(chart, tip);
  const view = new View(parse(compiled, {}, { ast: true }), {
    expr: expressionInterpreter,
    renderer: "svg",
    container: chart,
    hover: true,
    tooltip: (_handler: unknown, event: MouseEvent, _item: unknown, value: unknown) => show(tip, event, value),
  });
  await view.runAsync();
  return {
    svg: () => view.toSVG(),
    png: () => view.toImageURL("png", 2),
    end: () => view.finalize(),
  };
}

/** The names and values of what is under the pointer; nothing for `null`. */
function show(tip: HTMLElement, event: MouseEvent, value: unknown): void {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  const pairs = typeof value === "object" ? Object.entries(value as object) : [["", value]];
  tip.replaceChildren(...pairs.flatMap(([name, text]) => [el("span", { class: "quiet" }, String(name)), el("span", {}, String(text))]));
  const { clientX: x, clientY: y } = event;
  const isRight = x > innerWidth / 2;
  tip.style.left = isRight ? "" : `${x + 14}px`;
  tip.style.right = isRight ? `${innerWidth - x + 14}px` : "";
  tip.style.top = `${Math.min(y + 14, innerHeight - tip.offsetHeight - 8)}px`;
}
