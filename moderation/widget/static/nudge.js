/**
 * A text as its author is shown it once more, with what may hurt somebody marked: a module of its
 * own, since few ever see it.
 */

import { el } from "../../web/elements.js";
import { WORDS } from "./nudge-words.js";

/** @import { Nudge } from "../../web/api.js" */
/** @import { Locale } from "./locale.js" */

/**
 * The text beside the form, never in it. What is marked is also said, since few screen readers say
 * of their own that something is.
 *
 * @param {Nudge} nudge where the spans are in code points
 * @param {Locale} locale
 */
export function marked({ text, spans }, locale) {
  const language = locale.tag.split("-")[0].toLowerCase();
  const words = WORDS[language] ?? WORDS.en;
  const letters = [...text];
  /** @type {Array<Node | string>} */
  const parts = [];
  let end = 0;
  // What is only said has a direction of its own, so that the text's is found in the text.
  for (const [from, to] of spans) {
    parts.push(
      letters.slice(end, from).join(""),
      el(
        "mark",
        {},
        el("span", { class: "sr", dir: "auto" }, ` ${words.begin} `),
        letters.slice(from, to).join(""),
        el("span", { class: "sr", dir: "auto" }, ` ${words.end} `),
      ),
    );
    end = to;
  }
  parts.push(letters.slice(end).join(""));
  const said = el("p", { class: "marked", dir: "auto", tabindex: "0", role: "group" }, parts);
  said.setAttribute("aria-label", words.title);
  return el("div", { class: "notice" }, el("p", { class: "hint" }, words.title), said);
}
