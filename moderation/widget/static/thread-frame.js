/** What stands around the comments of a thread, and where it says what has happened. */

import { el, fill } from "../../web/elements.js";
import { arrange, button } from "./dom.js";

/** @import { CommentView } from "./comment.js" */
/** @import { Locale } from "./locale.js" */

export const SORTS = ["newest", "oldest", "top"];
const ANNOUNCED_MS = 10_000;

export class ThreadFrame {
  #sorting = el("div", { class: "sorting" });
  #write = el("div", { class: "write" });
  #fresh;
  #list = el("ol", { class: "comments" });
  /** One conversation in the place of all. */
  #part = el("ol", { class: "comments" });
  #whole;
  #empty = el("p", { class: "empty", hidden: true });
  #more;
  #status = el("p", { class: "sr", role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  #on;
  // No title of the page's own for what is inside.
  element = el("section", { class: "frame", title: "", "aria-labelledby": "heading" });
  heading = el("h2", { id: "heading", tabindex: "-1" });

  /**
   * @param {{
   *   sort: (order: string) => unknown,
   *   more: (button: HTMLElement) => unknown,
   *   fresh: (button: HTMLElement) => unknown,
   *   whole: () => unknown,
   * }} on what to do when the reader asks for it
   */
  constructor(on) {
    this.#on = on;
    this.#fresh = button("", () => on.fresh(this.#fresh), { class: "fresh", hidden: true });
    this.#whole = button("", on.whole, { class: "whole", hidden: true });
    this.#more = button("", () => on.more(this.#more), { class: "further", hidden: true });
  }

  /** @param {boolean} dark */
  setDark(dark) {
    this.element.classList.toggle("dark", dark);
  }

  /** @param {Locale} locale */
  showLoading(locale) {
    this.element.lang = locale.tag;
    this.element.dir = locale.direction;
    this.element.classList.toggle("foreign", locale.foreign);
    this.element.replaceChildren(
      el("p", { class: "loading", role: "status" }, locale.say("thread.loading")),
    );
    this.element.classList.add("reserved");
  }

  /**
   * Say why there are no comments.
   *
   * @param {string} message
   * @param {HTMLElement | null} retry
   */
  showFailure(message, retry) {
    this.element.replaceChildren(
      el("div", { class: "unavailable", role: "alert" }, el("p", {}, message), retry),
    );
    this.element.classList.remove("reserved");
  }

  /**
   * Show the thread's parts, empty as yet.
   *
   * @param {Locale} locale
   * @param {string} sort
   */
  open(locale, sort) {
    const choice = el(
      "select",
      { id: "sort" },
      SORTS.map((name) =>
        el("option", { value: name, selected: name === sort }, locale.say(`sort.${name}`)),
      ),
    );
    choice.addEventListener("change", () => this.#on.sort(choice.value));
    this.#sorting.replaceChildren(el("label", { for: "sort" }, locale.say("sort.title")), choice);
    this.#empty.textContent = locale.say("thread.empty");
    this.#more.textContent = locale.say("thread.more");
    this.#whole.textContent = locale.say("thread.whole");
    this.element.replaceChildren(
      el("div", { class: "top" }, this.heading, this.#sorting),
      this.#write,
      this.#whole,
      this.#part,
      this.#fresh,
      this.#list,
      this.#empty,
      this.#more,
      this.#status,
    );
  }

  /** @param {...import("../../web/elements.js").Child} parts what to write with, or why one cannot */
  setForm(...parts) {
    fill(this.#write, ...parts);
  }

  /**
   * Bring everything in line with what is known of the thread.
   *
   * @param {Locale} locale
   * @param {{
   *   count: number, closed: boolean, more: boolean, fresh: number, answers: number,
   *   views: CommentView[], part: CommentView | null,
   * }} state `fresh` and `answers`: how many new comments and replies; `part`: shown instead of all
   */
  show(locale, { count, closed, more, fresh, answers, views, part }) {
    this.heading.textContent = count
      ? locale.say("thread.count", { count })
      : locale.say("thread.none");
    arrange(
      this.#list,
      views.map(({ element }) => element),
    );
    arrange(this.#part, part ? [part.element] : []);
    this.#whole.hidden = this.#part.hidden = !part;
    this.#list.hidden = Boolean(part) || !views.length;
    this.#sorting.hidden = Boolean(part) || (views.length < 2 && !more);
    this.#more.hidden = Boolean(part) || !more;
    this.#empty.hidden = Boolean(part) || views.length > 0 || closed;
    this.#fresh.hidden = !fresh && !answers;
    this.#fresh.textContent = [
      fresh && locale.say("thread.news", { count: fresh }),
      answers && locale.say("thread.answers", { count: answers }),
    ]
      .filter(Boolean)
      .join(" · ");
    this.element.classList.remove("reserved");
  }

  /** Say to screen readers that there are new comments. */
  announceFresh() {
    this.announce(this.#fresh.textContent ?? "");
  }

  /**
   * Say something to screen readers, and if `visible` to everybody.
   *
   * @param {string} message
   * @param {{ visible?: boolean }} [options]
   */
  announce(message, { visible = false } = {}) {
    this.#status.textContent = message;
    this.#status.className = visible ? "toast" : "sr";
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#status.textContent = "";
      this.#status.className = "sr";
    }, ANNOUNCED_MS);
  }
}
