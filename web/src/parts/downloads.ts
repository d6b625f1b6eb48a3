/** Downloads: all rows of the question that was answered, in the form of a file. */

import type { Question } from "../asking/answer";
import { address, post } from "../asking/server";
import { saveFile } from "./save";

export interface Form {
  readonly label: string;
  readonly form: string;
  readonly csvSafe?: boolean;
}

export const FORMS: readonly Form[] = [
  { label: "CSV", form: "csv" },
  { label: "CSV that spreadsheets do not evaluate", form: "csv", csvSafe: true },
  { label: "NDJSON", form: "ndjson" },
  { label: "Parquet", form: "parquet" },
  { label: "Arrow", form: "arrow" },
];

interface Ready {
  /** Where the file can be fetched, once. */
  readonly path: string;
  readonly rows: number;
  readonly limitNote: string | null;
}

/**
 * Asks again, which may give more rows than the page has, and lets the browser save the file: it comes
 * piece by piece to the disk, and the browser's own list of downloads shows and ends it. Returns a
 * sentence about it, with the note about the default limit if that cut the rows.
 */
export async function download(question: Question, { form, csvSafe = false }: Form, signal: AbortSignal): Promise<string> {
  const { limit: _, ...whole } = question;
  const { path, rows, limitNote } = (await post("app/download", { ...whole, form, csvSafe }, signal)) as Ready;
  const name = `usql.${form}`;
  saveFile(name, address(path));
  return `The browser saves ${name}: ${rows === 1 ? "1 row" : `${rows.toLocaleString("en-US")} rows`}. ${limitNote ?? ""}`;
}
