/** Characters that nobody sees, made visible: a usual way to hide a word. */

import { el } from "../../../web/elements.js";
import { t } from "./i18n.js";

// Soft hyphen, zero width, direction marks, fillers, the empty Braille sign and note; not the joiners
// that emoji and Persian need.
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
// What chooses a letter's form, and the letters that have some.
const VARIANT = /[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
const HAS_VARIANTS = /[\p{Emoji}\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}\p{Sm}\p{So}]/u;
const TAG = /[\u{e0020}-\u{e007f}]/u;

/**
 * A text as nodes, with what cannot be seen made visible.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function revealInvisible(text) {
  const hidden = hiddenIn(text);
  if (!hidden.includes(true)) return [text];
  return Array.from(text).map((point, at) => {
    if (!hidden[at]) return point;
    const code = `U+${point.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
    return el(
      "span",
      { class: "unseen", title: t("text.unseen", { code }), "data-code": code },
      point,
    );
  });
}

/**
 * Which characters of a text cannot be seen and change none before them.
 *
 * @param {string} text
 */
export function hiddenIn(text) {
  let before = "";
  let flag = false;
  return Array.from(text).map((point) => {
    const variant = VARIANT.test(point) && HAS_VARIANTS.test(before);
    // The flag of England is a black one, and tags.
    flag = TAG.test(point) ? flag : point === "\u{1f3f4}";
    before = point;
    return (INVISIBLE.test(point) || VARIANT.test(point)) && !variant && !(flag && TAG.test(point));
  });
}
