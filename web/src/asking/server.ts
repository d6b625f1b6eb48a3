/** Requests to the server that the page came from. */

import type { Problem } from "./answer";

/**
 * The server refused a request: its status and message, and the problems of a query. The status is 0 if
 * it cannot be reached.
 */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: readonly Problem[] = [],
    /** The text to which the places of the problems belong. */
    readonly text: string | null = null,
  ) {
    super(message);
    this.name = "Refused";
  }
}

/** The address of a path of the server, which may itself be below a path of a proxy. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ""), document.baseURI).href.replace(/#.*$/, "");
}

export async function get(path: string, signal?: AbortSignal): Promise<unknown> {
  return json(await fetched(path, signal ? { signal } : {}));
}

export async function post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return json(await fetched(path, signal ? { ...options, signal } : options));
}

async function fetched(path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address(path), options);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Refused(0, "The server cannot be reached. Is `usql serve` still running?");
  }
}

async function json(response: Response): Promise<unknown> {
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

async function refusal(response: Response): Promise<Refused> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // a proxy's page, for example; the status says enough
  }
  const { diagnostics, text, error } = (body ?? {}) as {
    diagnostics?: readonly Problem[];
    text?: string;
    error?: { message?: string };
  };
  const [first] = diagnostics ?? [];
  const message = first?.message ?? error?.message ?? `The server answered ${response.status}.`;
  return new Refused(response.status, message, diagnostics ?? [], text ?? null);
}

/** Whether an error is that of a request that was given up on purpose. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
