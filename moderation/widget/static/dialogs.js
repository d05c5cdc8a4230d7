// Questions that need an answer before anything happens: native dialogs, so that focus stays in.

import { el, typed } from "./dom.js";
import { randomKey } from "./service.js";

/** Show `form`'s content as a modal dialog; `onsubmit` may throw, the dialog then stays open. */
function showDialog(thread, { title, text, fields = [], confirm, onsubmit }) {
  const { locale } = thread;
  const failure = el("p", { class: "failure", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: "primary", text: confirm });
  const cancel = el("button", { type: "button", text: locale.say("cancel") });
  const heading = el("h3", { id: "dialog-title", text: title });
  const form = el(
    "form",
    { novalidate: true },
    heading,
    el("p", { id: "dialog-text", text }),
    ...fields,
    failure,
    el("div", { class: "buttons" }, cancel, submit),
  );
  const dialog = el(
    "dialog",
    { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
    form,
  );
  const opener = thread.root.activeElement;
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected && !thread.root.activeElement) opener.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled")) return;
    submit.setAttribute("aria-disabled", "true");
    try {
      const after = await onsubmit(new FormData(form));
      dialog.close();
      after?.();
    } catch (problem) {
      failure.textContent = thread.explain(problem);
      failure.hidden = false;
      submit.removeAttribute("aria-disabled");
    }
  });
  thread.frame.append(dialog);
  dialog.showModal();
}

const REASONS = [
  ["abuse", "reasonAbuse"],
  ["hate", "reasonHate"],
  ["spam", "reasonSpam"],
  ["off-topic", "reasonOffTopic"],
  ["other", "reasonOther"],
];

export function askReport(thread, comment) {
  const { locale, service } = thread;
  const key = randomKey();
  const choices = REASONS.map(([value, message], index) =>
    el(
      "label",
      { class: "choice" },
      el("input", { type: "radio", name: "reason", value, checked: index === 0 }),
      el("span", { text: locale.say(message) }),
    ),
  );
  showDialog(thread, {
    title: locale.say("reportTitle"),
    text: locale.say("reportText"),
    fields: [
      el("fieldset", { "aria-labelledby": "dialog-title" }, ...choices),
      el(
        "label",
        { class: "field" },
        el("span", { text: `${locale.say("noteLabel")} (${locale.say("optional")})` }),
        typed(el("textarea", { name: "note", rows: "2", maxlength: "500" })),
      ),
    ],
    confirm: locale.say("sendReport"),
    onsubmit: async (data) => {
      const note = data.get("note").trim();
      const body = { reason: data.get("reason"), ...(note && { note }) };
      await service.write("POST", `/comments/${comment.id}/reports`, body, {
        key: key + body.reason + note.length,
      });
      thread.announce(locale.say("reported"), { visible: true });
    },
  });
}

export function askDelete(thread, view) {
  const { locale } = thread;
  showDialog(thread, {
    title: locale.say("deleteTitle"),
    text: locale.say("deleteText"),
    confirm: locale.say("delete"),
    onsubmit: async () => {
      const next = view.neighbour();
      await thread.erase(view);
      thread.announce(locale.say("deleted"), { visible: true });
      return () => (next ? next.focus() : thread.heading.focus());
    },
  });
}
