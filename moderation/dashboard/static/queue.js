/** The queue: lanes, the list, the open case, and one's way through them. */

import { bulk } from "./bulk.js";
import { CaseView, pageOf } from "./case.js";
import { complain, say } from "./dialogs.js";
import { askEscalation, askRejection, decide, onUndo, suggestion, undo, undoLast } from "./decisions.js";
import { button, el, fill } from "./dom.js";
import { Lease } from "./lease.js";
import * as pieces from "./pieces.js";
import { row } from "./row.js";
import { ask, who } from "./service.js";
import { clock, number, t } from "./words.js";

const LANES = ["all", "harmful", "uncertain", "reported", "language", "audit", "rejected"];
const SORTS = ["priority", "newest", "oldest"];
const PAGE = 30;
// Leafing through the list should not claim every case that is passed.
const DWELL_MS = 300;

export class QueueScreen {
  constructor(go) {
    this.go = go;
    this.lane = "all";
    this.sort = "priority";
    this.cases = [];
    this.cursor = null;
    this.counts = {};
    this.checked = new Set();
    this.fresh = new Set();
    this.limits = {};
    this.open = null;
    this.lease = new Lease((problem) => this.claimLost(problem));
    this.view = new CaseView({
      approve: () => this.act("approve"),
      reject: () => this.reject(),
      escalate: () => this.escalate(),
      undo: (decision) => undo(decision.id, [decision.comment]),
      back: () => this.back(),
    });
    this.build();
    onUndo((comments) => this.undone(comments));
  }

  build() {
    this.lanes = el("ul", { class: "lanes" });
    this.list = el("ol", { class: "rows", "aria-label": t("list.title") });
    this.news = el("button", { type: "button", class: "news", hidden: true, on: { click: () => this.reload() } });
    this.more = button(t("list.more"), () => this.loadMore(), { class: "quiet more-rows", hidden: true });
    this.selection = el("div", { class: "selection", hidden: true, role: "toolbar", "aria-label": t("bulk.toolbar") });
    this.sorting = el(
      "select",
      { "aria-label": t("sort.title"), on: { change: () => this.go(this.path({ sort: this.sorting.value })) } },
      SORTS.map((name) => el("option", { value: name }, t(`sort.${name}`))),
    );
    this.all = el("input", { type: "checkbox", "aria-label": t("list.select_all"), on: { click: () => this.toggleAll() } });
    this.pane = el("div", { class: "pane" });
    this.node = el(
      "div",
      { class: "queue" },
      el("nav", { class: "lane-bar", "aria-label": t("lane.title") }, this.lanes),
      el(
        "section",
        { class: "list-pane", "aria-label": t("list.title") },
        el("div", { class: "list-tools" }, el("label", { class: "row-check" }, this.all), this.sorting),
        this.news,
        el("div", { class: "list-scroll" }, this.list, this.more),
        this.selection,
      ),
      this.pane,
    );
    this.lanes.addEventListener("keydown", (event) => this.walkLanes(event));
  }

  get title() {
    return t("nav.queue");
  }

  keys() {
    const inCase = (run) => () => this.open && !this.view.busy && run();
    return [
      ["j", t("keys.next"), () => this.step(1)],
      ["k", t("keys.previous"), () => this.step(-1)],
      ["a", t("keys.approve"), inCase(() => this.act("approve"))],
      ["r", t("keys.reject"), inCase(() => this.reject())],
      ["e", t("keys.escalate"), inCase(() => this.escalate())],
      ["u", t("keys.undo"), () => undoLast()],
      ["o", t("keys.open"), inCase(() => this.openPage())],
      ["x", t("keys.select"), inCase(() => this.toggle(this.open, !this.checked.has(this.open)))],
      ["b", t("keys.veil"), () => this.view.toggleVeil()],
      ["/", t("keys.lanes"), () => this.focusLanes()],
      ["n", t("keys.news"), () => this.reload()],
      ["Escape", t("keys.back"), () => this.back()],
    ];
  }

