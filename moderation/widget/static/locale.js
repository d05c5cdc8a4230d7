// Words, numbers and times in the page's language.

import { ENGLISH, LANGUAGES } from "./content.js";

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

class Locale {
  constructor(tag, messages) {
    this.tag = tag;
    this.messages = messages;
    this.direction = RIGHT_TO_LEFT.has(tag.split("-")[0]) ? "rtl" : "ltr";
    this.plural = new Intl.PluralRules(tag);
    this.numbers = new Intl.NumberFormat(tag);
    this.ago = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    this.full = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short" });
  }

  /** The message for `key`; `{name}` is filled from `values`, `count` picks the plural form. */
  say(key, values = {}) {
    let message = this.messages[key] ?? ENGLISH[key];
    if (typeof message === "object") {
      message = message[this.plural.select(values.count)] ?? message.other;
    }
    return message.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return typeof value === "number" ? this.numbers.format(value) : value;
    });
  }

  relative(date) {
    const seconds = (date - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, size]) => -seconds >= size) || [];
    return unit ? this.ago.format(Math.round(seconds / length), unit) : this.say("justNow");
  }
}

const catalogues = new Map([["en", Promise.resolve(ENGLISH)]]);

/** The locale for a language tag; English words where there is no catalogue or it fails. */
export async function loadLocale(base, tag) {
  try {
    tag = Intl.getCanonicalLocales(tag)[0] || "en";
  } catch {
    tag = "en";
  }
  const language = tag.split("-")[0].toLowerCase();
  if (!LANGUAGES.includes(language)) return new Locale("en", ENGLISH);
  if (!catalogues.has(language)) {
    const loading = fetch(`${base}/embed/messages/${language}.json`, { credentials: "omit" }).then(
      (answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))),
    );
    catalogues.set(language, loading);
    loading.catch(() => catalogues.delete(language));
  }
  return catalogues.get(language).then(
    (messages) => new Locale(tag, messages),
    () => new Locale("en", ENGLISH),
  );
}
