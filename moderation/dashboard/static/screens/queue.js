/** The queue: the list, the open case, and one's way through them. */

import { bulk } from "../queue/bulk.js";
import { CaseList } from "../queue/case-list.js";
import { CaseView, pageOf } from "../queue/case.js";
import { complain, say } from "../core/dialogs.js";
import {
  askEscalation,
  askRejection,
  decide,
  madeHere,
  onUndo,
  suggestion,
  undo,
  undoLast,
} from "../queue/decisions.js";
import { button, el, fill } from "../core/dom.js";
import { Lease } from "../queue/lease.js";
import * as pieces from "../core/components.js";
import { ask, readSettings, settings, who } from "../core/service.js";
import { clock, t } from "../core/i18n.js";

// Leafing through the list should not claim every case that is passed.
const DWELL_MS = 300;
const FEW = 5;

export class QueueScreen {
  constructor(go) {
    this.go = go;
    this.open = null;
    this.lease = new Lease((problem) => this.claimLost(problem));
    this.list = new CaseList({ go, decide: (action) => this.decideSelected(action) });
    this.view = new CaseView({
      approve: () => this.act("approve"),
      reject: () => this.reject(),
      escalate: () => this.escalate(),
      undo: (decision) => undo(decision.id, [decision.comment]),
      back: () => this.back(),
    });
    this.pane = el("div", { class: "pane" });
    this.node = el(
      "div",
      { class: "queue" },
      el("h1", { class: "sr-only" }, t("nav.queue")),
      this.list.laneBar,
      this.list.node,
      this.pane,
    );
    onUndo((comments) => this.undone(comments));
  }

  get title() {
    return t("nav.queue");
  }

  keys() {
    const inCase = (run) => () => this.open && this.view.shown && !this.view.busy && run();
    return [
      ["j", t("keys.next"), () => this.step(1), true],
      ["k", t("keys.previous"), () => this.step(-1), true],
      ["a", t("keys.approve"), inCase(() => this.act("approve"))],
      ["r", t("keys.reject"), inCase(() => this.reject())],
      ["e", t("keys.escalate"), inCase(() => this.escalate())],
      ["u", t("keys.undo"), () => undoLast()],
      ["o", t("keys.open"), inCase(() => this.openPage())],
      [
        "x",
        t("keys.select"),
        inCase(() => this.list.toggle(this.open, !this.list.checked.has(this.open))),
      ],
      ["b", t("keys.veil"), () => this.view.toggleVeil()],
      ["/", t("keys.lanes"), () => this.list.focusLanes()],
      ["n", t("keys.news"), () => this.list.reload()],
      ["Escape", t("keys.back"), () => this.back()],
    ];
  }

  /** Follow the address: `{comment}` and the query's lane and order. */
  async show({ comment = null }, query) {
    const address = location.href;
    await this.list.choose(query);
    if (this.gone || location.href !== address) return;
    await this.openCase(comment);
  }

  leave() {
    this.gone = true;
    clearTimeout(this.dwell);
    clearTimeout(this.waiting);
    this.lease.end();
    onUndo(() => {});
  }

  goTo(comment) {
    return this.go(this.list.path({ comment }), { replace: this.open !== null });
  }

  // The open case

  async openCase(comment) {
    const before = this.open;
    if (comment === before && this.view.shown) return null;
    this.open = comment;
    this.node.classList.toggle("showing-case", comment !== null);
    clearTimeout(this.dwell);
    clearTimeout(this.waiting);
    // Somebody else decided on it while it was looked at.
    if (before && this.list.find(before)?.lanes.length === 0) this.list.remove(before);
    this.list.markOpen(comment);
    if (comment === null) {
      this.lease.release();
      this.view.shown = null;
      return this.drawNothing();
    }
    const known = this.list.find(comment);
    if (!known) return this.readCase(comment);
    this.draw(known);
    this.view.heading.focus({ preventScroll: true });
    this.dwell = setTimeout(() => this.readCase(comment), before ? DWELL_MS : 0);
    return null;
  }

