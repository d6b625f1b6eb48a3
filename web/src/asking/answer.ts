/** What is asked, and what the server answers, as its JSON has them. */

/** A time: milliseconds since 1970 UTC, or a text such as "-2h", "now" or "data-end". */
export type Instant = number | string;

/** The body of `/app/query`. The offset is in minutes east of UTC, the timeout in seconds. */
export interface Question {
  readonly text: string;
  readonly start?: Instant;
  readonly end?: Instant;
  readonly offset?: number;
  readonly now?: Instant;
  readonly profile?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  /** The most rows to send. */
  readonly limit?: number;
}

export interface Column {
  /** Names may repeat. */
  readonly name: string;
  readonly role: "key" | "leaf";
  /**
   * "integer", "double", "boolean", "string" or "timestamp" (milliseconds since 1970 UTC), or one of
   * these within "list<…>" or "pair<…>".
   */
  readonly type: string;
  readonly timeOrder: "ascending" | "descending" | null;
  /** The unit of the numbers: "ms", or none. */
  readonly unit: string | null;
  readonly isOfStar: boolean;
}

/** Whole numbers beyond 2 to the 53rd are texts. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export interface FunnelStep {
  readonly name: string;
  readonly count: number;
  /** Shares, 0 to 1; null if there is nothing to compare with. */
  readonly fromFirst: number | null;
  readonly fromPrevious: number | null;
}

/** An ID may have several sessions; the start tells which is meant. */
export interface SessionKey {
  readonly userSessionId: string;
  readonly startTime: number | null;
}

export interface Answer {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
  /** The rows of the whole answer, of which `rows` are the first. */
  readonly rowCount: number;
  /** The rows before the limit, if that is known. */
  readonly totalRows: number | null;
  readonly funnel: readonly FunnelStep[] | null;
  /** The ID and the start of each row's session; null for groups. */
  readonly sessions: readonly (readonly [string | null, number | null])[] | null;
  readonly explanations: readonly string[];
  readonly limitNote: string | null;
  /** The kind of chart that suits the answer, and all that fit it. */
  readonly chart: string | null;
  readonly kinds: readonly string[];
  /** The text as it was run: placeholders have their values. */
  readonly text: string;
  readonly diagnostics: readonly Problem[];
  readonly milliseconds: number;
}

/** A replacement in a text; places are counted in UTF-16 units. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Problem {
  readonly code: string;
  readonly name: string;
  readonly severity: "error" | "warning" | "information" | "hint";
  readonly message: string;
  readonly from: number;
  readonly to: number;
  /** The page about the rule. */
  readonly href: string;
  readonly fixes: readonly { readonly title: string; readonly safe: boolean; readonly edits: readonly Edit[] }[];
}

/** What `/app/info` tells about the server and its data. */
export interface Info {
  readonly version: string;
  readonly source: string;
  readonly sessions: number;
  /** The first start, and one past the last end; both 0 without sessions. */
  readonly span: readonly [number, number];
  readonly notes: readonly string[];
  /** Whether sessions arrive while the page is open. */
  readonly ingest: boolean;
  readonly profile: string;
  readonly limits: { readonly timeout: number | null; readonly rows: number; readonly text: number };
  /** The value of `$NOW`, and the start of the default timeframe. */
  readonly clock: { readonly now: number; readonly start: number };
  /** The kinds of charts and what each is. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly queries: { readonly running: number; readonly waiting: number; readonly ended: number; readonly cancelled: number };
}
