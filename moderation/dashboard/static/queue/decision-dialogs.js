/** What is asked before a comment is rejected or escalated, and the reasons as people read them. */

import { el } from "../../../web/elements.js";
import { dialog } from "../core/dialogs.js";
import { field } from "../core/dom.js";
import { named, t } from "../core/i18n.js";
import { REASONS } from "./rejection-reasons.js";

/** @import { Part } from "../../../web/elements.js" */

// The longest reason that the service stores; a code and a colon come before the note.
const MOST = 500;
const MOST_BESIDE_CODE = MOST - 20;

/**
 * Ask why to reject; gives the reason to store, or null.
 *
 * @param {string} suggested
 * @param {{ title?: string, body?: Part[], wide?: boolean }} [options] what is shown above
 * @returns {Promise<string | null>}
 */
export async function askRejection(suggested, options = {}) {
  const { title = t("reject.title"), body = [], wide = false } = options;
  const note = el("textarea", { rows: "2", maxlength: String(MOST_BESIDE_CODE) });
  const inputs = REASONS.map((code) =>
    el("input", { type: "radio", name: "reason", value: code, checked: code === suggested }),
  );
  const choices = el(
    "fieldset",
    { class: "choices" },
    el("legend", {}, t("reject.why")),
    REASONS.map((code, index) =>
      el(
        "label",
        { class: "choice" },
        inputs[index],
        el("span", {}, named("reason", code)),
        el("kbd", { "aria-hidden": "true" }, String(index + 1)),
      ),
    ),
  );
  choices.addEventListener("keydown", (event) => {
    const wanted = inputs[Number(event.key) - 1];
    if (!wanted) return;
    event.preventDefault();
    wanted.checked = true;
    wanted.focus();
  });
  sendWithControlEnter(note);
  const chosen = () => inputs.find((input) => input.checked);
  const answer = await dialog({
    title,
    wide,
    body: [...body, choices, field(t("reject.note"), note, t("reject.note_hint"))],
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      { label: t("action.reject"), value: "reject", style: "danger", icon: "reject" },
    ],
    focus: chosen(),
  });
  if (answer === null) return null;
  const code = chosen()?.value ?? "other";
  return note.value.trim() ? `${code}: ${note.value.trim()}` : code;
}

/**
 * Ask what the others should know; gives the note, or null.
 *
 * @returns {Promise<string | null>}
 */
export async function askEscalation() {
  const note = el("textarea", { rows: "3", maxlength: String(MOST) });
  sendWithControlEnter(note);
  const answer = await dialog({
    title: t("escalate.title"),
    body: [el("p", {}, t("escalate.what")), field(t("escalate.note"), note)],
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      { label: t("action.escalate"), value: "escalate", style: "primary", icon: "escalate" },
    ],
    focus: note,
  });
  return answer === null ? null : note.value.trim();
}

/**
 * A stored reason as people read it.
 *
 * @param {string} reason a code, perhaps with a note; or free text
 */
export function reasonText(reason) {
  const [, code, note] = /^([a-z-]+)(?:: (.*))?$/s.exec(reason) ?? [];
  if (!REASONS.includes(code)) return reason;
  return note ? `${named("reason", code)}: ${note}` : named("reason", code);
}

/** @param {HTMLTextAreaElement} note */
export function sendWithControlEnter(note) {
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      note.form?.requestSubmit();
    }
  });
}
