/** Requests to the service's API, and what becomes of those that fail. */

/** @import { ProblemDocument } from "./api.js" */

/**
 * A request that did not succeed. `status` is 0 if nobody answered, and `code` "offline" then.
 *
 * Whether it was carried out is known only of one that was refused: see `kind`.
 */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {ProblemDocument} [body] the problem document of the answer
   * @param {number} [retryAfter] seconds
   */
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "internal";
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.body = body;
    this.retryAfter = retryAfter;
    /** @type {"refused" | "offline" | "down"} */
    this.kind = "down";
    if (status >= 400 && status < 500) this.kind = "refused";
    else if (status === 0 && navigator.onLine === false) this.kind = "offline";
  }
}

/**
 * Give an error if it is a problem; throw it on if it is a defect.
 *
 * @param {unknown} error
 * @returns {Problem}
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}

/**
 * Send a request with a JSON body and read the JSON that comes back, null if none does.
 *
 * @param {string} url
 * @param {Omit<RequestInit, "body" | "headers"> & { body?: unknown, headers?: Record<string, string> }} [options]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function request(url, { body, headers = {}, ...options } = {}) {
  /** @type {RequestInit} */
  const init = { ...options, headers };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, "Content-Type": "application/json" };
  }
  let answer;
  let text;
  try {
    answer = await fetch(url, init);
    text = await answer.text();
  } catch {
    throw new Problem(0, { code: "offline" });
  }
  let content = null;
  try {
    if (text) content = JSON.parse(text);
  } catch {
    throw new Problem(answer.ok ? 502 : answer.status, { code: "unreadable" });
  }
  if (answer.ok) return content;
  throw new Problem(answer.status, content ?? {}, Number(answer.headers.get("Retry-After")) || 0);
}

/**
 * Send until it succeeds or `pause` gives no time to wait before the next try.
 *
 * @template Answer
 * @param {() => Promise<Answer>} send
 * @param {(problem: Problem, tried: number) => number | null} pause milliseconds, or null to give up
 * @returns {Promise<Answer>}
 * @throws {Problem} that of the last try
 */
export async function retry(send, pause) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await send();
    } catch (error) {
      const wait = pause(asProblem(error), tried);
      if (wait === null) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
