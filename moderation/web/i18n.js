/** What a language asks for: its direction, its plural forms, and how long ago a time was. */

/** @import { Message } from "./api.js" */

const RIGHT_TO_LEFT = /Adlm|Arab|Hebr|Nkoo|Rohg|Syrc|Thaa/;
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
 * The direction of the script that a language is written in.
 *
 * @param {string} tag
 */
export const directionOf = (tag) =>
  RIGHT_TO_LEFT.test(new Intl.Locale(tag).maximize().script ?? "") ? "rtl" : "ltr";

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
 * What `timeAgo` writes with: numbers, and names for days.
 *
 * @param {string} tag
 * @param {Intl.RelativeTimeFormatStyle} [style]
 */
export const agoFormats = (tag, style) => ({
  numbers: new Intl.RelativeTimeFormat(tag, { style }),
  names: new Intl.RelativeTimeFormat(tag, { style, numeric: "auto" }),
});

/**
 * How long ago, in the largest unit that is full; null if less than a minute.
 *
 * "Yesterday" is a day of the calendar, so it is said only of that; a week, a month and a year are
 * counted, since "last month" would be one of the calendar too.
 *
 * @param {Date} then
 * @param {Date} now
 * @param {ReturnType<typeof agoFormats>} formats
 */
export function timeAgo(then, now, { numbers, names }) {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  const unit = UNITS.find(([, size]) => seconds >= size);
  if (!unit) return null;
  const count = -Math.trunc(seconds / unit[1]);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const named = unit[0] === "day" && yesterday.toDateString() === then.toDateString();
  return (named ? names : numbers).format(count, unit[0]);
}
