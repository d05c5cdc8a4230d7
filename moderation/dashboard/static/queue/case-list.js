/** The list of cases: what waits in a lane, in order, and what is selected of it. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request, site } from "../core/api.js";
import { empty } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { bulkActions } from "./bulk.js";
import { caseRow } from "./case-row.js";
import { GroupList } from "./groups.js";
import { LANES, LaneBar } from "./lane-bar.js";

/** @import { Case, QueuePage } from "../../../web/api.js" */

const SORTS = ["priority", "newest", "oldest"];
const PAGE = 30;
const COUNT_AFTER_MS = 250;

export class CaseList {
  #go;
  #lane = "all";
  #sort = "priority";
  /** @type {string | null} */
  #cursor = null;
  /** @type {Record<string, number>} */
  #counts = {};
  /** Cases that are offered, so that the list does not move by itself.
   * @type {Set<string>} */
  #fresh = new Set();
  /** @type {string | null} */
  #open = null;
  /** The case that was selected or not last.
   * @type {string | null} */
  #toggled = null;
  /** How often the list was begun anew. */
  #turn = 0;
  #loading = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting;
  #lanes = new LaneBar((lane) => this.path({ lane }));
  #rows = el("ol", { class: "rows" });
  #news;
  #more;
  #selection;
  #sorting;
  #all;
  #decide;
  groups = new GroupList({
    changed: () => this.reload({ groups: false }),
    path: (comment) => this.path({ comment }),
  });
  /** @type {Promise<void> | null} */
  loaded = null;
  /** @type {Case[]} */
  cases = [];
  /** The ids of what is selected.
   * @type {Set<string>} */
  checked = new Set();

