/** The queue: the list, the open case, and one's way through them. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { readSite, request, site } from "../core/api.js";
import { empty } from "../core/components.js";
import { announce, showError, toast } from "../core/dialogs.js";
import { button } from "../core/dom.js";
import { clock, t } from "../core/i18n.js";
import { mySession } from "../core/session.js";
import { decideInBulk } from "../queue/bulk.js";
import { pageOf } from "../queue/case-cards.js";
import { CaseList } from "../queue/case-list.js";
import { CaseView } from "../queue/case.js";
import { askEscalation, askRejection } from "../queue/decision-dialogs.js";
import { decide, madeHere, onUndo, undo, undoLast } from "../queue/decisions.js";
import { Lease, heldByOther } from "../queue/lease.js";
import { askReading } from "../queue/reading.js";
import { suggestedReason } from "../queue/rejection-reasons.js";
import { canReply, reply } from "../queue/reply.js";

/** @import { Case, CaseComment, SiteEvent } from "../../../web/api.js" */
/** @import { Problem } from "../../../web/requests.js" */
/** @import { Shortcut } from "../core/shortcuts.js" */
/** @import { DecisionAction } from "../queue/decisions.js" */
/** @import { Go, Screen } from "./screen.js" */

// Leafing through the list should not claim every case that is passed.
const DWELL_MS = 300;
const FEW = 5;
const FREED_AFTER_MS = 500;

/** @implements {Screen} */
export class QueueScreen {
  #go;
  /** The comment whose case is open.
   * @type {string | null} */
  #open = null;
  #gone = false;
  /** The comment and version whose second reading is on its way.
   * @type {string | null} */
  #asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #dwelling;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #freeing;
  #lease = new Lease((problem) => this.#claimLost(problem));
  #list;
  #view;
  #pane = el("div", { class: "pane" });

