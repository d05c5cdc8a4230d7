/** Decisions, their reasons, and taking them back. */

import { el, field } from "../core/dom.js";
import { complain, dialog, toast } from "../core/dialogs.js";
import { ask, askOnce } from "../core/service.js";
import { named, t } from "../core/i18n.js";

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
// How many comments the service decides on in one batch.
const BATCH = 200;

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

// What was done on this page and may be taken back, the latest last: `{batch, ids, comments}`.
// Deciding on very many at once is one doing of several batches.
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
  done.push({ ids: [decision.id], batch: false, comments: [comment.id] });
  const name = comment.author?.name || t("author.nameless");
  offerUndo(t(`done.${action}`, { name }));
  return decision;
}

/**
 * Decide on many; gives the results.
 *
 * When the service stops answering after some were decided on, the others' results say so.
 */
export async function decideAll(comments, action, reason) {
  const results = [];
  const ids = [];
  for (const part of batches(comments)) {
    try {
      const answer = await askOnce("POST", "/batches", {
        action,
        reason,
        comments: part,
        preview: false,
      });
      results.push(...answer.results);
      if (answer.results.some((result) => result.ok)) ids.push(answer.id);
    } catch (problem) {
      if (problem.code === undefined || !results.length) throw problem;
      const { code } = problem;
      results.push(
        ...comments
          .slice(results.length)
          .map(({ id }) => ({ comment: id, ok: false, error: { code } })),
      );
      break;
    }
  }
  const changed = results.filter((result) => result.ok);
  for (const { decision } of changed) own.add(decision);
  if (changed.length) {
    done.push({ ids, batch: true, comments: changed.map((result) => result.comment) });
    offerUndo(t(`done.batch.${action}`, { count: changed.length }));
  }
  return results;
}

/** Say what deciding on many would do; changes nothing. */
export async function preview(comments, action) {
  const results = [];
  for (const part of batches(comments)) {
    results.push(
      ...(await ask("POST", "/batches", { body: { action, comments: part, preview: true } }))
        .results,
    );
  }
  return results;
}

function batches(comments) {
  const count = Math.ceil(comments.length / BATCH);
  return Array.from({ length: count }, (_, n) => comments.slice(n * BATCH, (n + 1) * BATCH));
}

/** Take back the latest of what was done here. */
export async function undoLast() {
  const last = done.at(-1);
  if (!last) return toast(t("undo.nothing"), { kind: "note" });
  return last.batch ? undoBatches(last.ids) : undo(last.ids[0], last.comments);
}

/** Take back one decision. */
export async function undo(id, comments) {
  forget([id]);
  try {
    const undone = await askOnce("POST", `/decisions/${id}/undo`);
    own.add(undone.id);
    toast(t("undo.done"));
    changed(comments);
  } catch (problem) {
    if (isUnknown(problem)) done.push({ ids: [id], batch: false, comments });
    complain(problem);
  }
}

/** Take back batches, the latest first; what somebody changed since stays as it is, and is counted. */
export async function undoBatches(ids) {
  forget(ids);
  const left = [...ids];
  const results = [];
  let trouble = null;
  while (left.length && !trouble) {
    try {
      results.push(...(await askOnce("POST", `/batches/${left.at(-1)}/undo`)).results);
      left.pop();
    } catch (problem) {
      trouble = problem;
    }
  }
  const back = results.filter((result) => result.ok);
  for (const { decision } of back) own.add(decision);
  if (trouble) {
    if (!isUnknown(trouble)) left.pop();
    if (left.length) done.push({ ids: left, batch: true, comments: [] });
    complain(trouble);
  } else {
    const stay = results.length - back.length;
    const text = t("undo.batch", { count: back.length });
    toast(stay ? `${text} ${t("undo.left", { count: stay })}` : text, {
      kind: stay ? "note" : "done",
    });
  }
  if (results.length) changed(back.map((result) => result.comment));
}

/** What is taken back right now cannot be taken back by another key press. */
function forget(ids) {
  for (const entry of done) entry.ids = entry.ids.filter((id) => !ids.includes(id));
  done.splice(0, done.length, ...done.filter((entry) => entry.ids.length));
}

/** Is it unknown what became of it, so that it may be asked for again? */
const isUnknown = ({ status }) => !(status >= 400 && status < 500);

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
export async function askRejection(
  suggested,
  { title = t("reject.title"), body = [], wide = false } = {},
) {
  const note = el("textarea", { rows: "2", maxlength: String(MOST - 20) });
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
