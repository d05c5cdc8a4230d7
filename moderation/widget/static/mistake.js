/** What whoever set up the page has to mend. */

/** @import { Config } from "./thread.js" */

/**
 * What is wrong with the tag or the site's settings, in the service's words; "" if nothing is.
 *
 * A browser does not say that an origin is not allowed, or that there is no such site: it hides the
 * answer. Anybody may read this one.
 *
 * @param {Config} config
 * @returns {Promise<string>}
 */
export async function mistake({ base, site }) {
  try {
    const query = new URLSearchParams({ site, origin: location.origin });
    const answer = await fetch(`${base}/embed/check?${query}`, { credentials: "omit" });
    return (await answer.json()).detail ?? "";
  } catch {
    return "";
  }
}
