// The way to the service: requests, their failures, and what the browser keeps between visits.

const TIMEOUT = 15_000;
const READ_TRIES = 2;
const WRITE_TRIES = 3;

/** A request that did not succeed. `kind`: "offline", "down" (outcome unknown) or "refused". */
class Problem extends Error {
  constructor(kind, problem = {}, retryAfter = 0) {
    super(problem.detail || problem.title || kind);
    this.kind = kind;
    this.status = problem.status || 0;
    this.code = problem.code || "";
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.retryAfter = retryAfter;
  }
}

/** Values kept in localStorage under a prefix; for this page only where that is blocked or full. */
class Keep {
  constructor(prefix) {
    this.prefix = prefix;
    this.memory = new Map();
  }

  get(name) {
    if (this.memory.has(name)) return this.memory.get(name);
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name));
    } catch {
      return null;
    }
  }

  set(name, value) {
    this.memory.delete(name);
    try {
      if (value === null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      this.memory.set(name, value);
    }
  }
}

export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Service {
  constructor(base, site) {
    this.root = `${base}/api/v1/sites/${encodeURIComponent(site)}`;
    this.keep = new Keep(`rejoinder:${base}:${site}:`);
  }

  get author() {
    return this.keep.get("author");
  }

  /** A public read. The browser's own cache revalidates by ETag, without a preflight. */
  read(path, query = {}) {
    return this._persist("GET", path + "?" + new URLSearchParams(query), {});
  }

  /** A read as the author. */
  readMine(path, query = {}) {
    return this._asAuthor("GET", path + "?" + new URLSearchParams(query), {});
  }

  /** A write as the author; `key` stays the same for every try of the same write. */
  write(method, path, body, { key = randomKey(), editToken } = {}) {
    const headers = { "Idempotency-Key": key };
    if (editToken) headers["Rejoinder-Edit-Token"] = editToken;
    return this._asAuthor(method, path, headers, body);
  }

  /** A request that neither says nor needs who asks. */
  ask(method, path, body) {
    return this._persist(method, path, {}, body);
  }

  async _asAuthor(method, path, headers, body) {
    const token = await this._token();
    try {
      return await this._persist(method, path, { ...headers, "Rejoinder-Author": token }, body);
    } catch (problem) {
      if (problem.status !== 401 || this.author?.token !== token) throw problem;
      // The service has a new secret, or forgot us: be somebody new, once.
      this.keep.set("author", null);
      headers = { ...headers, "Rejoinder-Author": await this._token() };
      return this._persist(method, path, headers, body);
    }
  }

  async _token() {
    if (!this.author) {
      const joining = this.joining || this._persist("POST", "/authors", {}, {});
      this.joining = joining;
      joining.then(
        () => (this.joining = null),
        () => (this.joining = null),
      );
      this.keep.set("author", await joining);
    }
    return this.author.token;
  }

  async _persist(method, path, headers, body) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this._send(method, path, headers, body);
      } catch (problem) {
        const tries = method === "GET" ? READ_TRIES : WRITE_TRIES;
        if (problem.kind !== "down" || attempt === tries) throw problem;
        await pause(Math.min(problem.retryAfter || attempt, 5) * 1000);
      }
    }
  }

  async _send(method, path, headers, body) {
    if (navigator.onLine === false) throw new Problem("offline");
    const request = { method, headers, credentials: "omit", cache: "no-cache" };
    if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers = { ...headers, "Content-Type": "application/json" };
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    try {
      const answer = await fetch(this.root + path, { ...request, signal: abort.signal });
      if (answer.ok) return answer.status === 204 ? null : await answer.json();
      const problem = await answer.json().catch(() => ({}));
      const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
      const kind = answer.status >= 500 ? "down" : "refused";
      throw new Problem(kind, { ...problem, status: answer.status }, retryAfter);
    } catch (error) {
      throw error instanceof Problem ? error : new Problem("down");
    } finally {
      clearTimeout(timer);
    }
  }
}
