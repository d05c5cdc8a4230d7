/** Decisions, and undoing them. */

import { Problem, asProblem } from "../../../web/requests.js";
import { request, requestIdempotent } from "../core/api.js";
import { showError, toast } from "../core/dialogs.js";
import { t } from "../core/i18n.js";

/** @import { Batch, BatchResult, CaseComment, Decision, GroupDecided } from "../../../web/api.js" */

/** @typedef {"approve" | "reject" | "escalate"} DecisionAction */
/** @typedef {{ id: string, version: number }} Item a comment as it was read */

/**
 * What was done on this page and may be undone. Deciding on very many at once is one doing of
 * several batches.
 *
 * @typedef {{ ids: string[], batch: boolean, comments: string[] }} Doing
 */

// How many comments the service decides on in one batch.
const BATCH = 200;

/** The latest last.
 * @type {Doing[]} */
const done = [];
/** Decisions made on this page: their events are no news to it, unlike those of another tab.
 * @type {Set<string>} */
const own = new Set();
/** @type {(comments: string[]) => void} */
let undone = () => {};

/**
 * Call `run` with the comments after something was undone.
 *
 * @param {(comments: string[]) => void} run
 */
export function onUndo(run) {
  undone = run;
}

/**
 * Was this decision made on this page?
 *
 * @param {string} id
 */
export const madeHere = (id) => own.has(id);

/**
 * Decide on a comment as it was read.
 *
 * @param {CaseComment} comment
 * @param {DecisionAction} action
 * @param {string} [reason]
 * @throws {Problem}
 */
export async function decide(comment, action, reason = "") {
  /** @type {Decision} */
  const decision = await requestIdempotent("POST", `/queue/${comment.id}/decisions`, {
    action,
    reason,
    version: comment.version,
  });
  own.add(decision.id);
  done.push({ ids: [decision.id], batch: false, comments: [comment.id] });
  const name = comment.author?.name || t("author.nameless");
  offerUndo(t(`done.${action}`, { name }));
}

/**
 * Decide on many; gives the results.
 *
 * When the service stops answering after some were decided on, the others' results say so.
 *
 * @param {Item[]} items
 * @param {DecisionAction} action
 * @param {string} reason
 * @throws {Problem} if nothing was decided on
 */
export async function decideAll(items, action, reason) {
  /** @type {BatchResult[]} */
  const results = [];
  /** @type {string[]} */
  const ids = [];
  for (const comments of batches(items)) {
    try {
      const body = { action, reason, comments, preview: false };
      const answer = await requestIdempotent("POST", "/batches", body);
      results.push(...answer.results);
      if (answer.results.some(isOk)) ids.push(answer.id);
    } catch (error) {
      const { code } = asProblem(error);
      if (!results.length) throw error;
      for (const { id } of items.slice(results.length)) {
        results.push(/** @type {BatchResult} */ ({ comment: id, ok: false, error: { code } }));
      }
      break;
    }
  }
  const changed = results.filter(isOk);
  for (const { decision } of changed) own.add(decision);
  if (changed.length) {
    done.push({ ids, batch: true, comments: changed.map((result) => result.comment) });
    offerUndo(t(`done.batch.${action}`, { count: changed.length }));
  }
  return results;
}

/**
 * Decide on a whole group of near-duplicates.
 *
 * @param {string} id
 * @param {{ action: DecisionAction, reason?: string, next?: string | null }} decision
 * @throws {Problem}
 */
export async function decideGroup(id, decision) {
  /** @type {GroupDecided} */
  const { batch, changed, left } = await requestIdempotent(
    "POST",
    `/queue/groups/${id}/decisions`,
    decision,
  );
  done.push({ ids: [batch], batch: true, comments: [] });
  const text = t(`done.batch.${decision.action}`, { count: changed });
  offerUndo(left.length ? `${text}. ${t("group.left", { count: left.length })}` : text);
}

/**
 * Say what deciding on many would do; changes nothing.
 *
 * @param {Item[]} items
 * @param {DecisionAction} action
 */
export async function preview(items, action) {
  /** @type {BatchResult[]} */
  const results = [];
  for (const comments of batches(items)) {
    const body = { action, comments, preview: true };
    results.push(...(await request("POST", "/batches", { body })).results);
  }
  return results;
}

/** @param {Item[]} items */
function batches(items) {
  const count = Math.ceil(items.length / BATCH);
  return Array.from({ length: count }, (_, n) => items.slice(n * BATCH, (n + 1) * BATCH));
}

/** @param {BatchResult} result */
const isOk = (result) => result.ok;

/** Undo the latest of what was done here. */
export async function undoLast() {
  const last = done.at(-1);
  if (!last) toast(t("undo.nothing"), { kind: "note" });
  else if (last.batch) await undoBatches(last.ids);
  else await undo(last.ids[0], last.comments);
}

/**
 * Undo one decision.
 *
 * @param {string} id
 * @param {string[]} comments
 */
export async function undo(id, comments) {
  forget([id]);
  try {
    /** @type {Decision} */
    const decision = await requestIdempotent("POST", `/decisions/${id}/undo`);
    own.add(decision.id);
    toast(t("undo.done"));
    undone(comments);
  } catch (error) {
    if (isUnknown(asProblem(error))) done.push({ ids: [id], batch: false, comments });
    showError(error);
  }
}

/**
 * Undo batches, the latest first; what somebody changed since stays as it is, and is counted.
 *
 * @param {string[]} ids
 */
export async function undoBatches(ids) {
  forget(ids);
  const left = [...ids];
  /** @type {BatchResult[]} */
  const results = [];
  let anew = 0;
  /** @type {Problem | null} */
  let problem = null;
  while (left.length && !problem) {
    try {
      /** @type {Batch} */
      const batch = await requestIdempotent("POST", `/batches/${left.at(-1)}/undo`);
      results.push(...batch.results);
      anew += batch.judged_anew ?? 0;
      left.pop();
    } catch (error) {
      problem = asProblem(error);
    }
  }
  const back = results.filter(isOk);
  for (const { decision } of back) own.add(decision);
  if (problem) {
    if (!isUnknown(problem)) left.pop();
    if (left.length) done.push({ ids: left, batch: true, comments: [] });
    showError(problem);
  } else {
    const stay = results.length - back.length;
    const told = [
      t("undo.batch", { count: back.length }),
      stay ? t("undo.left", { count: stay }) : "",
      anew ? t("undo.anew", { count: anew }) : "",
    ];
    toast(told.filter(Boolean).join(" "), { kind: stay ? "note" : "done" });
  }
  if (results.length) undone(back.map((result) => result.comment));
}

/**
 * What is undone right now cannot be undone by another key press.
 *
 * @param {string[]} ids
 */
function forget(ids) {
  for (const entry of done) entry.ids = entry.ids.filter((id) => !ids.includes(id));
  done.splice(0, done.length, ...done.filter((entry) => entry.ids.length));
}

/**
 * Is it unknown what became of it, so that it may be asked for again?
 *
 * @param {Problem} problem
 */
const isUnknown = ({ kind }) => kind !== "refused";

/** @param {string} text */
function offerUndo(text) {
  toast(text, { action: { label: t("action.undo"), key: "u", run: undoLast } });
}
