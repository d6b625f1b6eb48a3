/** The timeframe: presets, those used before, any other. */

import type { Info } from "../asking/answer";
import { localInstant, localText, PRESETS, type Range, resolved, timeText } from "../asking/times";
import { el } from "../dom";

const KEY = "usql.ranges";
const MOST = 5;
const CUSTOM = "custom";

export class Timeframe {
  readonly element: HTMLElement;
  private range: Range = { from: "", to: "" };
  private readonly choice = el("select", { id: "timeframe", change: () => this.choose() });
  private readonly start = el("input", { type: "datetime-local", step: "any", "aria-label": "Start" });
  private readonly end = el("input", { type: "datetime-local", step: "any", "aria-label": "End" });
  private readonly custom = el("span", { class: "custom", hidden: true }, this.start, "–", this.end);
  private readonly shown = el("span", { class: "range" });

  constructor(
    private info: Info,
    private readonly offset: () => number,
    private readonly changed: () => void,
  ) {
    for (const input of [this.start, this.end]) input.addEventListener("change", () => this.write());
    this.element = el(
      "section",
      { class: "timeframe", "aria-label": "Time" },
      el("label", { for: "timeframe" }, "Timeframe"),
      this.choice,
      el(
        "span",
        { class: "steps" },
        el("button", { type: "button", class: "plain", "aria-label": "Earlier", title: "Earlier", click: () => this.shift(-1) }, "◂"),
        el("button", { type: "button", class: "plain", "aria-label": "Later", title: "Later", click: () => this.shift(1) }, "▸"),
      ),
      this.custom,
      this.shown,
    );
    this.show();
  }

  get value(): Range {
    return this.range;
  }

  set value(range: Range) {
    this.range = range;
    this.show();
  }

  /** Takes the span of the data and the clock as they are now. */
  update(info: Info): void {
    this.info = info;
    this.show();
  }

  /** Keeps a range that was asked for among those to choose. */
  keep(): void {
    if (PRESETS.some((preset) => isSame(preset, this.range))) return;
    const others = kept().filter((one) => !isSame(one, this.range));
    try {
      localStorage.setItem(KEY, JSON.stringify([this.range, ...others].slice(0, MOST)));
    } catch {
      return; // storage is switched off
    }
    this.show();
  }

  /** Shows the same times on another clock. */
  show(): void {
    const offset = this.offset();
    const recent = kept().filter((range) => !PRESETS.some((preset) => isSame(preset, range)));
    const known = [...PRESETS, ...recent.map((range) => ({ ...range, label: this.text(range) }))];
    const at = known.findIndex((range) => isSame(range, this.range));
    this.choice.replaceChildren(
      ...known.map((range, number) => el("option", { value: number, selected: number === at }, range.label)),
      el("option", { value: CUSTOM, selected: at < 0 }, "Custom…"),
    );
    this.choice.onchange = null;
    this.options = known;
    const isCustom = at < 0 || at >= PRESETS.length;
    this.custom.hidden = !isCustom;
    this.shown.hidden = isCustom;
    this.shown.textContent = this.text(this.range);
    const times = resolved(this.range, this.info);
    if (isCustom && times !== null) {
      this.start.value = localText(times[0], offset);
      this.end.value = localText(times[1], offset);
    }
  }

  private options: readonly Range[] = [];

  private choose(): void {
    const range = this.options[Number(this.choice.value)];
    if (range !== undefined) this.set(range);
    else {
      const times = resolved(this.range, this.info) ?? this.info.span;
      this.set({ from: String(times[0]), to: String(times[1]) });
      this.choice.value = CUSTOM;
      this.custom.hidden = false;
      this.shown.hidden = true;
    }
  }

  private write(): void {
    const start = localInstant(this.start.value, this.offset());
    const end = localInstant(this.end.value, this.offset());
    const isRange = start !== null && end !== null && start < end;
    const problem = isRange ? "" : "The start must be before the end.";
    this.end.setCustomValidity(problem);
    if (isRange) this.set({ from: String(start), to: String(end) });
    else this.end.reportValidity();
  }

  private shift(direction: -1 | 1): void {
    const times = resolved(this.range, this.info);
    if (times === null) return;
    const by = direction * (times[1] - times[0]);
    this.set({ from: String(times[0] + by), to: String(times[1] + by) });
  }

  private set(range: Range): void {
    this.value = { from: range.from, to: range.to };
    this.changed();
  }

  private text(range: Range): string {
    if (range.from === "" && range.to === "" && this.info.span[1] === 0) return ""; // there are no times yet
    const times = resolved(range, this.info);
    if (times === null) return `${range.from || "start of the data"} – ${range.to || "end of the data"}`;
    return times.map((time) => timeText(time, this.offset()).slice(0, 16)).join(" – ");
  }
}

function isSame(one: Range, other: Range): boolean {
  return one.from === other.from && one.to === other.to;
}

function kept(): readonly Range[] {
  try {
    const ranges: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ranges) ? ranges.filter(isRange) : [];
  } catch {
    return []; // not ours, or storage is switched off
  }
}

function isRange(value: unknown): value is Range {
  const { from, to } = (value ?? {}) as Partial<Range>;
  return typeof from === "string" && typeof to === "string";
}