  /** @param {Go} go */
  constructor(go) {
    this.#go = go;
    this.#list = new CaseList({ go, decide: (action) => this.#decideSelected(action) });
    this.#view = new CaseView({
      approve: () => this.#decide("approve"),
      reject: () => this.#reject(),
      escalate: () => this.#escalate(),
      reply: () => this.#reply(),
      undo: (decision) => undo(decision.id, [decision.comment]),
      back: () => this.#back(),
    });
    this.node = el(
      "div",
      { class: "queue" },
      el("h1", { class: "sr-only" }, t("nav.queue")),
      this.#list.laneBar,
      this.#list.node,
      this.#pane,
    );
    onUndo((comments) => this.#undone(comments));
  }

  get title() {
    return t("nav.queue");
  }

  /** @returns {Shortcut[]} */
  shortcuts() {
    const list = this.#list;
    /** @param {(shown: Case) => unknown} run */
    const inCase = (run) => () => {
      const { shown, busy } = this.#view;
      if (this.#open && shown && !busy) run(shown);
    };
    /** @param {Case} shown */
    const select = ({ comment }) => list.toggle(comment.id, !list.checked.has(comment.id));
    return [
      { key: "j", label: t("keys.next"), run: () => this.#step(1), repeats: true },
      { key: "k", label: t("keys.previous"), run: () => this.#step(-1), repeats: true },
      { key: "a", label: t("keys.approve"), run: inCase(() => this.#decide("approve")) },
      { key: "r", label: t("keys.reject"), run: inCase(() => this.#reject()) },
      { key: "e", label: t("keys.escalate"), run: inCase(() => this.#escalate()) },
      { key: "c", label: t("keys.reply"), run: inCase(() => this.#reply()) },
      { key: "u", label: t("keys.undo"), run: undoLast },
      { key: "o", label: t("keys.open"), run: inCase(openPage) },
      { key: "x", label: t("keys.select"), run: inCase(select) },
      { key: "b", label: t("keys.veil"), run: () => this.#view.toggleVeil() },
      { key: "/", label: t("keys.lanes"), run: () => list.focusLanes() },
      { key: "g", label: t("keys.groups"), run: () => list.groups.focus() },
      { key: "n", label: t("keys.news"), run: () => list.reload() },
      { key: "Escape", label: t("keys.back"), run: () => this.#back() },
    ];
  }

  /**
   * Follow the address: its comment, and the query's lane and order.
   *
   * @param {{ comment?: string }} params
   * @param {URLSearchParams} query
   */
  async show({ comment }, query) {
    const address = location.href;
    await this.#list.choose(query);
    if (this.#gone || location.href !== address) return;
    this.#openCase(comment ?? null);
  }

  leave() {
    this.#gone = true;
    clearTimeout(this.#dwelling);
    clearTimeout(this.#freeing);
    this.#lease.end();
    onUndo(() => {});
  }

  /** @param {string | null} comment */
  #goTo(comment) {
    return this.#go(this.#list.path({ comment }), { replace: this.#open !== null });
  }

  // The open case

  /** @param {string | null} comment */
  #openCase(comment) {
    const before = this.#open;
    if (comment === before && this.#view.shown) return;
    this.#open = comment;
    this.node.classList.toggle("showing-case", comment !== null);
    clearTimeout(this.#dwelling);
    clearTimeout(this.#freeing);
    // Somebody else decided on it while it was looked at.
    if (before && this.#list.find(before)?.lanes.length === 0) this.#list.remove(before);
    this.#list.markOpen(comment);
    if (comment === null) {
      this.#lease.release();
      this.#view.shown = null;
      this.#drawNothing();
      return;
    }
    const known = this.#list.find(comment);
    if (!known) {
      this.#readCase(comment);
      return;
    }
    this.#draw(known);
    this.#view.heading.focus({ preventScroll: true });
    this.#dwelling = setTimeout(() => this.#readCase(comment), before ? DWELL_MS : 0);
  }

  /**
   * @param {Case} shown
   * @param {{ whole?: boolean }} [options]
   */
  #draw(shown, options) {
    if (!this.#pane.contains(this.#view.node)) fill(this.#pane, this.#view.node);
    this.#view.show(shown, { limits: site()?.effective, ...options });
  }

  #drawNothing() {
    const begin = button(t("case.begin"), () => this.#step(1), { class: "primary", key: "j" });
    fill(
      this.#pane,
      this.#list.cases.length
        ? empty(t("case.none"), t("case.none_text"), begin)
        : empty(t("case.waiting"), this.#list.explanation),
    );
  }

  /**
   * Read the open case whole, and claim it if it waits and is free.
   *
   * @param {string} comment
   */
  async #readCase(comment) {
    const left = () => this.#open !== comment || this.#gone;
    try {
      /** @type {Case} */
      let shown = await request("GET", `/queue/${comment}`);
      if (left()) return;
      if (shown.lanes.length && !heldByOther(shown)) {
        try {
          shown.claim = await this.#lease.take(comment);
        } catch (error) {
          if (asProblem(error).code !== "claimed") throw error;
          shown = await request("GET", `/queue/${comment}`);
        }
        if (left()) return;
      }
      this.#showWhole(shown);
    } catch (error) {
      if (left()) return;
      if (asProblem(error).status !== 404) showError(error);
      else fill(this.#pane, empty(t("case.gone"), t("case.gone_text")));
    }
  }

  /** @param {Case} shown */
  #showWhole(shown) {
    this.#list.update(shown);
    this.#draw(shown, { whole: true });
    this.#noticeClaim(shown);
    if (this.#view.untold) this.#tell(shown.comment);
  }

  /**
   * Say what the second reader made of the open case, once that is worked out.
   *
   * @param {CaseComment} comment
   */
  async #tell({ id, version }) {
    const asking = `${id} ${version}`;
    if (this.#asking === asking) return;
    this.#asking = asking;
    const told = await askReading(id);
    if (this.#asking === asking) this.#asking = null;
    const now = this.#view.shown?.comment;
    if (!this.#gone && now?.id === id && now.version === version) this.#view.tell(told);
  }

  /** @param {Case} shown */
  #noticeClaim(shown) {
    clearTimeout(this.#freeing);
    const { claim } = shown;
    if (!claim || !heldByOther(shown)) return;
    const { name, until } = claim;
    const free = this.#list.cases.find(
      (other) => other.comment.id !== this.#open && !heldByOther(other),
    );
    this.#view.notice(t("claim.notice", { name, time: clock(until) }), {
      kind: "warning",
      actions: [
        ...(free ? [{ label: t("claim.next"), run: () => this.#goTo(free.comment.id) }] : []),
        { label: t("claim.take_over"), run: () => this.#takeOver() },
      ],
    });
    const left = Date.parse(until) - Date.now();
    this.#freeing = setTimeout(() => this.#freed(), left + FREED_AFTER_MS);
  }

  async #takeOver() {
    const comment = this.#open;
    if (!comment) return;
    try {
      await this.#lease.take(comment, { over: true });
      if (this.#open !== comment || this.#gone) return;
      this.#view.notice(null);
      await this.#readCase(comment);
    } catch (error) {
      showError(error);
    }
  }

  /**
   * Is the open case somebody else's, also by what the service knows now? Then say so.
   *
   * @param {Case} shown
   */
  async #isHeld(shown) {
    if (!heldByOther(shown)) return false;
    await this.#readCase(shown.comment.id);
    const now = this.#view.shown;
    if (!now || this.#open !== shown.comment.id || !heldByOther(now)) return false;
    toast(t("error.claimed"), {
      kind: "error",
      action: { label: t("claim.take_over"), run: () => this.#takeOver() },
    });
    return true;
  }

  #freed() {
    this.#view.notice(null);
    if (this.#open) this.#readCase(this.#open);
  }

  /** @param {Problem} problem */
  #claimLost(problem) {
    if (this.#gone || !this.#open) return;
    if (problem.code === "claimed") this.#readCase(this.#open);
    else if (problem.status !== 404) showError(problem);
  }

  /** @param {1 | -1} by */
  async #step(by) {
    const list = this.#list;
    await list.loaded;
    const index = list.indexOf(this.#open);
    if (by > 0 && index >= list.cases.length - FEW) await list.loadMore();
    const first = by > 0 ? list.cases[0] : list.cases.at(-1);
    const next = index < 0 ? first : list.cases[index + by];
    if (next) await this.#goTo(next.comment.id);
    else announce(t(by > 0 ? "list.end" : "list.start"));
  }

  #back() {
    if (this.#open) this.#go(this.#list.path());
  }

  // Deciding

  async #reject() {
    const { shown, busy } = this.#view;
    if (busy || !shown || (await this.#isHeld(shown))) return;
    const reason = await askRejection(suggestedReason(shown.comment));
    if (reason !== null && this.#open === shown.comment.id) await this.#decide("reject", reason);
  }

  async #escalate() {
    const { shown, busy } = this.#view;
    if (busy || !shown || (await this.#isHeld(shown))) return;
    const note = await askEscalation();
    if (note !== null && this.#open === shown.comment.id) await this.#decide("escalate", note);
  }

  async #reply() {
    const { shown, busy } = this.#view;
    if (busy || !shown || !canReply(shown.comment)) return;
    const { id } = shown.comment;
    const sent = await reply(shown.comment, async () =>
      this.#open === id ? this.#decide("approve") : false,
    );
    if (sent && this.#open === id) this.#readCase(id);
  }

  /**
   * @param {DecisionAction} action
   * @param {string} [reason]
   * @returns {Promise<boolean>} whether it is decided
   */
  async #decide(action, reason = "") {
    const { shown, busy } = this.#view;
    if (busy || !shown || shown.comment.status === "deleted") return false;
    if (await this.#isHeld(shown)) return false;
    const { comment } = shown;
    this.#view.setBusy(true);
    clearTimeout(this.#dwelling);
    try {
      await decide(comment, action, reason);
      this.#lease.forget(comment.id);
      this.#finish(comment.id, action);
      return true;
    } catch (error) {
      await this.#refused(comment, asProblem(error));
      return false;
    } finally {
      this.#view.setBusy(false);
    }
  }

  /**
   * Go on to the next free case after one is done.
   *
   * @param {string} id
   * @param {DecisionAction} action
   */
  #finish(id, action) {
    const list = this.#list;
    const index = list.indexOf(id);
    list.recount();
    if (index < 0) {
      this.#readCase(id);
      return;
    }
    if (action === "escalate") {
      const shown = list.cases[index];
      const lanes = [...new Set([...shown.lanes, "escalated"])];
      list.update({ ...shown, escalated: true, lanes, claim: null });
    } else {
      list.remove(id);
    }
    /** @param {Case} shown */
    const free = (shown) => shown.comment.id !== id && !heldByOther(shown);
    const next = list.cases.slice(index).find(free) ?? list.cases.find(free);
    if (list.cases.length < FEW) list.loadMore();
    const going = this.#goTo(next?.comment.id ?? null);
    if (!next) going.then(() => this.#pane.querySelector("h2")?.focus());
  }

  /**
   * A decision was not taken: say why, and show the case as it is now.
   *
   * @param {CaseComment} comment
   * @param {Problem} problem
   */
  async #refused(comment, problem) {
    showError(problem);
    if (!["claimed", "changed", "not-found"].includes(problem.code)) return;
    await this.#readCase(comment.id);
    if (problem.code === "changed" && this.#open === comment.id) {
      this.#view.notice(t("case.changed"), { kind: "warning" });
    }
  }

  /** @param {"approve" | "reject"} action */
  async #decideSelected(action) {
    const results = await decideInBulk(this.#list.selected, action);
    if (results === null) return;
    this.#list.checked.clear();
    for (const { comment, ok } of results) if (ok) this.#lease.forget(comment);
    await this.#list.reload();
    if (this.#open && !this.#list.find(this.#open)) this.#goTo(null);
    else if (!this.#open) this.#drawNothing();
  }

  /** @param {string[]} comments */
  async #undone(comments) {
    await this.#list.reload();
    if (this.#gone) return;
    const [first] = comments;
    if (comments.length === 1 && this.#open !== first) this.#goTo(first);
    else if (this.#open) this.#readCase(this.#open);
  }

  // What others do

  /** @param {SiteEvent[]} events */
  onEvents(events) {
    const me = mySession().moderator.id;
    for (const { type, data } of events) {
      const mine = data.moderator === me;
      if (type === "case.queued") this.#list.offer(data.comment, String(data.lanes));
      else if (type === "case.claimed" && !mine) this.#onClaimed(data);
      else if (type === "case.released") this.#onReleased(data, mine);
      else if (type === "case.decided" && !madeHere(data.decision)) this.#onDecided(data);
      else if (type === "comment.changed") this.#onChanged(data);
      else if (type === "site.changed") readSite().catch(showError);
    }
    if (events.some(({ type }) => type.startsWith("group."))) this.#list.groups.recount();
    if (events.some(({ type }) => ["case.queued", "case.decided"].includes(type))) {
      this.#list.recount();
    }
  }

  /** @param {Record<string, string>} data */
  #onClaimed({ comment }) {
    if (this.#list.find(comment) || this.#open === comment) this.#refresh(comment);
  }

  /**
   * @param {Record<string, string>} data
   * @param {boolean} mine whether the same person gave it back, on another page perhaps
   */
  #onReleased({ comment }, mine) {
    if (mine) {
      if (this.#open === comment) this.#lease.again();
      return;
    }
    const shown = this.#list.find(comment);
    if (shown) this.#list.update({ ...shown, claim: null });
    if (this.#open === comment) this.#freed();
  }

  /** @param {Record<string, string>} data */
  async #onChanged({ comment }) {
    const known = this.#open === comment ? this.#view.shown : this.#list.find(comment);
    if (!known) return;
    const { version } = known.comment;
    const shown = await this.#refresh(comment);
    if (shown && this.#open === comment && shown.comment.version !== version) {
      this.#view.notice(t("case.changed"), { kind: "warning" });
    }
  }

  /** @param {Record<string, string>} data */
  async #onDecided({ comment, action }) {
    // Heard of sooner than answered.
    if (this.#open === comment && this.#view.busy) return;
    this.#list.withdraw(comment);
    if (this.#open === comment) {
      this.#lease.forget(comment);
      const shown = await this.#refresh(comment);
      const last = shown?.decisions.filter((made) => made.action === action).at(-1);
      if (!last) return;
      this.#view.notice(t(`did.${action}`, { name: last.moderator.name }), { kind: "warning" });
    } else if (this.#list.find(comment)) {
      if (["approve", "reject"].includes(action)) this.#list.remove(comment);
      else this.#refresh(comment);
    }
  }

  /**
   * Read a case again, because somebody changed something about it.
   *
   * @param {string} comment
   * @returns {Promise<Case | null>}
   */
  async #refresh(comment) {
    try {
      const shown = await request("GET", `/queue/${comment}`);
      if (this.#gone) return null;
      if (this.#open === comment) this.#showWhole(shown);
      else this.#list.update(shown);
      return shown;
    } catch (error) {
      asProblem(error);
      return null;
    }
  }
}

/** @param {Case} shown */
function openPage(shown) {
  const page = pageOf(shown);
  if (page) window.open(page, "_blank", "noopener,noreferrer");
}
