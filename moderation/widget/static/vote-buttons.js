/** Agree and disagree, with the sum between them. */

import { el } from "../../web/elements.js";
import { arrow } from "./dom.js";

/** @import { Locale } from "./locale.js" */

export class VoteButtons {
  #locale;
  #up;
  #down;
  #sum = el("span", { class: "score", "aria-hidden": "true" });
  #words = el("span", { class: "sr" });

  /**
   * @param {Locale} locale
   * @param {string} about the id of the element that names what is voted on
   * @param {(value: 1 | -1) => unknown} vote
   */
  constructor(locale, about, vote) {
    this.#locale = locale;
    /**
     * @param {"up" | "down"} name
     * @param {1 | -1} value
     */
    const voting = (name, value) => {
      const label = locale.say(`vote.${name}`);
      return el(
        "button",
        {
          type: "button",
          class: `vote ${name}`,
          title: label,
          "aria-label": label,
          "aria-describedby": about,
          on: { click: () => vote(value) },
        },
        arrow(name),
      );
    };
    this.#up = voting("up", 1);
    this.#down = voting("down", -1);
    this.element = el("div", { class: "votes" }, this.#up, this.#sum, this.#words, this.#down);
  }

  /** @param {{ shown: boolean, mine: boolean, vote: number, up: number, down: number }} state */
  show({ shown, mine, vote, up, down }) {
    this.element.hidden = !shown;
    this.#up.hidden = this.#down.hidden = mine;
    this.#up.setAttribute("aria-pressed", String(vote === 1));
    this.#down.setAttribute("aria-pressed", String(vote === -1));
    this.#sum.textContent = this.#locale.numbers.format(up - down);
    this.#words.textContent = this.#locale.say("vote.score", { up, down });
    this.#sum.title = this.#words.textContent;
  }
}
