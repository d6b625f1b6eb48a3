/** Views that are charts: one for each kind, drawn by a part of the page that is loaded when needed. */

import type { Answer } from "../asking/answer";
import { el } from "../dom";
import { titled } from "../editor/problems";
import { saveFile } from "../parts/save";
import type { Context, View } from "../views/view";
import type { Spec } from "./size";

/** Milliseconds after which the width of a window that is being resized is taken as its new one. */
const SETTLED = 150;

interface ChartAnswer {
  readonly kind: string;
  readonly spec: Spec;
}

/** The view of a kind of chart, which answers have that it fits. */
export function chart(kind: string, title: string): View {
  return {
    id: kind,
    title,
    offered: (answer: Answer) => answer.kinds.includes(kind),
    show: (container, answer, context) => show(container, kind, answer, context),
  };
}

async function show(container: HTMLElement, kind: string, answer: Answer, context: Context): Promise<void> {
  container.append(el("p", { class: "nothing", role: "status" }, "Drawing …"));
  const asked = context.post("app/chart", { ...context.question, kind }) as Promise<ChartAnswer>;
  const [{ draw }, { spec }] = await Promise.all([import("./draw"), asked]);
  if (context.signal.aborted) return;
  const place = el("div", { class: "plot", tabindex: 0, role: "group", "aria-label": "Chart" });
  container.replaceChildren(place);
  let drawing = await draw(place, spec, context.dark);
  let timer: number | undefined;
  let width = place.clientWidth;
  const watcher = new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    clearTimeout(timer);
    timer = window.setTimeout(() => void redraw(), SETTLED);
  });
  watcher.observe(place);
  context.signal.addEventListener("abort", () => {
    clearTimeout(timer);
    watcher.disconnect();
    drawing.end();
  });
  const buttons = [
    save("SVG", async () => saveFile("usql.svg", new Blob([await drawing.svg()], { type: "image/svg+xml" }))),
    save("PNG", async () => saveFile("usql.png", await drawing.png())),
    save("Vega-Lite", () => saveFile("usql.vl.json", new Blob([JSON.stringify(spec, null, 2)], { type: "application/json" }))),
  ];
  const about = answer.chart === kind ? null : el("p", { class: "quiet" }, titled(context.info.kinds[kind] ?? ""));
  container.prepend(el("div", { class: "tools", role: "toolbar", "aria-label": "Chart" }, about, ...buttons));

  async function redraw(): Promise<void> {
    drawing.end();
    place.replaceChildren();
    drawing = await draw(place, spec, context.dark);
    if (context.signal.aborted) drawing.end();
  }

  function save(form: string, run: () => void | Promise<void>): HTMLElement {
    return el("button", { type: "button", title: `Download the chart as ${form}`, click: () => void run() }, `⤓ ${form}`);
  }
}
