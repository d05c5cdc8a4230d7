/** The list of cases and the lanes beside it: what waits, in order, and what is selected of it. */

import { complain } from "../core/dialogs.js";
import { button, el, fill } from "../core/dom.js";
import * as pieces from "../core/components.js";
import { row } from "./case-row.js";
import { ask, who } from "../core/service.js";
import { number, t } from "../core/i18n.js";

const LANES = ["all", "harmful", "uncertain", "reported", "language", "audit", "rejected"];
const SORTS = ["priority", "newest", "oldest"];
const PAGE = 30;
const COUNT_AFTER_MS = 250;

export class CaseList {
  /** `go(path)` follows an address, `decide(action)` decides on what is selected. */
  constructor({ go, decide }) {
    this.go = go;
    this.decide = decide;
    this.lane = "all";
    this.sort = "priority";
    this.cases = [];
    this.cursor = null;
    this.counts = {};
    this.checked = new Set();
    this.fresh = new Set();
    this.open = null;
    this.turn = 0;
    this.build();
  }

  build() {
    this.lanes = el("ul", { class: "lanes", on: { keydown: (event) => this.walkLanes(event) } });
    this.rows = el("ol", { class: "rows", "aria-label": t("list.title") });
    this.news = el("button", {
      type: "button",
      class: "news",
      hidden: true,
      on: { click: () => this.reload() },
    });
    this.more = button(t("list.more"), () => this.loadMore(), {
      class: "quiet more-rows",
      hidden: true,
    });
    this.selection = el("div", {
      class: "selection",
      hidden: true,
      role: "toolbar",
      "aria-label": t("bulk.toolbar"),
    });
    this.sorting = el(
      "select",
      {
        "aria-label": t("sort.title"),
        on: { change: () => this.go(this.path({ sort: this.sorting.value })) },
      },
      SORTS.map((name) => el("option", { value: name }, t(`sort.${name}`))),
    );
    this.all = el("input", {
      type: "checkbox",
      "aria-label": t("list.select_all"),
      on: { click: () => this.toggleAll() },
    });
    this.laneBar = el("nav", { class: "lane-bar", "aria-label": t("lane.title") }, this.lanes);
    this.node = el(
      "section",
      { class: "list-pane", "aria-label": t("list.title") },
      el(
        "div",
        { class: "list-tools" },
        el("label", { class: "row-check" }, this.all),
        this.sorting,
      ),
      this.news,
      el("div", { class: "list-scroll" }, this.rows, this.more),
      this.selection,
    );
  }

  /** The address of a lane, an order, a case; what is not given stays. */
  path({ lane = this.lane, sort = this.sort, comment = null } = {}) {
    const query = new URLSearchParams();
    if (lane !== "all") query.set("lane", lane);
    if (sort !== "priority") query.set("sort", sort);
    return `${comment ? `cases/${comment}` : ""}${query.size ? `?${query}` : ""}`;
  }

  /** Follow an address's lane and order. */
  async choose(query) {
    const lane = LANES.includes(query.get("lane")) ? query.get("lane") : "all";
    const sort = SORTS.includes(query.get("sort")) ? query.get("sort") : "priority";
    if (this.loaded && lane === this.lane && sort === this.sort) return this.loaded;
    this.lane = lane;
    this.sort = sort;
    this.sorting.value = sort;
    this.loaded = this.reload();
    return this.loaded;
  }

  async reload() {
    this.rows.setAttribute("aria-busy", "true");
    try {
      const page = await this.read(null);
      if (!page) return;
      this.cases = page.cases;
      this.fresh.clear();
      this.checked = new Set([...this.checked].filter((id) => this.find(id)));
    } catch (problem) {
      complain(problem);
    }
    this.rows.setAttribute("aria-busy", "false");
    this.rows.parentNode.scrollTop = 0;
    this.draw();
  }

  async loadMore() {
    if (!this.cursor || this.loading) return;
    this.loading = true;
    try {
      const page = await this.read(this.cursor);
      if (!page) return;
      this.cases.push(...page.cases.filter((shown) => !this.find(shown.comment.id)));
      this.draw();
    } catch (problem) {
      complain(problem);
    } finally {
      this.loading = false;
    }
  }

  /** Read a page, the first or a further one; null if the list was begun anew meanwhile. */
  async read(cursor) {
    if (cursor === null) this.turn += 1;
    const { turn } = this;
    const lane = this.lane === "all" ? null : this.lane;
    const page = await ask("GET", "/queue", {
      query: { lane, sort: this.sort, limit: PAGE, cursor },
    });
    if (turn !== this.turn) return null;
    this.cursor = page.next_cursor;
    this.counts = page.counts;
    return page;
  }

  /** Count again, a moment after the last of several changes. */
  recount() {
    clearTimeout(this.counting);
    this.counting = setTimeout(async () => {
      if (!this.node.isConnected) return;
      try {
        this.counts = (await ask("GET", "/queue", { query: { limit: 1 } })).counts;
        this.drawLanes();
      } catch (problem) {
        if (problem.status === undefined) throw problem;
      }
    }, COUNT_AFTER_MS);
  }

