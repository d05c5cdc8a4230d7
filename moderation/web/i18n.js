/** What a language asks for: its direction, its plural forms, and how long ago a time was. */

/** @import { Message } from "./api.js" */

const RIGHT_TO_LEFT = /Adlm|Arab|Hebr|Nkoo|Rohg|Syrc|Thaa/;

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

/** @param {Date} date */
const monthOf = (date) => 12 * date.getFullYear() + date.getMonth();

/**
 * How long ago, in the largest unit that is full; null if less than a minute.
 *
 * Months and years are full on their day of the calendar. "Yesterday" is said only of that day;
 * "last month" is not said at all, since it would be one that begins on the first.
 *
 * @param {Date} then
 * @param {Date} now
 * @param {ReturnType<typeof agoFormats>} formats
 */
export function timeAgo(then, now, { numbers, names }) {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  let months = monthOf(now) - monthOf(then);
  if (new Date(then).setMonth(then.getMonth() + months) > now.getTime()) months -= 1;
  const amounts = {
    year: months / 12,
    month: months,
    week: seconds / 604_800,
    day: seconds / 86_400,
    hour: seconds / 3_600,
    minute: seconds / 60,
  };
  for (const [unit, amount] of Object.entries(amounts)) {
    if (amount < 1) continue;
    const yesterday = new Date(now);
    yesterday.setDate(now.getDate() - 1);
    const named = unit === "day" && yesterday.toDateString() === then.toDateString();
    return (named ? names : numbers).format(
      -Math.trunc(amount),
      /** @type {keyof typeof amounts} */ (unit),
    );
  }
  return null;
}
