/** Single keys as shortcuts; what they do now is listed by `?`. */

import { el } from "../../../web/elements.js";
import { dialog } from "./dialogs.js";
import { t } from "./i18n.js";
import { preference } from "./preferences.js";

/**
 * @typedef {object} Shortcut
 * @property {string} key
 * @property {string} label what it does
 * @property {() => unknown} run
 * @property {boolean} [repeats] whether it may be held down
 */

const TYPING =
  "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";

/** @type {() => Shortcut[]} */
let current = () => [];

/**
 * Let `shortcuts` give what there is as of now.
 *
 * @param {() => Shortcut[]} shortcuts
 */
export function setShortcuts(shortcuts) {
  current = shortcuts;
}

export function listenForShortcuts() {
  /** @type {HTMLSelectElement | null} */
  let pointed = null;
  document.addEventListener("mousedown", ({ target }) => {
    pointed = target instanceof Element ? target.closest("select") : null;
  });
  document.addEventListener("keydown", (event) => {
    pointed = null;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!preference("shortcuts") || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shortcut = current().find(({ key }) => key === wanted);
    if (!shortcut) return;
    event.preventDefault();
    // A key that is held down must not decide on cases that nobody has read yet.
    if (!event.repeat || shortcut.repeats) shortcut.run();
  });
  // A choice made with the mouse gives the keys back to the screen; one made by keys goes on.
  document.addEventListener("change", ({ target }) => {
    if (pointed && target === pointed) pointed.blur();
  });
}

/** Show all keys that do something here. */
export function showShortcuts() {
  const rows = current().map(({ key, label }) =>
    el(
      "div",
      { class: "key-row" },
      el("dt", {}, el("kbd", {}, key === "Escape" ? "Esc" : key)),
      el("dd", {}, label),
    ),
  );
  dialog({
    title: t("keys.title"),
    body: [el("dl", { class: "key-list" }, rows), el("p", { class: "hint" }, t("keys.hint"))],
    actions: [{ label: t("dialog.close"), value: "close", style: "primary" }],
  });
}
