/** Every text of the dashboard, from one catalogue; times and numbers the reader's way. */

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);
const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

let catalogue = {};
let plurals = new Intl.PluralRules("en");
let locale = "en";

/** The languages that have a catalogue. */
const LANGUAGES = ["en"];

/** Load the catalogue of the first wanted language that there is. */
export async function load(wanted) {
  const bases = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  locale = bases.find((tag) => LANGUAGES.includes(tag)) ?? "en";
  catalogue = await (await fetch(new URL(`../messages/${locale}.json`, import.meta.url))).json();
  plurals = new Intl.PluralRules(locale);
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.has(locale) ? "rtl" : "ltr";
}

/** The text for a key, its holes filled; `count` also chooses the plural. */
export function t(key, values = {}) {
  let text = catalogue[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  if (typeof text === "object") text = text[plurals.select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : value;
  });
}

/** Are there words for this key? */
export const has = (key) => Object.hasOwn(catalogue, key);

/** The words for a name that came from outside, else the name itself, made readable. */
export function named(prefix, name) {
  const key = `${prefix}.${name}`;
  return has(key) ? t(key) : String(name).replaceAll(/[_-]/g, " ");
}

/** A number as people write it. */
export const number = (value) => new Intl.NumberFormat(locale).format(value);

/** A score, threshold or term: always two digits after the point. */
export function score(value) {
  const options = { maximumFractionDigits: 2, minimumFractionDigits: 2 };
  return new Intl.NumberFormat(locale, options).format(value);
}

/** A score with its sign. */
export function signed(value) {
  const options = { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" };
  return new Intl.NumberFormat(locale, options).format(value);
}

/** How long ago a time (RFC 3339) was; in words, as an element that also has it exactly. */
export function ago(time) {
  const node = document.createElement("time");
  node.dateTime = time;
  node.title = exact(time);
  node.textContent = relative(time);
  return node;
}

function relative(time) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return t("time.now");
}

/** A time with date and seconds. */
export function exact(time) {
  const options = { dateStyle: "medium", timeStyle: "medium" };
  return new Intl.DateTimeFormat(locale, options).format(new Date(time));
}

/** The time of day, in hours and minutes. */
export function clock(time) {
  return new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(time));
}

/** The name of a language by its code. */
export function language(code) {
  if (!code || code === "und") return t("language.unknown");
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(code);
  } catch {
    return code;
  }
}

/** Several things in a sentence. */
export function list(items) {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(items);
}
