/** The messages of the languages that there are, each asked for once. */

import { ENGLISH, LANGUAGES } from "./content.js";
import { Locale } from "./locale.js";

/** @import { Messages } from "../../web/api.js" */

/** @type {Map<string, Promise<Messages>>} */
const catalogues = new Map([["en", Promise.resolve(ENGLISH)]]);

/**
 * The locale for a language tag; English where there is no catalogue or it fails.
 *
 * @param {string} base the service's origin
 * @param {string} tag
 */
export async function loadLocale(base, tag) {
  try {
    tag = Intl.getCanonicalLocales(tag)[0] || "en";
  } catch {
    tag = "en";
  }
  const language = tag.split("-")[0].toLowerCase();
  if (!LANGUAGES.includes(language)) return new Locale("en", ENGLISH, tag);
  try {
    return new Locale(tag, { ...ENGLISH, ...(await catalogue(base, language)) });
  } catch {
    return new Locale("en", ENGLISH, tag);
  }
}

/**
 * @param {string} base
 * @param {string} language
 */
function catalogue(base, language) {
  let loading = catalogues.get(language);
  if (!loading) {
    loading = fetch(`${base}/embed/messages/${language}.json`, { credentials: "omit" }).then(
      (answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))),
    );
    catalogues.set(language, loading);
    loading.catch(() => catalogues.delete(language));
  }
  return loading;
}
