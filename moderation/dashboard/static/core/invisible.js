/** Characters that nobody sees, made visible: a usual way to hide a word. */

import { el } from "../../../web/elements.js";
import { t } from "./i18n.js";

// Soft hyphen, zero width, direction marks and the like.
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;

/**
 * A text as nodes, with what cannot be seen made visible.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function revealInvisible(text) {
  if (!INVISIBLE.test(text)) return [text];
  return Array.from(text).map((point) => {
    if (!INVISIBLE.test(point)) return point;
    const code = `U+${point.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
    return el(
      "span",
      { class: "unseen", title: t("text.unseen", { code }), "data-code": code },
      point,
    );
  });
}