  /**
   * @param {{
   *   go: (path: string) => unknown,
   *   decide: (action: "approve" | "reject") => unknown,
   * }} does follows an address; decides on what is selected
   */
  constructor({ go, decide }) {
    this.#go = go;
    this.#decide = decide;
    this.#rows.setAttribute("aria-label", t("list.title"));
    this.#news = el("button", {
      type: "button",
      class: "news",
      hidden: true,
      on: { click: () => this.reload() },
    });
    this.#more = button(t("list.more"), () => this.loadMore(), {
      class: "quiet more-rows",
      hidden: true,
    });
    this.#selection = el("div", {
      class: "selection",
      hidden: true,
      role: "toolbar",
      "aria-label": t("bulk.toolbar"),
    });
    this.#sorting = el(
      "select",
      { "aria-label": t("sort.title") },
      SORTS.map((name) => el("option", { value: name }, t(`sort.${name}`))),
    );
    this.#sorting.addEventListener("change", () =>
      this.#go(this.path({ sort: this.#sorting.value })),
    );
    this.#all = el("input", {
      type: "checkbox",
      "aria-label": t("list.select_all"),
      on: { click: () => this.#toggleAll() },
    });
    this.node = el(
      "section",
      { class: "list-pane", "aria-label": t("list.title") },
      el(
        "div",
        { class: "list-tools" },
        el("label", { class: "row-check" }, this.#all),
        this.#sorting,
      ),
      this.#news,
      el("div", { class: "list-scroll" }, this.groups.node, this.#rows, this.#more),
      this.#selection,
    );
  }

  /**
   * The address of a lane, an order, a case; what is not given stays.
   *
   * @param {{ lane?: string, sort?: string, comment?: string | null }} [place]
   */
  path({ lane = this.#lane, sort = this.#sort, comment = null } = {}) {
    const query = new URLSearchParams();
    if (lane !== "all") query.set("lane", lane);
    if (sort !== "priority") query.set("sort", sort);
    const search = String(query);
    return `${comment ? `cases/${comment}` : ""}${search ? `?${search}` : ""}`;
  }

  /**
   * Follow an address's lane and order.
   *
   * @param {URLSearchParams} query
   */
  async choose(query) {
    const [lane, sort] = [query.get("lane") ?? "", query.get("sort") ?? ""];
    const before = this.path();
    const places = {
      lane: LANES.includes(lane) ? lane : "all",
      sort: SORTS.includes(sort) ? sort : "priority",
    };
    if (!this.loaded || this.path(places) !== before) {
      this.#lane = places.lane;
      this.#sort = places.sort;
      this.#sorting.value = places.sort;
      this.loaded = this.reload();
    }
    await this.loaded;
  }

  /** @param {{ groups?: boolean }} [options] whether the groups are to be read again too */
  async reload({ groups = true } = {}) {
    this.#rows.setAttribute("aria-busy", "true");
    try {
      const [page] = await Promise.all([this.#read(null), groups ? this.groups.reload() : null]);
      if (!page) return;
      this.cases = page.cases;
      this.#fresh.clear();
      this.checked = new Set([...this.checked].filter((id) => this.find(id)));
    } catch (error) {
      showError(error);
    }
    this.#rows.setAttribute("aria-busy", "false");
    if (this.#rows.parentElement) this.#rows.parentElement.scrollTop = 0;
    this.#draw();
  }

  async loadMore() {
    if (!this.#cursor || this.#loading) return;
    this.#loading = true;
    try {
      const page = await this.#read(this.#cursor);
      if (!page) return;
      this.cases.push(...page.cases.filter((shown) => !this.find(shown.comment.id)));
      this.#draw();
    } catch (error) {
      showError(error);
    } finally {
      this.#loading = false;
    }
  }

  /**
   * Read a page, the first or a further one; null if the list was begun anew meanwhile.
   *
   * @param {string | null} cursor
   */
  async #read(cursor) {
    if (cursor === null) this.#turn += 1;
    const turn = this.#turn;
    const lane = this.#lane === "all" ? null : this.#lane;
    // A group stands for its comments.
    const query = { lane, sort: this.#sort, limit: PAGE, cursor, grouped: "true" };
    /** @type {QueuePage} */
    const page = await request("GET", "/queue", { query });
    if (turn !== this.#turn) return null;
    this.#cursor = page.next_cursor;
    this.#counts = page.counts;
    return page;
  }

  /** Why nothing may wait in this lane. */
  get explanation() {
    const known = site();
    if (this.#lane !== "audit" || !known) return t("list.empty_text");
    const { policy, presets } = known;
    const usual = presets[policy.preset ?? "balanced"]?.audit_rate;
    const rate = Number(policy.audit_rate ?? usual ?? 0);
    if (rate <= 0) return t("list.empty_undrawn");
    return t("list.empty_audit", { count: Math.round(1 / rate) });
  }

  /** Count again, a moment after the last of several changes. */
  recount() {
    clearTimeout(this.#counting);
    this.#counting = setTimeout(async () => {
      if (!this.node.isConnected) return;
      try {
        this.#counts = (await request("GET", "/queue", { query: { limit: 1 } })).counts;
        this.#drawLanes();
      } catch (error) {
        // The numbers are counted again with the next change.
        asProblem(error);
      }
    }, COUNT_AFTER_MS);
  }

  /** @param {string} id */
  find(id) {
    return this.cases.find((shown) => shown.comment.id === id);
  }

  /** @param {string | null} id */
  indexOf(id) {
    return this.cases.findIndex((shown) => shown.comment.id === id);
  }

  /**
   * Put a case as it is now in the place of what the list has of it.
   *
   * @param {Case} shown
   */
  update(shown) {
    const index = this.indexOf(shown.comment.id);
    if (index < 0) return;
    this.cases[index] = shown;
    this.#redraw(shown.comment.id);
  }

  /** @param {string} id */
  remove(id) {
    this.cases = this.cases.filter((shown) => shown.comment.id !== id);
    this.checked.delete(id);
    this.#fresh.delete(id);
    this.#draw();
  }

  /**
   * Somebody's comment was queued.
   *
   * @param {string} id
   * @param {string} lanes
   */
  offer(id, lanes) {
    if ((this.#lane !== "all" && !lanes.includes(this.#lane)) || this.find(id)) return;
    this.#fresh.add(id);
    this.#drawNews();
  }

  /**
   * What was offered is not there any more.
   *
   * @param {string} id
   */
  withdraw(id) {
    this.#fresh.delete(id);
    this.#drawNews();
  }

  /**
   * Mark which case is open, and bring it into sight.
   *
   * @param {string | null} id
   */
  markOpen(id) {
    const before = this.#open;
    this.#open = id;
    for (const each of new Set([before, id])) if (each) this.#redraw(each);
    if (id) this.#line(id)?.scrollIntoView({ block: "nearest" });
    else if (before) this.#focusLine(before, "a");
  }

  /**
   * @param {string} id
   * @returns {HTMLElement | null}
   */
  #line(id) {
    return this.#rows.querySelector(`[data-comment="${id}"]`);
  }

  /**
   * @param {string} id
   * @param {string} selector
   */
  #focusLine(id, selector) {
    /** @type {HTMLElement | null | undefined} */
    const target = this.#line(id)?.querySelector(selector);
    target?.focus();
  }

  #draw() {
    const active = document.activeElement;
    /** @type {HTMLElement | null | undefined} */
    const line = this.#rows.contains(active) ? active?.closest("[data-comment]") : null;
    const focused = line?.dataset.comment;
    fill(
      this.#rows,
      this.cases.length
        ? this.cases.map((shown) => this.#row(shown))
        : el("li", {}, empty(t("list.empty"), this.explanation)),
    );
    if (focused) this.#focusLine(focused, "a");
    this.#more.hidden = !this.#cursor;
    this.#drawLanes();
    this.#drawNews();
    this.#drawSelection();
  }

  /** @param {Case} shown */
  #row(shown) {
    return caseRow(shown, {
      open: shown.comment.id === this.#open,
      checked: this.checked.has(shown.comment.id),
      search: this.path(),
      toggle: (id, checked, range) => this.toggle(id, checked, range),
    });
  }

  /** @param {string} id */
  #redraw(id) {
    const shown = this.find(id);
    const node = this.#line(id);
    if (!shown || !node) return;
    const active = document.activeElement;
    const focused = node.contains(active) ? active?.localName : undefined;
    node.replaceWith(this.#row(shown));
    if (focused) this.#focusLine(id, focused);
  }

  #drawLanes() {
    this.#lanes.draw(this.#lane, this.#counts);
  }

  /** The bar of the lanes, which stands beside the list. */
  get laneBar() {
    return this.#lanes.node;
  }

  focusLanes() {
    this.#lanes.focus();
  }

  #drawNews() {
    const count = this.#fresh.size;
    this.#news.hidden = count === 0;
    fill(this.#news, t("list.news", { count }), el("kbd", { "aria-hidden": "true" }, "n"));
  }

  /**
   * Select or not; with `range` everything from the one before to this.
   *
   * @param {string} id
   * @param {boolean} checked
   * @param {boolean} [range]
   */
  toggle(id, checked, range = false) {
    const to = this.indexOf(id);
    const before = range ? this.indexOf(this.#toggled) : -1;
    const from = before < 0 ? to : before;
    for (const { comment } of this.cases.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (checked) this.checked.add(comment.id);
      else this.checked.delete(comment.id);
      this.#redraw(comment.id);
    }
    this.#toggled = id;
    this.#drawSelection();
  }

  #toggleAll() {
    const every = this.checked.size === this.cases.length;
    this.checked = new Set(every ? [] : this.cases.map((shown) => shown.comment.id));
    this.#draw();
  }

  #clear() {
    this.checked.clear();
    this.#draw();
  }

  /** The comments that are selected, in the list's order. */
  get selected() {
    return this.cases.map(({ comment }) => comment).filter(({ id }) => this.checked.has(id));
  }

  #drawSelection() {
    const count = this.checked.size;
    this.#all.checked = count > 0 && count === this.cases.length;
    this.#all.indeterminate = count > 0 && count < this.cases.length;
    this.#selection.hidden = count === 0;
    fill(
      this.#selection,
      ...bulkActions(count, (action) => this.#decide(action)),
      button(t("bulk.clear"), () => this.#clear(), {
        class: "small quiet icon-only",
        icon: "close",
        title: t("bulk.clear"),
      }),
    );
  }
}
