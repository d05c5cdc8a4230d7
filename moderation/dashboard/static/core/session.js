/** The person who is logged in, and how one gets in and out. */

import { asProblem, request } from "../../../web/requests.js";

/** @import { MailChoice, Session } from "../../../web/api.js" */

/**
 * @typedef {object} Options
 * @property {unknown} [body]
 * @property {Record<string, string | number | null>} [query] what is null or "" is left out
 * @property {string} [key] of idempotency
 * @property {boolean} [keepalive] whether it is sent though the page goes away
 */

const PATH = "/api/v1/session";
/** Of which site this browser has a session; gone when it ended. */
const REMEMBERED = "rejoinder:dashboard:session";
/** Who logged in last, to fill the form in. */
const LAST = "rejoinder:dashboard:last";

/** @type {Session | null} */
let current = null;
/** @type {() => Promise<boolean>} */
let ended = async () => false;
/** The log-in that was asked for since the session ended.
 * @type {Promise<boolean> | null} */
let asked = null;
let suggesting = false;

/** The session, or null if nobody is logged in. */
export const session = () => current;

/**
 * The session, where there cannot but be one.
 *
 * @returns {Session}
 */
export function mySession() {
  if (!current) throw new Error("nobody is logged in");
  return current;
}

/** May this person change the site's settings? */
export const isAdmin = () =>
  current !== null && ["owner", "admin"].includes(current.moderator.role);

/**
 * Who logged in last on this browser, and where.
 *
 * @returns {{ site: string, email: string }}
 */
export function lastLogin() {
  try {
    const { site = "", email = "" } = JSON.parse(localStorage.getItem(LAST) ?? "{}");
    return { site: String(site), email: String(email) };
  } catch {
    return { site: "", email: "" };
  }
}

/**
 * Say what to do when the session is over before its time; it gives whether the same person has
 * logged in again.
 *
 * @param {() => Promise<boolean>} run
 */
export function onSessionEnd(run) {
  ended = run;
}

/** Take up the session of the browser's cookie, if there is one. */
export async function resume() {
  // The cookie cannot be read from here; asking without one would be an error on the console.
  if (localStorage.getItem(REMEMBERED) === null) return;
  try {
    begin(await send("GET", PATH));
  } catch (error) {
    if (asProblem(error).status !== 401) throw error;
    localStorage.removeItem(REMEMBERED);
  }
}

/** @param {{ token: string } | { site: string, email: string, password: string }} proof */
export async function logIn(proof) {
  begin(await send("POST", PATH, { body: proof }));
  suggesting = "token" in proof;
}

/** Whether to suggest a password: the way in was a link, which is used up, and there is no other. */
export const suggestsPassword = () => suggesting && current !== null && !current.has_password;

/** Suggest it no more until the next log-in. */
export function stopSuggesting() {
  suggesting = false;
}

/** End the session, here and in the service. */
export async function logOut() {
  await send("DELETE", PATH);
  const { site } = mySession();
  current = null;
  localStorage.removeItem(REMEMBERED);
  // The next one at this browser may be somebody else.
  localStorage.setItem(LAST, JSON.stringify({ site }));
}

/**
 * Set one's own password.
 *
 * @param {string} password
 * @param {string} [old] what it was until now, where that is needed
 */
export async function setPassword(password, old) {
  await send("PUT", `${PATH}/password`, {
    body: { password, ...(old && { old_password: old }) },
  });
  begin(await send("GET", PATH));
}

/** @returns {Promise<MailChoice>} which mails one gets */
export const mailChoice = () => send("GET", `${PATH}/mail`);

/**
 * Choose which mails one gets.
 *
 * @param {Pick<MailChoice, "wants" | "hours" | "zone" | "language">} choice
 * @returns {Promise<MailChoice>}
 */
export const setMailChoice = (choice) => send("PUT", `${PATH}/mail`, { body: choice });

/**
 * The service says that the session is over: ask to log in, once however many requests failed.
 * What the page shows stays; gives whether the same person has logged in again.
 */
export function expire() {
  localStorage.removeItem(REMEMBERED);
  asked ??= ended().finally(() => {
    asked = null;
  });
  return asked;
}

/** Nobody is logged in any more, and nobody wants to be. */
export function leave() {
  current = null;
}

/**
 * Send a request to the API, as the person who is logged in.
 *
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 */
export function send(method, path, { body, query = {}, key, keepalive = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (method !== "GET" && current) headers["Rejoinder-CSRF"] = current.csrf;
  if (key) headers["Idempotency-Key"] = key;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== "") search.set(name, String(value));
  }
  const url = String(search) ? `${path}?${search}` : path;
  return request(url, { method, headers, body, keepalive, cache: "no-store" });
}

/** @param {Session} answer */
function begin(answer) {
  current = answer;
  const { site, moderator } = answer;
  localStorage.setItem(REMEMBERED, site);
  localStorage.setItem(LAST, JSON.stringify({ site, email: moderator.email }));
}