  draw(shown, options) {
    if (!this.pane.contains(this.view.node)) fill(this.pane, this.view.node);
    this.view.show(shown, { limits: settings().effective, ...options });
  }

  drawNothing() {
    const begin = button(t("case.begin"), () => this.step(1), { class: "primary", key: "j" });
    fill(
      this.pane,
      this.list.cases.length
        ? pieces.empty(t("case.none"), t("case.none_text"), begin)
        : pieces.empty(t("list.empty"), t("list.empty_text")),
    );
  }

  /** Read the open case whole, and claim it if it waits and is free. */
  async readCase(comment) {
    const left = () => this.open !== comment || this.gone;
    try {
      let shown = await ask("GET", `/queue/${comment}`);
      if (left()) return;
      if (shown.lanes.length && !this.heldByOther(shown)) {
        try {
          shown.claim = await this.lease.take(comment);
        } catch (problem) {
          if (problem.code !== "claimed") throw problem;
          shown = await ask("GET", `/queue/${comment}`);
        }
        if (left()) return;
      }
      this.seen(shown);
    } catch (problem) {
      if (left()) return;
      if (problem.status !== 404) complain(problem);
      else fill(this.pane, pieces.empty(t("case.gone"), t("case.gone_text")));
    }
  }

  seen(shown) {
    this.list.update(shown);
    this.draw(shown, { whole: true });
    this.noticeClaim(shown);
  }

  heldByOther({ claim }) {
    const other = claim !== null && claim.moderator !== who().moderator.id;
    return other && Date.parse(claim.until) > Date.now();
  }

  noticeClaim(shown) {
    clearTimeout(this.waiting);
    if (!this.heldByOther(shown)) return;
    const { name, until } = shown.claim;
    const free = this.list.cases.find(
      (other) => other.comment.id !== this.open && !this.heldByOther(other),
    );
    const action = free && { label: t("claim.next"), run: () => this.goTo(free.comment.id) };
    this.view.notice(t("claim.notice", { name, time: clock(until) }), { kind: "warning", action });
    this.waiting = setTimeout(() => this.freed(), Date.parse(until) - Date.now() + 500);
  }

  freed() {
    this.view.notice(null);
    this.readCase(this.open);
  }

  claimLost(problem) {
    if (this.gone || !this.open) return;
    if (problem.code === "claimed") this.readCase(this.open);
    else if (problem.status !== 404) complain(problem);
  }

  async step(by) {
    await this.list.loaded;
    const index = this.list.indexOf(this.open);
    if (by > 0 && index >= this.list.cases.length - FEW) await this.list.loadMore();
    const first = by > 0 ? this.list.cases[0] : this.list.cases.at(-1);
    const next = index < 0 ? first : this.list.cases[index + by];
    if (!next) return say(t(by > 0 ? "list.end" : "list.start"));
    return this.goTo(next.comment.id);
  }

  back() {
    if (this.open) this.go(this.list.path());
  }

  openPage() {
    const page = pageOf(this.view.shown);
    if (page) window.open(page, "_blank", "noopener,noreferrer");
  }

  // Deciding

  async reject() {
    if (this.view.busy) return;
    const { comment } = this.view.shown;
    const reason = await askRejection(suggestion(comment));
    if (reason !== null && this.open === comment.id) await this.act("reject", reason);
  }

  async escalate() {
    if (this.view.busy) return;
    const { comment } = this.view.shown;
    const note = await askEscalation();
    if (note !== null && this.open === comment.id) await this.act("escalate", note);
  }

  async act(action, reason = "") {
    const { comment } = this.view.shown;
    if (this.view.busy || comment.status === "deleted") return;
    this.view.working = true;
    clearTimeout(this.dwell);
    try {
      await decide(comment, action, reason);
      this.lease.forget(comment.id);
      this.finish(comment.id, action);
    } catch (problem) {
      await this.refused(comment, problem);
    } finally {
      this.view.working = false;
    }
  }

