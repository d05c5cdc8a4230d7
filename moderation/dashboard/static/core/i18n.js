/** Every text of the dashboard, from one catalogue; times and numbers the reader's way. */

import { agoFormats, directionOf, fillIn, timeAgo } from "../../../web/i18n.js";

/** @import { Messages } from "../../../web/api.js" */

/** The languages that have a catalogue. */
const LANGUAGES = ["en"];

/** @type {Messages} */
let catalogue = {};
let plurals = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");
let times = agoFormats("en", "short");
let locale = "en";

/**
 * Load the catalogue of the first wanted language that there is; the page brings the English one.
 *
 * @param {readonly string[]} wanted language tags
 */
export async function loadCatalogue(wanted) {
  const bases = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  locale = bases.find((tag) => LANGUAGES.includes(tag)) ?? "en";
  const here = document.getElementById("messages");
  catalogue =
    here?.lang === locale
      ? JSON.parse(here.textContent)
      : await (await fetch(new URL(`../messages/${locale}.json`, import.meta.url))).json();
  plurals = new Intl.PluralRules(locale);
  numbers = new Intl.NumberFormat(locale);
  times = agoFormats(locale, "short");
  document.documentElement.lang = locale;
  document.documentElement.dir = directionOf(locale);
}

/**
 * The text for a key, its holes filled; `count` also chooses the plural.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const message = catalogue[key];
  if (message === undefined) throw new Error(`there is no message ${key}`);
  return fillIn(message, values, plurals, numbers);
}

/**
 * Is there a text for this key?
 *
 * @param {string} key
 */
export const has = (key) => Object.hasOwn(catalogue, key);

/**
 * The text for a name that came from outside, else the name itself, made readable.
 *
 * @param {string} prefix
 * @param {string} name
 */
export function named(prefix, name) {
  const key = `${prefix}.${name}`;
  return has(key) ? t(key) : String(name).replaceAll(/[_-]/g, " ");
}

/**
 * A number as people write it.
 *
 * @param {number} value
 */
export const number = (value) => numbers.format(value);

/** @type {Intl.NumberFormatOptions} */
const TWO_DIGITS = { maximumFractionDigits: 2, minimumFractionDigits: 2 };

/**
 * A score, threshold or term: always two digits after the point.
 *
 * @param {number} value
 */
export const score = (value) => new Intl.NumberFormat(locale, TWO_DIGITS).format(value);

/**
 * A score with its sign.
 *
 * @param {number} value
 */
export const signed = (value) =>
  new Intl.NumberFormat(locale, { ...TWO_DIGITS, signDisplay: "exceptZero" }).format(value);

/**
 * How long ago a time was; in words, as an element that also has it exactly.
 *
 * @param {string} time RFC 3339
 */
export function ago(time) {
  const node = document.createElement("time");
  node.dateTime = time;
  node.title = exact(time);
  node.textContent = timeAgo(new Date(time), new Date(), times) ?? t("time.now");
  return node;
}

/**
 * A time with date and seconds.
 *
 * @param {string} time RFC 3339
 */
export const exact = (time) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(
    new Date(time),
  );

/**
 * The time of day, in hours and minutes.
 *
 * @param {string} time RFC 3339
 */
export const clock = (time) =>
  new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(time));

/**
 * The name of a language by its code.
 *
 * @param {string} code
 */
export function language(code) {
  if (!code || code === "und") return t("language.unknown");
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** The codes of two letters that name a language here; of several for one language the first. */
export function languageCodes() {
  const names = new Intl.DisplayNames(locale, { type: "language", fallback: "none" });
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const code of letters.flatMap((one) => letters.map((other) => one + other))) {
    const name = names.of(code);
    const canonical = Intl.getCanonicalLocales(code)[0] === code;
    if (name && canonical && !found.has(name)) found.set(name, code);
  }
  return [...found.values()];
}

/**
 * Several things in a sentence.
 *
 * @param {string[]} items
 */
export const list = (items) => new Intl.ListFormat(locale, { type: "conjunction" }).format(items);
