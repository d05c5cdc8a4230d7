/** Questions that need an answer before anything happens: native dialogs, so that focus stays in. */

import { el } from "../../web/elements.js";
import { asProblem } from "../../web/requests.js";
import { followDirection } from "./dom.js";
import { explain } from "./explain.js";
import { randomKey } from "./service.js";

/** @import { CommentView } from "./comment.js" */
/** @import { Thread } from "./thread.js" */

const REASONS = ["abuse", "hate", "spam", "off-topic", "other"];

/**
 * Show a modal dialog.
 *
 * @param {Thread} thread
 * @param {{
 *   title: string,
 *   text: string,
 *   fields?: HTMLElement[],
 *   confirm: string,
 *   kind?: string,
 *   onsubmit: (data: FormData) => Promise<void | (() => void)>,
 * }} content `onsubmit` may throw: the dialog then stays open; what it gives runs when it is closed
 */
function showDialog(thread, { title, text, fields = [], confirm, kind = "primary", onsubmit }) {
  const { locale, root, frame } = thread;
  const failure = el("p", { class: "failure", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: kind }, confirm);
  const cancel = el("button", { type: "button" }, locale.say("dialog.cancel"));
  const form = el(
    "form",
    {},
    el("h3", { id: "dialog-title" }, title),
    el("p", { id: "dialog-text" }, text),
    fields,
    failure,
    el("div", { class: "buttons" }, cancel, submit),
  );
  const dialog = el(
    "dialog",
    { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
    form,
  );
  const opener = root.activeElement;
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected && !root.activeElement) opener.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled")) return;
    submit.setAttribute("aria-disabled", "true");
    try {
      const after = await onsubmit(new FormData(form));
      dialog.close();
      after?.();
    } catch (error) {
      failure.textContent = explain(asProblem(error), locale);
      failure.hidden = false;
      submit.removeAttribute("aria-disabled");
    }
  });
  frame.element.append(dialog);
  dialog.showModal();
}

/**
 * @param {Thread} thread
 * @param {CommentView} view
 */
export function askReport(thread, view) {
  const { locale, service, frame } = thread;
  const key = randomKey();
  const choices = REASONS.map((value) =>
    el(
      "label",
      { class: "choice" },
      el("input", { type: "radio", name: "reason", value, required: true }),
      el("span", {}, locale.say(`reason.${value}`)),
    ),
  );
  const label = `${locale.say("report.note")} (${locale.say("write.optional")})`;
  const note = el("textarea", { name: "note", rows: "2", maxlength: "500" });
  showDialog(thread, {
    title: locale.say("report.title"),
    text: locale.say("report.text"),
    fields: [
      el("fieldset", { "aria-labelledby": "dialog-title" }, choices),
      el("label", { class: "field" }, el("span", {}, label), followDirection(note)),
    ],
    confirm: locale.say("report.send"),
    onsubmit: async (data) => {
      const reason = String(data.get("reason"));
      const text = note.value.trim();
      const body = { reason, ...(text && { note: text }) };
      await service.write("POST", `/comments/${view.id}/reports`, body, {
        key: key + reason + text.length,
      });
      thread.own.rememberReport(view.id);
      view.tick();
      frame.announce(locale.say("done.reported"), { visible: true });
    },
  });
}

/**
 * @param {Thread} thread
 * @param {CommentView} view
 */
export function askDelete(thread, view) {
  const { locale, frame, contributions } = thread;
  showDialog(thread, {
    title: locale.say("delete.title"),
    text: locale.say("delete.text"),
    confirm: locale.say("action.delete"),
    kind: "primary danger",
    onsubmit: async () => {
      const next = view.neighbour();
      await contributions.erase(view);
      frame.announce(locale.say("done.deleted"), { visible: true });
      return () => (next ? next.focus() : frame.heading.focus());
    },
  });
}
