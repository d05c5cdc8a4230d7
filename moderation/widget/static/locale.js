/** Messages, numbers and times in the page's language. */

import { agoFormats, directionOf, fillIn, timeAgo } from "../../web/i18n.js";

/** @import { Messages } from "../../web/api.js" */

export class Locale {
  #messages;
  #plurals;
  #ago;
  #exact;

  /**
   * @param {string} tag
   * @param {Messages} messages
   * @param {string} [page] the tag that the page asked for, whose direction the layout takes
   */
  constructor(tag, messages, page = tag) {
    this.tag = tag;
    this.direction = directionOf(page);
    /** Whether the words run against the layout. */
    this.foreign = this.direction !== directionOf(tag);
    this.numbers = new Intl.NumberFormat(tag);
    this.#messages = messages;
    this.#plurals = new Intl.PluralRules(tag);
    this.#ago = agoFormats(tag);
    this.#exact = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short" });
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.#messages, key);
  }

  /**
   * The message for `key`; `{name}` is filled from `values`, `count` picks the plural form.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  say(key, values = {}) {
    return fillIn(this.#messages[key], values, this.#plurals, this.numbers);
  }

  /** @param {Date} date */
  relative(date) {
    return timeAgo(date, new Date(), this.#ago) ?? this.say("time.now");
  }

  /**
   * How long something is away, in minutes where those are enough.
   *
   * @param {number} seconds
   */
  soon(seconds) {
    const { numbers } = this.#ago;
    return seconds > 90
      ? numbers.format(Math.ceil(seconds / 60), "minute")
      : numbers.format(seconds, "second");
  }

  /** @param {Date} date */
  exact(date) {
    return this.#exact.format(date);
  }
}