  /** Follow the address: `{comment}` and the query's lane and sort. */
  async show({ comment = null }, query) {
    const lane = LANES.includes(query.get("lane")) ? query.get("lane") : "all";
    const sort = SORTS.includes(query.get("sort")) ? query.get("sort") : "priority";
    const first = !this.loaded;
    if (first || lane !== this.lane || sort !== this.sort) {
      this.lane = lane;
      this.sort = sort;
      this.sorting.value = sort;
      this.loaded = this.reload();
      if (first) await Promise.all([this.loaded, this.readLimits()]);
      else await this.loaded;
    }
    await this.openCase(comment);
  }

  leave() {
    this.gone = true;
    clearTimeout(this.dwell);
    this.lease.end();
    onUndo(() => {});
  }

  path({ lane = this.lane, sort = this.sort, comment = null } = {}) {
    const query = new URLSearchParams();
    if (lane !== "all") query.set("lane", lane);
    if (sort !== "priority") query.set("sort", sort);
    const search = query.size ? `?${query}` : "";
    return `${comment ? `cases/${comment}` : ""}${search}`;
  }

  get search() {
    return this.path();
  }

  // The list

  async reload() {
    this.list.setAttribute("aria-busy", "true");
    try {
      const page = await this.read(null);
      this.cases = page.cases;
      this.fresh.clear();
      this.checked = new Set([...this.checked].filter((id) => this.find(id)));
    } catch (problem) {
      complain(problem);
    }
    this.list.setAttribute("aria-busy", "false");
    this.list.parentNode.scrollTop = 0;
    this.draw();
  }

  async loadMore() {
    if (!this.cursor || this.loading) return;
    this.loading = true;
    try {
      const page = await this.read(this.cursor);
      this.cases.push(...page.cases.filter((shown) => !this.find(shown.comment.id)));
      this.draw();
    } catch (problem) {
      complain(problem);
    } finally {
      this.loading = false;
    }
  }

  async read(cursor) {
    const lane = this.lane === "all" ? null : this.lane;
    const query = { lane, sort: this.sort, limit: PAGE, cursor };
    const page = await ask("GET", "/queue", { query });
    this.cursor = page.next_cursor;
    this.counts = page.counts;
    return page;
  }

  async readLimits() {
    this.limits = (await ask("GET", "")).effective;
  }

  /** Count again, a moment after the last of several changes. */
  recount() {
    clearTimeout(this.counting);
    this.counting = setTimeout(async () => {
      if (this.gone) return;
      try {
        this.counts = (await ask("GET", "/queue", { query: { limit: 1 } })).counts;
        this.drawLanes();
      } catch (problem) {
        if (problem.status === undefined) throw problem;
      }
    }, 250);
  }

  find(id) {
    return this.cases.find((shown) => shown.comment.id === id);
  }

  draw() {
    const focused = this.list.contains(document.activeElement)
      ? document.activeElement.closest("[data-comment]")?.dataset.comment
      : null;
    fill(this.list, this.cases.map((shown) => this.line(shown)));
    if (!this.cases.length) {
      fill(this.list, el("li", { class: "no-rows" }, pieces.empty(t("list.empty"), t("list.empty_text"))));
    }
    if (focused) this.list.querySelector(`[data-comment="${focused}"] a`)?.focus();
    this.more.hidden = !this.cursor;
    this.drawLanes();
    this.drawNews();
    this.drawSelection();
    if (!this.open) this.drawNothingOpen();
  }

  line(shown) {
    return row(shown, {
      open: shown.comment.id === this.open,
      checked: this.checked.has(shown.comment.id),
      me: who().moderator.id,
      search: this.search,
      acts: { toggle: (id, checked, range) => this.toggle(id, checked, range) },
    });
  }

