import assert from "node:assert/strict";
import { test } from "node:test";
import { agoFormats, directionOf, fillIn, timeAgo } from "../../moderation/web/i18n.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("a language has the direction of its script, whatever its region", () => {
  for (const tag of ["ar-EG", "he", "fa-IR", "ur", "yi", "dv", "ps", "ckb", "az-Arab", "pa-PK"]) {
    assert.equal(directionOf(tag), "rtl", tag);
  }
  for (const tag of ["de-AT", "ar-Latn", "ku", "pa", "zh-Hant-TW", "und", "tlh"]) {
    assert.equal(directionOf(tag), "ltr", tag);
  }
});

test("holes are filled, and numbers are written the reader's way", () => {
  /** @type {[Intl.PluralRules, Intl.NumberFormat]} */
  const german = [new Intl.PluralRules("de"), new Intl.NumberFormat("de")];
  const filled = fillIn(
    "{name}: {count} von {most}",
    { name: "Ada", count: 1234, most: 2 },
    ...german,
  );
  assert.equal(filled, "Ada: 1.234 von 2");
});

test("the count chooses the plural form, and what is missing is the form for all others", () => {
  /** @type {[Intl.PluralRules, Intl.NumberFormat]} */
  const arabic = [new Intl.PluralRules("ar"), new Intl.NumberFormat("en")];
  const message = { zero: "none", two: "a pair", few: "{count} or so", other: "{count}" };
  const forms = [0, 2, 3, 100].map((count) => fillIn(message, { count }, ...arabic));
  assert.deepEqual(forms, ["none", "a pair", "3 or so", "100"]);
});

test("a time is given in the largest unit that is full", () => {
  const now = new Date(2026, 10, 27, 10);
  /** @type {[number, string | null][]} */
  const cases = [
    [-30, null],
    [59, null],
    [MINUTE, "1 minute ago"],
    [HOUR - 1, "59 minutes ago"],
    [HOUR, "1 hour ago"],
    [DAY - 1, "23 hours ago"],
    [DAY, "yesterday"],
    [34 * HOUR - 1, "yesterday"],
    [35 * HOUR, "1 day ago"],
    [7 * DAY - 1, "6 days ago"],
    [7 * DAY, "1 week ago"],
    [31 * DAY, "1 month ago"],
    [364 * DAY, "11 months ago"],
    [365 * DAY, "1 year ago"],
    [730 * DAY, "2 years ago"],
  ];
  for (const [seconds, expected] of cases) {
    const then = new Date(now.getTime() - seconds * 1000);
    assert.equal(timeAgo(then, now, agoFormats("en")), expected);
  }
});

test("yesterday is the calendar's in every language", () => {
  const now = new Date(2026, 10, 27, 10);
  for (const tag of ["en", "de", "fr", "es", "pt", "ar"]) {
    const { names, numbers } = agoFormats(tag);
    const ago = (/** @type {number} */ hours) =>
      timeAgo(new Date(now.getTime() - hours * HOUR * 1000), now, agoFormats(tag));
    assert.equal(ago(30), names.format(-1, "day"));
    assert.equal(ago(35), numbers.format(-1, "day"));
    assert.notEqual(ago(30), ago(35));
  }
});

/**
 * The same day of the month, so many months later; the first of the next one where there is none.
 *
 * @param {Date} date
 * @param {number} months
 */
function later(date, months) {
  const moved = new Date(date);
  moved.setMonth(date.getMonth() + months);
  const wanted = (((date.getMonth() + months) % 12) + 12) % 12;
  if (moved.getMonth() !== wanted) moved.setDate(1);
  return moved;
}

test("no unit that is full by the calendar is left out, in any language", () => {
  const ends = [new Date(2026, 10, 27, 10), new Date(2024, 1, 29, 1), new Date(2026, 2, 1, 0)];
  for (const tag of ["en", "de", "fr", "es", "pt", "ar"]) {
    const formats = agoFormats(tag);
    for (const now of ends) {
      for (let days = 7; days < 4_000; days += days < 800 ? 1 : 17) {
        const then = new Date(now);
        then.setDate(now.getDate() - days);
        let months = 0;
        while (later(then, months + 1) <= now) months += 1;
        const weeks = (now.getTime() - then.getTime()) / (7 * DAY * 1000);
        let expected = formats.numbers.format(-Math.trunc(weeks), "week");
        if (months >= 12) expected = formats.numbers.format(-Math.trunc(months / 12), "year");
        else if (months) expected = formats.numbers.format(-months, "month");
        assert.equal(timeAgo(then, now, formats), expected, `${tag}, ${then}, ${now}`);
      }
    }
  }
});
