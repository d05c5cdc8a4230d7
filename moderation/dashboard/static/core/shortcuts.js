/** Single keys as shortcuts; what they do now is listed by `?`. */

import { el } from "./dom.js";
import { dialog } from "./dialogs.js";
import { prefers } from "./preferences.js";
import { t } from "./i18n.js";

const TYPING =
  "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";

let current = () => [];

/** Let `bindings()` give `[[key, what it does, run, may it be held down], …]` as of now. */
export function listen(bindings) {
  current = bindings;
}

export function start() {
  let pointed = null;
  document.addEventListener("mousedown", ({ target }) => {
    pointed = target.closest?.("select") ?? null;
  });
  document.addEventListener("keydown", (event) => {
    pointed = null;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!prefers("shortcuts") || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.(TYPING)) return;
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = current().find(([key]) => key === wanted);
    if (!found) return;
    event.preventDefault();
    // A key that is held down must not decide on cases that nobody has read yet.
    if (!event.repeat || found[3]) found[2](event);
  });
  // A choice made with the mouse gives the keys back to the screen; one made by keys goes on.
  document.addEventListener("change", ({ target }) => {
    if (target === pointed) target.blur();
  });
}

/** Show all keys that do something here. */
export function help() {
  const rows = current().map(([key, label]) =>
    el("div", { class: "key-row" }, el("dt", {}, el("kbd", {}, shown(key))), el("dd", {}, label)),
  );
  dialog({
    title: t("keys.title"),
    body: [el("dl", { class: "key-list" }, rows), el("p", { class: "hint" }, t("keys.hint"))],
    actions: [{ label: t("dialog.close"), value: "close", style: "primary" }],
  });
}

const shown = (key) => ({ Escape: "Esc" })[key] ?? key;