  redraw(id) {
    const shown = this.find(id);
    const node = this.list.querySelector(`[data-comment="${id}"]`);
    if (!shown || !node) return;
    const focused = node.contains(document.activeElement) && document.activeElement.localName;
    const line = this.line(shown);
    node.replaceWith(line);
    if (focused) line.querySelector(focused)?.focus();
  }

  drawLanes() {
    const focused = this.lanes.contains(document.activeElement)
      ? document.activeElement.dataset.lane
      : null;
    fill(
      this.lanes,
      LANES.map((name) =>
        el(
          "li",
          {},
          pieces.link(
            this.path({ lane: name }),
            { class: `lane lane-dot-${name}`, "data-lane": name, "aria-current": name === this.lane ? "page" : null },
            el("span", { class: "lane-name" }, t(`lane.${name}`)),
            el("span", { class: "lane-count" }, number(this.counts[name] ?? 0)),
          ),
        ),
      ),
    );
    if (focused) this.lanes.querySelector(`[data-lane=${focused}]`).focus();
  }

  drawNews() {
    this.news.hidden = this.fresh.size === 0;
    fill(this.news, t("list.news", { count: this.fresh.size }), el("kbd", { "aria-hidden": "true" }, "n"));
  }

  focusLanes() {
    this.lanes.querySelector("[aria-current]").focus();
  }

