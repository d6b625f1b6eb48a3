/** The fields beside the text: timeframe, offset, profile, and a field for each placeholder. */

import type { Info } from "../asking/answer";
import type { State } from "../asking/state";
import { offsetText } from "../asking/times";
import { el } from "../dom";
import { Timeframe } from "./timeframe";

const PROFILES = ["dynatrace", "offline"];

/** Every offset that a place on earth has, in minutes. */
const OFFSETS = [
  -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 0, 60, 120, 180, 210, 240,
  270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 825, 840,
];

type Fielded = Pick<State, "from" | "to" | "offset" | "profile" | "parameters">;

export class Fields {
  readonly timeframe: Timeframe;
  readonly placeholders = el("div", { class: "placeholders", role: "group", "aria-label": "Placeholders", hidden: true });
  readonly profile: HTMLSelectElement;
  readonly offset: HTMLSelectElement;
  private values: Record<string, string> = {};
  private names: readonly string[] = [];

  /** `changed` is called after each change by a person, `judged` when it changes what is an error. */
  constructor(
    private readonly info: Info,
    private readonly changed: () => void,
    judged: () => void,
  ) {
    const change = (): void => {
      this.timeframe.show();
      changed();
    };
    this.offset = el("select", { id: "offset", "aria-label": "Offset from UTC", title: "Offset from UTC", change });
    this.profile = el(
      "select",
      { id: "profile", "aria-label": "Profile", title: "Profile: the limits of the vendor, or none", change: () => (judged(), changed()) },
      ...PROFILES.map((name) => el("option", { value: name, selected: name === info.profile }, name)),
    );
    this.timeframe = new Timeframe(info, () => Number(this.offset.value), changed);
    this.showOffsets(0);
    this.timeframe.show();
  }

  get value(): Fielded {
    const parameters = Object.fromEntries(this.names.map((name) => [name, this.values[name] ?? ""]));
    const profile = this.profile.value === this.info.profile ? "" : this.profile.value;
    return { ...this.timeframe.value, offset: Number(this.offset.value), profile, parameters };
  }

  set value(state: Partial<Fielded>) {
    if (state.offset !== undefined) this.showOffsets(state.offset);
    if (state.profile !== undefined) this.profile.value = PROFILES.includes(state.profile) ? state.profile : this.info.profile;
    if (state.parameters !== undefined) this.values = { ...this.values, ...state.parameters };
    const { from, to } = { ...this.timeframe.value, ...state };
    this.timeframe.value = { from, to };
    this.names = [...new Set([...this.names, ...Object.keys(state.parameters ?? {})])];
    this.showPlaceholders();
  }

  /** Shows a field for each of these placeholders, and no other. */
  ask(names: readonly string[]): void {
    if (names.join("\n") === this.names.join("\n") && this.placeholders.childElementCount === names.length) return;
    this.names = names;
    this.showPlaceholders();
  }

  private showOffsets(offset: number): void {
    const every = [...new Set([...OFFSETS, offset, -new Date().getTimezoneOffset()])].sort((one, other) => one - other);
    this.offset.replaceChildren(
      ...every.map((minutes) => el("option", { value: minutes, selected: minutes === offset }, offsetText(minutes))),
    );
  }

  private showPlaceholders(): void {
    this.placeholders.hidden = this.names.length === 0;
    this.placeholders.replaceChildren(
      ...this.names.map((name) => {
        const input = el("input", { type: "text", value: this.values[name] ?? "", spellcheck: "false" });
        input.addEventListener("input", () => {
          this.values[name] = input.value;
          this.changed();
        });
        return el("label", {}, el("code", {}, `{{${name}}}`), input);
      }),
    );
  }
}
