/** Downloads: all rows of the question that was answered, in the form of a file. */

import type { Question } from "../asking/answer";
import { send } from "../asking/server";
import { saveFile } from "./save";

export interface Form {
  readonly label: string;
  readonly suffix: string;
  readonly accept: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export const FORMS: readonly Form[] = [
  { label: "CSV", suffix: "csv", accept: "text/csv" },
  { label: "CSV that spreadsheets do not evaluate", suffix: "csv", accept: "text/csv", options: { csvSafe: true } },
  { label: "NDJSON", suffix: "ndjson", accept: "application/x-ndjson" },
  { label: "Parquet", suffix: "parquet", accept: "application/vnd.apache.parquet" },
  { label: "Arrow", suffix: "arrow", accept: "application/vnd.apache.arrow.stream" },
];

/**
 * Asks again and saves what comes, which may be more rows than the page has. Returns a sentence about it,
 * with the note about the default limit if that cut the rows.
 */
export async function download(question: Question, form: Form, signal: AbortSignal): Promise<string> {
  const { limit: _, ...whole } = question;
  const response = await send("app/query", { ...whole, ...form.options }, signal, form.accept);
  const kind = response.headers.get("Content-Type") ?? "";
  if (!kind.startsWith(form.accept)) throw new Error(`The server sent no ${form.label}.`);
  const name = `usql.${form.suffix}`;
  saveFile(name, await response.blob());
  const rows = response.headers.get("Usql-Rows") ?? "";
  const note = decodeURIComponent(response.headers.get("Usql-Limit-Note") ?? "");
  return `${name} was saved: ${rows === "1" ? "1 row" : `${Number(rows).toLocaleString("en-US")} rows`}. ${note}`;
}
