/** A text that is cut short if it is very long, until all of it is asked for. */

import { el } from "../../web/elements.js";
import { button } from "./dom.js";

/** @import { Locale } from "./locale.js" */

// A text of more lines is cut short; see `.short`.
const LINES = 24;

export class FoldedText {
  #locale;
  #whole = false;
  /** Where the text belongs. */
  body = el("div", { class: "body", dir: "auto" });
  element = el("div", { class: "short", on: { scroll: () => this.#reached() } }, this.body);
  /** The button under the text that shows more or less of it. */
  button;

  /**
   * @param {Locale} locale
   * @param {string} about the id of the element that names whose text it is
   */
  constructor(locale, about) {
    this.#locale = locale;
    this.button = button(locale.say("comment.show_more"), () => this.#toggle(), {
      class: "quiet rest",
      "aria-describedby": about,
    });
    // Told before anything is painted, and whenever the width or the text has changed.
    new ResizeObserver(() => this.show(this.#whole)).observe(this.body);
  }

  /**
   * Show all of the text, or cut it short if it is very long.
   *
   * @param {boolean} whole
   */
  show(whole) {
    const { body } = this;
    const long = body.offsetHeight > LINES * parseFloat(getComputedStyle(body).lineHeight);
    this.#whole = whole;
    this.element.classList.toggle("short", long && !whole);
    this.button.hidden = !long;
    this.button.setAttribute("aria-expanded", String(whole));
    this.button.textContent = this.#locale.say(whole ? "comment.show_less" : "comment.show_more");
  }

  #toggle() {
    const top = () => this.button.getBoundingClientRect().top;
    const before = top();
    this.show(!this.#whole);
    if (this.#whole) return;
    // What is below stays where it was, or at least in sight.
    scrollBy({ top: top() - before, behavior: "instant" });
    this.button.scrollIntoView({ block: "nearest" });
  }

  /** The browser went to a link or to found words behind the cut: show them, and stay there. */
  #reached() {
    const { scrollTop: top } = this.element;
    this.show(true);
    scrollBy({ top, behavior: "instant" });
  }
}