  walkLanes(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...this.lanes.querySelectorAll("a")];
    const turned = document.documentElement.dir === "rtl" && event.key.match(/Left|Right/) ? -step : step;
    links.at((links.indexOf(event.target.closest("a")) + turned) % links.length).focus();
  }

  // Several at once

  toggle(id, checked, range = false) {
    const ids = this.cases.map((shown) => shown.comment.id);
    const from = range && this.lastToggled ? ids.indexOf(this.lastToggled) : ids.indexOf(id);
    const [low, high] = [from, ids.indexOf(id)].sort((a, b) => a - b);
    for (const each of ids.slice(low, high + 1)) {
      if (checked) this.checked.add(each);
      else this.checked.delete(each);
      this.redraw(each);
    }
    this.lastToggled = id;
    this.drawSelection();
  }

  toggleAll() {
    const every = this.checked.size === this.cases.length;
    this.checked = new Set(every ? [] : this.cases.map((shown) => shown.comment.id));
    this.draw();
  }

  drawSelection() {
    const count = this.checked.size;
    this.all.checked = count > 0 && count === this.cases.length;
    this.all.indeterminate = count > 0 && count < this.cases.length;
    this.selection.hidden = count === 0;
    if (!count) return fill(this.selection);
    const run = (action) => () => this.decideSelected(action);
    return fill(
      this.selection,
      el("p", { "aria-live": "polite" }, t("bulk.selected", { count })),
      button(t("action.approve"), run("approve"), { class: "small approve", icon: "approve" }),
      button(t("action.reject"), run("reject"), { class: "small danger", icon: "reject" }),
      button(t("bulk.clear"), () => { this.checked.clear(); this.draw(); }, { class: "small quiet" }),
    );
  }

  async decideSelected(action) {
    const comments = this.cases.map(({ comment }) => comment).filter(({ id }) => this.checked.has(id));
    const results = await bulk(comments, action);
    if (results === null) return;
    this.checked.clear();
    for (const { comment, ok } of results) if (ok) this.lease.forget(comment);
    await this.reload();
    if (this.open && !this.find(this.open)) this.go(this.path(), { replace: true });
  }

  // The open case

  async openCase(comment) {
    const before = this.open;
    this.open = comment;
    this.node.classList.toggle("showing-case", comment !== null);
    clearTimeout(this.dwell);
    for (const id of new Set([before, comment])) if (id) this.redraw(id);
    if (comment === null) {
      this.lease.release();
      this.view.shown = null;
      if (before) this.list.querySelector(`[data-comment="${before}"] a`)?.focus();
      return this.drawNothingOpen();
    }
    const line = this.list.querySelector(`[data-comment="${comment}"]`);
    line?.scrollIntoView({ block: "nearest" });
    const known = this.find(comment);
    if (known) {
      fill(this.pane, this.view.node);
      this.view.show(known, { limits: this.limits });
      this.view.heading.focus({ preventScroll: true });
      this.dwell = setTimeout(() => this.readCase(comment), before ? DWELL_MS : 0);
      return null;
    }
    return this.readCase(comment);
  }

  /** Read the open case whole, and claim it if it waits and is free. */
  async readCase(comment) {
    try {
      let shown = await ask("GET", `/queue/${comment}`);
      if (this.open !== comment || this.gone) return;
      const held = this.heldByOther(shown);
      if (shown.lanes.length && !held) {
        try {
          await this.lease.take(comment);
        } catch (problem) {
          if (problem.code !== "claimed") throw problem;
          shown = await ask("GET", `/queue/${comment}`);
        }
        if (this.open !== comment || this.gone) return;
      }
      this.update(shown);
      if (!this.pane.contains(this.view.node)) fill(this.pane, this.view.node);
      this.view.show(shown, { whole: true, limits: this.limits });
      this.noticeClaim(shown);
    } catch (problem) {
      if (this.open !== comment || this.gone) return;
      if (problem.status === 404) fill(this.pane, pieces.empty(t("case.gone"), t("case.gone_text")));
      else complain(problem);
    }
  }

  heldByOther(shown) {
    const other = shown.claim && shown.claim.moderator !== who().moderator.id;
    return Boolean(other) && Date.parse(shown.claim.until) > Date.now();
  }

  noticeClaim(shown) {
    clearTimeout(this.waiting);
    if (!this.heldByOther(shown)) return;
    const { name, until } = shown.claim;
    const free = this.cases.find((other) => other.comment.id !== this.open && !this.heldByOther(other));
    const action = free && { label: t("claim.next"), run: () => this.go(this.path({ comment: free.comment.id }), { replace: true }) };
    this.view.notice(t("claim.notice", { name, time: clock(until) }), { kind: "warning", action });
    const left = Date.parse(until) - Date.now() + 500;
    this.waiting = setTimeout(() => this.open === shown.comment.id && this.freed(), left);
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

  update(shown) {
    const index = this.cases.findIndex((known) => known.comment.id === shown.comment.id);
    if (index < 0) return;
    this.cases[index] = shown;
    this.redraw(shown.comment.id);
  }

  drawNothingOpen() {
    const total = this.counts.all ?? 0;
    fill(
      this.pane,
      total
        ? pieces.empty(t("case.none"), t("case.none_text"), button(t("case.begin"), () => this.step(1), { class: "primary", key: "j" }))
        : pieces.empty(t("list.empty"), t("list.empty_text")),
    );
  }

  async step(by) {
    const index = this.cases.findIndex((shown) => shown.comment.id === this.open);
    if (by > 0 && index >= this.cases.length - 3) await this.loadMore();
    const next = this.cases[index < 0 ? (by > 0 ? 0 : -1) : index + by];
    if (!next) return say(t(by > 0 ? "list.end" : "list.start"));
    return this.go(this.path({ comment: next.comment.id }), { replace: this.open !== null });
  }

  back() {
    if (this.open) this.go(this.path());
  }

  openPage() {
    const page = pageOf(this.view.shown);
    if (page) window.open(page, "_blank", "noopener,noreferrer");
  }

  // Deciding

  async reject() {
    const { comment } = this.view.shown;
    const reason = await askRejection(suggestion(comment));
    if (reason !== null && this.open === comment.id) await this.act("reject", reason);
  }

  async escalate() {
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

  /** Go on to the next case after one is done. */
  finish(id, action) {
    const index = this.cases.findIndex((shown) => shown.comment.id === id);
    const stays = action === "escalate";
    if (stays && index >= 0) this.cases[index].escalated = true;
    if (!stays && index >= 0) this.cases.splice(index, 1);
    this.checked.delete(id);
    this.fresh.delete(id);
    const free = (shown) => !this.heldByOther(shown);
    const from = index < 0 ? 0 : index + Number(stays);
    const next = this.cases.slice(from).find(free) ?? this.cases.slice(0, index < 0 ? 0 : index).find(free);
    this.draw();
    this.recount();
    if (this.cases.length < 5) this.loadMore();
    this.go(this.path({ comment: next?.comment.id ?? null }), { replace: true });
    if (!next) this.pane.querySelector("h2")?.setAttribute("tabindex", "-1");
    if (!next) this.pane.querySelector("h2")?.focus();
  }

  /** A decision was not taken: say why, and show the case as it is now. */
  async refused(comment, problem) {
    if (problem.status === undefined) throw problem;
    if (!["claimed", "changed", "not-found"].includes(problem.code)) return complain(problem);
    await this.readCase(comment.id);
    if (problem.code === "changed" && this.open === comment.id) {
      this.view.notice(t("case.changed"), { kind: "warning" });
    } else if (problem.code === "claimed") complain(problem);
    return null;
  }

  async undone(comments) {
    if (this.gone) return;
    await this.reload();
    const [first] = comments;
    if (comments.length === 1 && this.open !== first) this.go(this.path({ comment: first }), { replace: this.open !== null });
    else if (this.open) this.readCase(this.open);
  }

  // What others do

  heard(events) {
    const me = who().moderator.id;
    for (const { type, data } of events) {
      const mine = data.moderator === me;
      if (type === "case.queued") this.queued(data);
      else if (type === "case.claimed" && !mine) this.claimed(data);
      else if (type === "case.released" && !mine) this.released(data);
      else if (type === "case.decided" && !mine) this.decidedByOther(data);
      else if (type === "comment.changed") this.changed(data);
      else if (type === "site.changed") this.readLimits().catch(complain);
    }
    this.recount();
  }

  queued({ comment, lanes }) {
    const here = this.lane === "all" || String(lanes).includes(this.lane);
    if (!here || this.find(comment)) return;
    this.fresh.add(comment);
    this.drawNews();
  }

  claimed({ comment }) {
    if (this.find(comment) || this.open === comment) this.refresh(comment);
  }

  released({ comment }) {
    const shown = this.find(comment);
    if (shown) {
      shown.claim = null;
      this.redraw(comment);
    }
    if (this.open === comment) this.freed();
  }

  async changed({ comment }) {
    if (!this.find(comment) && this.open !== comment) return;
    const before = (this.find(comment) ?? this.view.shown).comment.version;
    const shown = await this.refresh(comment);
    if (shown && this.open === comment && shown.comment.version !== before) {
      this.view.notice(t("case.changed"), { kind: "warning" });
    }
  }

  async decidedByOther({ comment, action }) {
    this.fresh.delete(comment);
    this.drawNews();
    if (this.open === comment) {
      const shown = await this.refresh(comment);
      const last = shown?.decisions.find((decision) => !decision.undone_by);
      const name = last?.moderator.name ?? "";
      this.lease.forget(comment);
      if (last) this.view.notice(t(`did.${action}`, { name }), { kind: "warning" });
      return;
    }
    if (["escalate", "undo"].includes(action)) return this.find(comment) && this.refresh(comment);
    this.cases = this.cases.filter((shown) => shown.comment.id !== comment);
    this.checked.delete(comment);
    this.draw();
  }

  /** Read a case of the list again, because it changed. */
  async refresh(comment) {
    try {
      const shown = await ask("GET", `/queue/${comment}`);
      if (this.gone) return null;
      this.update(shown);
      if (this.open === comment) {
        this.view.show(shown, { whole: true });
        this.noticeClaim(shown);
      }
      return shown;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      return null;
    }
  }
}

