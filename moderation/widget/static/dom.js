/** Small things that several parts of the widget put on the page. */

import { drawing, el } from "../../web/elements.js";

const ARROWS = {
  up: "M8 3.5 13 9H9.8v3.5H6.2V9H3z",
  down: "M8 12.5 3 7h3.2V3.5h3.6V7H13z",
};

/** @param {keyof typeof ARROWS} name */
export const arrow = (name) => drawing(ARROWS[name], 16);

/**
 * A button that submits nothing.
 *
 * @param {string} label
 * @param {() => unknown} run
 * @param {import("../../web/elements.js").Attributes} [attributes]
 */
export const button = (label, run, attributes = {}) =>
  el("button", { type: "button", on: { click: () => run() }, ...attributes }, label);

/**
 * Put nodes into a list in this order, moving only those that are not in their place.
 *
 * @param {Element} list
 * @param {Element[]} nodes
 */
export function arrange(list, nodes) {
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null);
  });
  while (list.children.length > nodes.length) list.lastElementChild?.remove();
}

/**
 * Let a field take the direction of what is typed, and the page's while it is empty.
 *
 * @template {HTMLInputElement | HTMLTextAreaElement} Field
 * @param {Field} field
 * @returns {Field}
 */
export function followDirection(field) {
  const follow = () =>
    field.value ? field.setAttribute("dir", "auto") : field.removeAttribute("dir");
  field.addEventListener("input", follow);
  follow();
  return field;
}

/**
 * A stable hue class and up to two initials: an avatar without an image.
 *
 * @param {string} name
 */
export function avatar(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  const words = name.match(/[\p{L}\p{N}]+/gu) || [];
  const initials = [...words.slice(0, 1), ...words.slice(1).slice(-1)].map((word) => [...word][0]);
  return el(
    "span",
    { class: `avatar hue${words.length ? hash % 8 : 8}`, "aria-hidden": "true" },
    initials.join("").toLocaleUpperCase() || "·",
  );
}
