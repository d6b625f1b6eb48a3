/** The contract of a panel of the side bar. */

import type { Info, Question } from "../asking/answer";
import type { State } from "../asking/state";

export interface Panel {
  readonly id: string;
  readonly title: string;
  /** Fills the container, which is empty; called once, when the panel is first opened. */
  show(container: HTMLElement, desk: Desk): void | Promise<void>;
}

/** What a panel may ask of the page. */
export interface Desk {
  readonly info: Info;
  /** The text and the fields as they stand now, as a question for the server. */
  question(): Question;
  /** Writes text at the cursor of the editor, over what is selected there. */
  insert(text: string): void;
  /** Puts a text and what is given of the fields in place of those that are there. */
  load(state: Partial<State>): void;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown>;
  say(message: string): void;
  /** Calls back when, after an answer, there are other sessions than before. */
  followed(arrived: () => Promise<void>): void;
}
