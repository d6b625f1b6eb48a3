/** The contract of a view: one way to look at an answer, a tab below the editor. */

import type { Answer, Info, Question, SessionKey } from "../asking/answer";

export interface View {
  /** Names the view in the address (`v=`) and in CSS; never changes. */
  readonly id: string;
  /** The label of its tab. */
  readonly title: string;
  /** Whether the view has anything to show for this answer; else it has no tab. */
  offered(answer: Answer): boolean;
  /**
   * Fills the container, which is empty. Called again, with an empty container, for each answer and
   * when colours change. An error that it throws is shown in its place.
   */
  show(container: HTMLElement, answer: Answer, context: Context): void | Promise<void>;
}

/** What a view may ask of the page. */
export interface Context {
  /** The question that was answered. */
  readonly question: Question;
  readonly info: Info;
  readonly dark: boolean;
  /** Aborted when another view or another answer takes the place of this one. */
  readonly signal: AbortSignal;
  /** The JSON that the server answers; stops with `signal`. Throws `Refused` if it refuses. */
  post(path: string, body: unknown): Promise<unknown>;
  /** Opens the timeline of a session. */
  openSession(key: SessionKey): void;
  /** Shows a short message for a moment, and has screen readers say it. */
  say(message: string): void;
}