  /** Go on to the next free case after one is done. */
  finish(id, action) {
    const { list } = this;
    const index = list.indexOf(id);
    list.recount();
    if (index < 0) return this.readCase(id);
    const stays = action === "escalate";
    if (stays) list.update({ ...list.cases[index], escalated: true, claim: null });
    else list.remove(id);
    const free = (shown) => shown.comment.id !== id && !this.heldByOther(shown);
    const next = list.cases.slice(index).find(free) ?? list.cases.find(free);
    if (list.cases.length < FEW) list.loadMore();
    const shown = this.goTo(next?.comment.id ?? null);
    if (!next) shown.then(() => this.pane.querySelector("h2")?.focus());
    return null;
  }

  /** A decision was not taken: say why, and show the case as it is now. */
  async refused(comment, problem) {
    complain(problem);
    if (!["claimed", "changed", "not-found"].includes(problem.code)) return;
    await this.readCase(comment.id);
    if (problem.code === "changed" && this.open === comment.id) {
      this.view.notice(t("case.changed"), { kind: "warning" });
    }
  }

  async decideSelected(action) {
    const results = await bulk(this.list.selected, action);
    if (results === null) return;
    this.list.checked.clear();
    for (const { comment, ok } of results) if (ok) this.lease.forget(comment);
    await this.list.reload();
    if (this.open && !this.list.find(this.open)) this.goTo(null);
    else if (!this.open) this.drawNothing();
  }

  async undone(comments) {
    await this.list.reload();
    if (this.gone) return;
    const [first] = comments;
    if (comments.length === 1 && this.open !== first) this.goTo(first);
    else if (this.open) this.readCase(this.open);
  }

  // What others do

  heard(events) {
    const me = who().moderator.id;
    for (const { type, data } of events) {
      const mine = data.moderator === me;
      if (type === "case.queued") this.list.offer(data.comment, String(data.lanes));
      else if (type === "case.claimed" && !mine) this.claimed(data);
      else if (type === "case.released" && !mine) this.released(data);
      else if (type === "case.decided" && !madeHere(data.decision)) this.decided(data);
      else if (type === "comment.changed") this.changed(data);
      else if (type === "site.changed") readSettings().catch(complain);
    }
    if (events.some(({ type }) => ["case.queued", "case.decided"].includes(type)))
      this.list.recount();
  }

  claimed({ comment }) {
    if (this.list.find(comment) || this.open === comment) this.refresh(comment);
  }

  released({ comment }) {
    const shown = this.list.find(comment);
    if (shown) this.list.update({ ...shown, claim: null });
    if (this.open === comment) this.freed();
  }

  async changed({ comment }) {
    const known = this.open === comment ? this.view.shown : this.list.find(comment);
    if (!known) return;
    const shown = await this.refresh(comment);
    if (shown && this.open === comment && shown.comment.version !== known.comment.version) {
      this.view.notice(t("case.changed"), { kind: "warning" });
    }
  }

  async decided({ comment, action }) {
    // Heard of sooner than answered.
    if (this.open === comment && this.view.busy) return;
    this.list.withdraw(comment);
    if (this.open === comment) {
      this.lease.forget(comment);
      const shown = await this.refresh(comment);
      const last = shown?.decisions.filter((made) => made.action === action).at(-1);
      if (last)
        this.view.notice(t(`did.${action}`, { name: last.moderator.name }), { kind: "warning" });
    } else if (this.list.find(comment)) {
      if (["approve", "reject"].includes(action)) this.list.remove(comment);
      else this.refresh(comment);
    }
  }

  /** Read a case again, because somebody changed something about it. */
  async refresh(comment) {
    try {
      const shown = await ask("GET", `/queue/${comment}`);
      if (this.gone) return null;
      if (this.open === comment) this.seen(shown);
      else this.list.update(shown);
      return shown;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      return null;
    }
  }
}
