/** The site's part of the HTTP API. */

import { asProblem, retry } from "../../../web/requests.js";
import { expire, mySession, send, session } from "./session.js";

/** @import { Session, Site } from "../../../web/api.js" */
/** @import { Options } from "./session.js" */

const TRIES = 3;
const PAUSE_MS = 700;

/** The site as it was read last, and in which session: the next one may be another site's.
 * @type {{ of: Session | null, site: Site } | null} */
let known = null;

/** The site with its settings, as read last; null if it was not read yet. */
export const site = () => (known && known.of === session() ? known.site : null);

/**
 * Read the site with its settings.
 *
 * @returns {Promise<Site>}
 */
export async function readSite() {
  const of = session();
  known = { of, site: await request("GET", "") };
  return known.site;
}

/**
 * Call the API below the site's address.
 *
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 * @throws {import("../../../web/requests.js").Problem}
 */
export async function request(method, path, options = {}) {
  const call = () => send(method, `/api/v1/sites/${mySession().site}${path}`, options);
  try {
    return await call();
  } catch (error) {
    if (asProblem(error).status !== 401 || options.keepalive) throw error;
    // It was not done: once the same person is back, it is.
    if (!(await expire())) throw error;
    return call();
  }
}

/**
 * Call it again with the same key while the outcome is unknown: done once, however often asked.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export function requestIdempotent(method, path, body) {
  const key = crypto.randomUUID();
  return retry(
    () => request(method, path, { body, key }),
    ({ status }, tried) => ([0, 503].includes(status) && tried < TRIES ? PAUSE_MS * tried : null),
  );
}