  find(id) {
    return this.cases.find((shown) => shown.comment.id === id);
  }

  indexOf(id) {
    return this.cases.findIndex((shown) => shown.comment.id === id);
  }

  /** Put a case as it is now in the place of what the list has of it. */
  update(shown) {
    const index = this.indexOf(shown.comment.id);
    if (index < 0) return;
    this.cases[index] = shown;
    this.redraw(shown.comment.id);
  }

  remove(id) {
    this.cases = this.cases.filter((shown) => shown.comment.id !== id);
    this.checked.delete(id);
    this.fresh.delete(id);
    this.draw();
  }

  /** Somebody's comment was queued; it is offered, so that the list does not move by itself. */
  offer(id, lanes) {
    if ((this.lane !== "all" && !lanes.includes(this.lane)) || this.find(id)) return;
    this.fresh.add(id);
    this.drawNews();
  }

  withdraw(id) {
    this.fresh.delete(id);
    this.drawNews();
  }

  /** Mark which case is open, and bring it into sight. */
  markOpen(id) {
    const before = this.open;
    this.open = id;
    for (const each of new Set([before, id])) if (each) this.redraw(each);
    if (id) this.line(id)?.scrollIntoView({ block: "nearest" });
    else if (before) this.line(before)?.querySelector("a").focus();
  }

  line(id) {
    return this.rows.querySelector(`[data-comment="${id}"]`);
  }

  draw() {
    const focused = this.rows.contains(document.activeElement)
      ? document.activeElement.closest("[data-comment]")?.dataset.comment
      : null;
    fill(
      this.rows,
      this.cases.map((shown) => this.row(shown)),
    );
    if (!this.cases.length) {
      fill(this.rows, el("li", {}, pieces.empty(t("list.empty"), t("list.empty_text"))));
    }
    if (focused) this.line(focused)?.querySelector("a").focus();
    this.more.hidden = !this.cursor;
    this.drawLanes();
    this.drawNews();
    this.drawSelection();
  }

  row(shown) {
    return row(shown, {
      open: shown.comment.id === this.open,
      checked: this.checked.has(shown.comment.id),
      me: who().moderator.id,
      search: this.path(),
      toggle: (id, checked, range) => this.toggle(id, checked, range),
    });
  }

  redraw(id) {
    const shown = this.find(id);
    const node = this.line(id);
    if (!shown || !node) return;
    const focused = node.contains(document.activeElement) && document.activeElement.localName;
    const line = this.row(shown);
    node.replaceWith(line);
    if (focused) line.querySelector(focused)?.focus();
  }

  drawLanes() {
    const focused =
      this.lanes.contains(document.activeElement) && document.activeElement.dataset.lane;
    fill(
      this.lanes,
      LANES.map((name) =>
        el(
          "li",
          {},
          pieces.link(
            this.path({ lane: name }),
            {
              class: `lane lane-dot-${name}`,
              "data-lane": name,
              "aria-current": name === this.lane ? "page" : null,
            },
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
    fill(
      this.news,
      t("list.news", { count: this.fresh.size }),
      el("kbd", { "aria-hidden": "true" }, "n"),
    );
  }

  focusLanes() {
    this.lanes.querySelector("[aria-current]").focus();
  }

  walkLanes(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...this.lanes.querySelectorAll("a")];
    const sideways = ["ArrowLeft", "ArrowRight"].includes(event.key);
    const turned = sideways && document.documentElement.dir === "rtl" ? -step : step;
    links.at((links.indexOf(event.target.closest("a")) + turned) % links.length).focus();
  }

  /** Select or not; with `range` everything from the one before to this. */
  toggle(id, checked, range = false) {
    const to = this.indexOf(id);
    const before = range ? this.indexOf(this.toggled) : -1;
    const from = before < 0 ? to : before;
    for (const { comment } of this.cases.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (checked) this.checked.add(comment.id);
      else this.checked.delete(comment.id);
      this.redraw(comment.id);
    }
    this.toggled = id;
    this.drawSelection();
  }

  toggleAll() {
    const every = this.checked.size === this.cases.length;
    this.checked = new Set(every ? [] : this.cases.map((shown) => shown.comment.id));
    this.draw();
  }

  clear() {
    this.checked.clear();
    this.draw();
  }

  /** The comments that are selected, in the list's order. */
  get selected() {
    return this.cases.map(({ comment }) => comment).filter(({ id }) => this.checked.has(id));
  }

  drawSelection() {
    const count = this.checked.size;
    this.all.checked = count > 0 && count === this.cases.length;
    this.all.indeterminate = count > 0 && count < this.cases.length;
    this.selection.hidden = count === 0;
    fill(
      this.selection,
      el("p", { "aria-live": "polite" }, t("bulk.selected", { count })),
      button(t("action.approve"), () => this.decide("approve"), {
        class: "small approve",
        icon: "approve",
      }),
      button(t("action.reject"), () => this.decide("reject"), {
        class: "small danger",
        icon: "reject",
      }),
      button(t("bulk.clear"), () => this.clear(), {
        class: "small quiet icon-only",
        icon: "close",
        title: t("bulk.clear"),
      }),
    );
  }
}
