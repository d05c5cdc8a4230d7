/** The site's part of the API, as its reader. */

import { Problem, asProblem, request, retry } from "../../web/requests.js";
import { BrowserStorage } from "./storage.js";

/** @import { ProofAsked } from "../../web/api.js" */

const TIMEOUT = 15_000;
const READ_TRIES = 2;
const WRITE_TRIES = 3;

export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Service {
  #base;
  #root;
  /** @type {Promise<unknown> | null} */
  #joining = null;

  /**
   * @param {string} base the service's origin
   * @param {string} site
   */
  constructor(base, site) {
    this.#base = base;
    this.#root = `${base}/api/v1/sites/${encodeURIComponent(site)}`;
    this.storage = new BrowserStorage(`rejoinder:${base}:${site}:`);
  }

  /** @returns {{ id: string, token: string, mail?: boolean } | null} whether they logged in by mail */
  get author() {
    return this.storage.get("author");
  }

  /**
   * A public read. The browser's own cache revalidates by ETag, without a preflight.
   *
   * @param {string} path
   * @param {Record<string, string>} [query]
   */
  read(path, query = {}) {
    return this.#persist("GET", `${path}?${new URLSearchParams(query)}`, {});
  }

  /**
   * A read as the author.
   *
   * @param {string} path
   * @param {Record<string, string>} [query]
   */
  readMine(path, query = {}) {
    return this.#asAuthor("GET", `${path}?${new URLSearchParams(query)}`, {});
  }

  /**
   * A write as the author; `key` stays the same for every try of the same write.
   *
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {{ key?: string, editToken?: string }} [options]
   */
  write(method, path, body, { key = randomKey(), editToken } = {}) {
    /** @type {Record<string, string>} */
    const headers = { "Idempotency-Key": key };
    if (editToken) headers["Rejoinder-Edit-Token"] = editToken;
    return this.#asAuthor(method, path, headers, body);
  }

  /**
   * How many comments these pages and threads have.
   *
   * @param {string[]} urls
   * @param {string[]} ids the site's own
   * @returns {Promise<{ counts: Record<string, number>, ids?: Record<string, number> }>}
   */
  counts(urls, ids) {
    return this.#persist("POST", "/counts", {}, { urls, ...(ids.length && { ids }) });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} headers
   * @param {unknown} [body]
   */
  async #asAuthor(method, path, headers, body) {
    const token = await this.#token();
    try {
      return await this.#persist(method, path, { ...headers, "Rejoinder-Author": token }, body);
    } catch (error) {
      const { status, body: asked } = asProblem(error);
      const proof = asked.proof && (await this.#work(asked.proof));
      if (proof) {
        headers = { ...headers, "Rejoinder-Author": token, "Rejoinder-Proof": proof };
        return this.#persist(method, path, headers, body);
      }
      if (status !== 401 || this.author?.token !== token) throw error;
      // The service has a new secret, or forgot us: be somebody new, once.
      this.storage.set("author", null);
      headers = { ...headers, "Rejoinder-Author": await this.#token() };
      return this.#persist(method, path, headers, body);
    }
  }

  /**
   * Do what the service asks for where many comments come at once; nothing if that fails to load.
   *
   * @param {ProofAsked} asked
   * @returns {Promise<string | undefined>}
   */
  #work(asked) {
    return this.later("work").then(
      ({ work }) => work(asked),
      () => undefined,
    );
  }

  /**
   * A module that most readers never need.
   *
   * @param {"login" | "nudge" | "work"} name
   */
  later(name) {
    return import(`${this.#base}/embed/${name}.js`);
  }

  /** @returns {Promise<string>} */
  async #token() {
    const { author } = this;
    if (author) return author.token;
    const joining = this.#joining || this.#persist("POST", "/authors", {}, {});
    this.#joining = joining;
    const joined = () => {
      this.#joining = null;
    };
    joining.then(joined, joined);
    const made = await joining;
    this.storage.set("author", made);
    return made.token;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} headers
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  #persist(method, path, headers, body) {
    const tries = method === "GET" ? READ_TRIES : WRITE_TRIES;
    const send = async () => {
      // A request that must fail would be an error on the console of somebody's page.
      if (navigator.onLine === false) throw new Problem(0, { code: "offline" });
      return request(this.#root + path, {
        method,
        headers,
        body,
        credentials: "omit",
        cache: "no-cache",
        signal: AbortSignal.timeout(TIMEOUT),
      });
    };
    return retry(send, ({ kind, retryAfter }, tried) =>
      kind === "down" && tried < tries ? Math.min(retryAfter || tried, 5) * 1000 : null,
    );
  }
}
