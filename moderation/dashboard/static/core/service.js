/** The service's HTTP API, as the person who is logged in. */

const TRIES = 3;
const REMEMBERED = "rejoinder:dashboard:session";

/** An error that the service answered with, or `code` "offline" if it did not answer. */
class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? body.title ?? "");
    this.status = status;
    this.code = body.code ?? "internal";
    this.errors = body.errors ?? [];
  }
}

let session = null;
let site = null;
let ended = () => {};

/** Who is logged in: `{site, moderator, csrf}`, or null. */
export const who = () => session;

/** The site's settings as read last: `{name, effective}` and more. */
export const settings = () => site;

/** Read the site's settings. */
export async function readSettings() {
  site = await ask("GET", "");
  return site;
}

/** May this person change the site's settings? */
export const isAdmin = () => ["owner", "admin"].includes(session?.moderator.role);

/** Say what to do when the session is over before its time. */
export function onEnd(run) {
  ended = run;
}

/** Take up the session of the browser's cookie, if there is one. */
export async function resume() {
  // The cookie cannot be read from here; asking without one would be an error on the console.
  if (localStorage.getItem(REMEMBERED) === null) return null;
  try {
    begin(await request("GET", "/api/v1/session"));
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    localStorage.removeItem(REMEMBERED);
  }
  return session;
}

/** Log in with `{token}` or `{site, email, password}`. */
export async function logIn(proof) {
  begin(await request("POST", "/api/v1/session", { body: proof }));
}

/** End the session, here and in the service. */
export async function logOut() {
  await request("DELETE", "/api/v1/session");
  session = null;
  localStorage.removeItem(REMEMBERED);
}

/** Set one's own password. */
export const setPassword = (password) =>
  request("PUT", "/api/v1/session/password", { body: { password } });

/** Call the site's part of the API; see `request`. */
export async function ask(method, path, options = {}) {
  try {
    return await request(method, `/api/v1/sites/${session.site}${path}`, options);
  } catch (problem) {
    if (problem.status === 401) {
      session = null;
      localStorage.removeItem(REMEMBERED);
      ended();
    }
    throw problem;
  }
}

/** Call it again with the same key while the outcome is unknown; done once, however often asked. */
export async function askOnce(method, path, body) {
  const key = crypto.randomUUID();
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask(method, path, { body, key });
    } catch (problem) {
      if (tried === TRIES || ![0, 503].includes(problem.status)) throw problem;
      await new Promise((resume) => setTimeout(resume, 700 * tried));
    }
  }
}

function begin(answer) {
  session = answer;
  // Read again: the last session may have been another site's.
  site = null;
  localStorage.setItem(REMEMBERED, answer.site);
}

/** The site of the last session on this browser. */
export const lastSite = () => localStorage.getItem(REMEMBERED) ?? "";

async function request(method, path, { body, query, key, keepalive = false } = {}) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session) headers["Rejoinder-CSRF"] = session.csrf;
  if (key) headers["Idempotency-Key"] = key;
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== "");
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  let answer;
  try {
    answer = await fetch(path + search, {
      method,
      headers,
      keepalive,
      cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, { code: "offline" });
  }
  const text = await answer.text();
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(answer.ok ? 502 : answer.status, { code: "unreadable" });
  }
  if (!answer.ok) throw new Problem(answer.status, content ?? {});
  return content;
}
