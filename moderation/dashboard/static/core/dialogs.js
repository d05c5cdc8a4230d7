/** Dialogs, toasts, and what is only said to those who listen. */

import { button, el, fill, icon } from "./dom.js";
import { has, t } from "./i18n.js";

const TOAST_MS = 12_000;

const said = el("div", { class: "sr-only", role: "status", "aria-live": "polite" });
const toasts = el("section", { class: "toasts" });

export function start() {
  toasts.setAttribute("aria-label", t("nav.messages"));
  document.body.append(toasts, said);
}

/** Say something to a screen reader. */
export function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => {
    said.textContent = text;
  });
}

/** Show a short message, with something that can be done about it; the latest one stays alone. */
export function toast(text, { action = null, kind = "done" } = {}) {
  const bar = el("div", { class: `toast toast-${kind}` }, el("p", {}, text));
  const close = () => bar.remove();
  if (action) {
    const run = () => {
      close();
      action.run();
    };
    bar.append(button(action.label, run, { class: "quiet", key: action.key ?? null }));
  }
  bar.append(
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": t("dialog.close"),
        on: { click: close },
      },
      icon("close"),
    ),
  );
  fill(toasts, bar);
  let timer = setTimeout(close, TOAST_MS);
  const wait = () => clearTimeout(timer);
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(close, TOAST_MS);
  };
  bar.addEventListener("pointerenter", wait);
  bar.addEventListener("focusin", wait);
  bar.addEventListener("pointerleave", again);
  bar.addEventListener("focusout", again);
  say(text);
}

/** Show what went wrong, in words. */
export function complain(problem) {
  if (problem.code === undefined) throw problem;
  toast(inWords(problem), { kind: "error" });
}

/** Say an error in words: ours for its code, else the service's own. */
export function inWords(problem) {
  if (has(`error.${problem.code}`)) return t(`error.${problem.code}`);
  const details = problem.errors.map(({ where, message }) => `${where}: ${message}`);
  return details.join(" ") || problem.message || t("error.internal");
}

/**
 * Ask something in a modal dialog; gives the chosen action's value, or null.
 *
 * `check()` may veto by answering false.
 */
export function dialog({ title, body, actions, check = () => true, wide = false, focus = null }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let answer = null;
    const box = el("dialog", {
      class: wide ? "dialog wide" : "dialog",
      "aria-labelledby": "dialog-title",
    });
    // Enter sends a form with its first button of the type `submit`: never with "cancel".
    const buttons = actions.map(({ label, value, style = "", icon: shape }) =>
      value === "cancel"
        ? button(label, () => box.close(), { class: style })
        : button(label, () => {}, { class: style, icon: shape, type: "submit", value }),
    );
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", { id: "dialog-title" }, title),
      el("div", { class: "dialog-body" }, body),
      el("div", { class: "dialog-actions" }, buttons),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = event.submitter?.value ?? actions.at(-1).value;
      if (!check(value)) return;
      answer = value;
      box.close();
    });
    // Pressed and let go beside it; marking text with the mouse may end there too.
    let beside = false;
    box.addEventListener("pointerdown", (event) => {
      beside = event.target === box;
    });
    box.addEventListener("click", (event) => {
      if (beside && event.target === box) box.close();
    });
    box.addEventListener("close", () => {
      box.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    });
    box.append(form);
    document.body.append(box);
    box.showModal();
    (focus ?? buttons.at(-1)).focus();
  });
}
