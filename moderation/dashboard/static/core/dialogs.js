/** Dialogs, toasts, and what is only said to those who listen. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { button, icon } from "./dom.js";
import { has, t } from "./i18n.js";

/** @import { Child } from "../../../web/elements.js" */
/** @import { Problem } from "../../../web/requests.js" */
/** @import { IconName } from "./dom.js" */

/**
 * A button of a dialog; the value "cancel" closes it without an answer.
 *
 * @typedef {{ label: string, value: string, style?: string, icon?: IconName }} Action
 */

const TOAST_MS = 12_000;

const spoken = el("div", { class: "sr-only", role: "status", "aria-live": "polite" });
const toasts = el("section", { class: "toasts" });

/** Put the places for toasts and announcements on the page. */
export function prepareDialogs() {
  toasts.setAttribute("aria-label", t("nav.messages"));
  document.body.append(toasts, spoken);
}

/**
 * Say something to a screen reader.
 *
 * @param {string} text
 */
export function announce(text) {
  spoken.textContent = "";
  requestAnimationFrame(() => {
    spoken.textContent = text;
  });
}

/**
 * Show a short message, with something that can be done about it; the latest one stays alone.
 *
 * @param {string} text
 * @param {{
 *   action?: { label: string, key?: string, run: () => unknown } | null,
 *   kind?: "done" | "note" | "error",
 * }} [options]
 */
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
  announce(text);
}

/**
 * Show a problem in words; a defect is thrown on.
 *
 * @param {unknown} error
 */
export function showError(error) {
  toast(errorMessage(asProblem(error)), { kind: "error" });
}

/**
 * A problem in words: ours for its code, else the service's own.
 *
 * @param {Problem} problem
 */
export function errorMessage({ code, errors, message }) {
  if (has(`error.${code}`)) return t(`error.${code}`);
  return errors.map(itemMessage).join(" ") || message || t("error.internal");
}

/**
 * One thing that is wrong with a request, in words: ours for its code, else the service's own.
 *
 * @param {{ code?: string, message: string }} item
 */
export const itemMessage = ({ code = "", message }) =>
  has(`error.${code}`) ? t(`error.${code}`) : message;

/** Take away what was said of something that is past by now. */
export const clearToasts = () => fill(toasts);

/**
 * Ask something in a modal dialog; gives the chosen action's value, or null.
 *
 * @param {{
 *   title: string,
 *   body: Child,
 *   actions: Action[],
 *   wide?: boolean,
 *   focus?: HTMLElement | null,
 * }} content
 * @returns {Promise<string | null>}
 */
export function dialog({ title, body, actions, wide = false, focus = null }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    /** @type {string | null} */
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
      const { submitter } = event;
      answer =
        submitter instanceof HTMLButtonElement
          ? submitter.value
          : actions[actions.length - 1].value;
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
      if (before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
      resolve(answer);
    });
    box.append(form);
    document.body.append(box);
    box.showModal();
    (focus ?? buttons[buttons.length - 1]).focus();
  });
}
