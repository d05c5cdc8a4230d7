/** Decisions, their reasons, and taking them back. */

import { el, field } from "./dom.js";
import { complain, dialog, toast } from "./dialogs.js";
import { ask, askOnce } from "./service.js";
import { named, t } from "./words.js";

/** The reasons to reject for, in the order of their number keys. */
const REASONS = [
  "insult",
  "hate",
  "threat",
  "harassment",
  "profanity",
  "spam",
  "off-topic",
  "personal-data",
  "other",
];
const MOST = 500;

// What a rejection is probably for, by the attribute that raised it.
const SUGGESTED = {
  toxicity: "insult",
  severe_toxicity: "hate",
  insult: "insult",
  identity_attack: "hate",
  threat: "threat",
  profanity: "profanity",
  spam: "spam",
};

// What was done on this page and may be taken back, the latest last: `{batch, id, comments}`.
const done = [];
// Decisions made on this page: their events are no news to it, unlike those of another tab.
const own = new Set();
let changed = () => {};

/** Call `run(comments)` after something was taken back. */
export function onUndo(run) {
  changed = run;
}

/** Was this decision made on this page? */
export const madeHere = (id) => own.has(id);

/** Decide on a comment as it was read; gives the decision or throws the problem. */
export async function decide(comment, action, reason = "") {
  const path = `/queue/${comment.id}/decisions`;
  const body = { action, reason, version: comment.version };
  const decision = await askOnce("POST", path, body);
  own.add(decision.id);
  done.push({ id: decision.id, batch: false, comments: [comment.id] });
  const name = comment.author?.name || t("author.nameless");
  offerUndo(t(`done.${action}`, { name }));
  return decision;
}

/** Decide on many; gives the results. */
export async function decideAll(comments, action, reason) {
  const body = { action, reason, comments };
  const answer = await askOnce("POST", "/batches", { ...body, preview: false });
  const changed = answer.results.filter((result) => result.ok);
  for (const { decision } of changed) own.add(decision);
  if (changed.length) {
    done.push({ id: answer.id, batch: true, comments: changed.map((result) => result.comment) });
    offerUndo(t(`done.batch.${action}`, { count: changed.length }));
  }
  return answer.results;
}

/** Say what deciding on many would do; changes nothing. */
export async function preview(comments, action) {
  return (await ask("POST", "/batches", { body: { action, comments, preview: true } })).results;
}

/** Take back the latest of what was done here. */
export async function undoLast() {
  const last = done.at(-1);
  if (!last) return toast(t("undo.nothing"), { kind: "note" });
  return last.batch ? undoBatch(last.id) : undo(last.id, last.comments);
}

/** Take back one decision. */
export const undo = (id, comments) =>
  takeBack(id, `/decisions/${id}/undo`, (undone) => {
    own.add(undone.id);
    toast(t("undo.done"));
    return comments;
  });

/** Take back a batch; what somebody changed since stays as it is, and is counted. */
export const undoBatch = (id) =>
  takeBack(id, `/batches/${id}/undo`, ({ results }) => {
    const back = results.filter((result) => result.ok);
    const left = results.length - back.length;
    for (const { decision } of back) own.add(decision);
    const text = t("undo.batch", { count: back.length });
    toast(left ? `${text} ${t("undo.left", { count: left })}` : text, { kind: left ? "note" : "done" });
    return back.map((result) => result.comment);
  });

async function takeBack(id, path, told) {
  const index = done.findIndex((entry) => entry.id === id);
  const taken = index < 0 ? [] : done.splice(index, 1);
  try {
    changed(told(await askOnce("POST", path)));
  } catch (problem) {
    // Not known what became of it: it may be asked for again.
    if (!(problem.status >= 400 && problem.status < 500)) done.push(...taken);
    complain(problem);
  }
}

function offerUndo(text) {
  toast(text, { action: { label: t("action.undo"), key: "u", run: undoLast } });
}

/** What a comment would probably be rejected for. */
export function suggestion(comment) {
  const raised = (comment.verdict?.reasons ?? []).filter(({ attribute }) => attribute in SUGGESTED);
  // Whatever else is raised says more than toxicity, which is any of it.
  const telling = raised.filter(({ attribute }) => attribute !== "toxicity");
  const [most] = (telling.length ? telling : raised).sort((a, b) => b.score - a.score);
  return SUGGESTED[most?.attribute] ?? "other";
}

/** Ask why to reject; gives the reason to store, or null. */
export async function askRejection(suggested, { title = t("reject.title"), body = [], wide = false } = {}) {
  const note = el("textarea", { rows: "2", maxlength: String(MOST - 20) });
  const inputs = REASONS.map((code) =>
    el("input", { type: "radio", name: "reason", value: code, checked: code === suggested }),
  );
  const choices = el(
    "fieldset",
    { class: "choices" },
    el("legend", {}, t("reject.why")),
    REASONS.map((code, index) =>
      el("label", { class: "choice" }, inputs[index], el("span", {}, named("reason", code)), el("kbd", { "aria-hidden": "true" }, String(index + 1))),
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
  const answer = await dialog({
    title,
    wide,
    body: [...body, choices, field(t("reject.note"), note, t("reject.note_hint"))],
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      { label: t("action.reject"), value: "reject", style: "danger", icon: "reject" },
    ],
    focus: inputs.find((input) => input.checked),
  });
  if (answer === null) return null;
  const code = inputs.find((input) => input.checked).value;
  return note.value.trim() ? `${code}: ${note.value.trim()}` : code;
}

/** Ask what the others should know; gives the note, or null. */
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

/** A stored reason as people read it. */
export function reasonInWords(reason) {
  const [, code, note] = /^([a-z-]+)(?:: (.*))?$/s.exec(reason) ?? [];
  if (!REASONS.includes(code)) return reason;
  return note ? `${named("reason", code)}: ${note}` : named("reason", code);
}

function sendWithControlEnter(note) {
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      note.form.requestSubmit();
    }
  });
}
