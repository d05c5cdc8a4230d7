/** A text that is cut short if it is very long, until all of it is asked for. */

import { el } from "../../web/elements.js";
import { button } from "./dom.js";

/** @import { Locale } from "./locale.js" */

// A text of more lines is cut short; see `.short`.
const LINES = 24;
/** @type {WeakMap<Element, FoldedText>} */
const texts = new WeakMap();

// One for all comments of a page: each look at a layout that was just changed makes it anew, so all
// are looked at before any is changed. Told before anything is painted, and whenever a width or a
// text has changed.
const resizing = new ResizeObserver((entries) => {
  const [{ target }] = entries;
  const most = LINES * parseFloat(getComputedStyle(target).lineHeight);
  for (const { target: body, contentRect } of entries) {
    texts.get(body)?.fit(contentRect.height > most);
  }
});

export class FoldedText {
  #locale;
  #whole = false;
  #long = false;
  /** Where the text belongs. */
  body = el("div", { class: "body", dir: "auto" });
  element = el("div", { on: { scroll: () => this.#reached() } }, this.body);
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
      hidden: true,
    });
    texts.set(this.body, this);
    resizing.observe(this.body);
  }

  /** @param {boolean} long whether there is anything to cut */
  fit(long) {
    if (long === this.#long) return;
    this.#long = long;
    this.show(this.#whole);
  }

  /**
   * Show all of the text, or cut it short if it is very long.
   *
   * @param {boolean} whole
   */
  show(whole) {
    this.#whole = whole;
    this.element.classList.toggle("short", this.#long && !whole);
    this.button.hidden = !this.#long;
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
