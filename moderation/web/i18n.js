/** What a language asks for: its direction, its plural forms, and how long ago a time was. */

/** @import { Message } from "./api.js" */

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);
// In seconds; a year of 365.25 days and a twelfth of it.
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/**
 * The direction that a language is written in.
 *
 * @param {string} tag
 */
export const directionOf = (tag) => (RIGHT_TO_LEFT.has(tag.split("-")[0]) ? "rtl" : "ltr");

/**
 * Fill the holes of a message; `count` also chooses the plural form.
 *
 * @param {Message} message
 * @param {Record<string, string | number>} values
 * @param {Intl.PluralRules} plurals
 * @param {Intl.NumberFormat} numbers
 */
export function fillIn(message, values, plurals, numbers) {
  const text =
    typeof message === "string"
      ? message
      : (message[plurals.select(Number(values.count))] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? numbers.format(value) : String(value);
  });
}

/**
 * How long ago, in the largest unit that is full; null if less than a minute.
 *
 * @param {number} seconds
 * @param {Intl.RelativeTimeFormat} format
 */
export function timeAgo(seconds, format) {
  const unit = UNITS.find(([, size]) => seconds >= size);
  return unit ? format.format(-Math.trunc(seconds / unit[1]), unit[0]) : null;
}
