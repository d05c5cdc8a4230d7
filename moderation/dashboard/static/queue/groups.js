/** Raids: each group of near-duplicates as one entry above the list, decided on as one. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { author, link, status } from "../core/components.js";
import { dialog, showError } from "../core/dialogs.js";
import { button, keepingFocus } from "../core/dom.js";
import { clock, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { askRejection } from "./decision-dialogs.js";
import { decideGroup, undoBatches } from "./decisions.js";

/** @import { Group, GroupMembers } from "../../../web/api.js" */

const MINUTE = 60_000;
const FROM_HOURS = 120;
const SETTLE_MS = 400;
const PAGE = 20;
const SEEN_AT_ONCE = 2;
const NEXT = ["", "hold", "reject"];

export class GroupList {
  #changed;
  #path;
  /** @type {Group[]} */
  #groups = [];
  /** What is shown of the members of those groups that are opened.
   * @type {Map<string, GroupMembers>} */
  #opened = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  node = el("section", { class: "groups", hidden: true, "aria-label": t("group.list") });

  /**
   * @param {{ changed: () => unknown, path: (comment: string) => string }} does hears that groups
   *   came or went, which the list beside them leaves out; gives the address of a case
   */
  constructor({ changed, path }) {
    this.#changed = changed;
    this.#path = path;
  }

  /** Read them again, a moment after the last of several changes. */
  recount() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.node.isConnected) this.reload({ tell: true });
    }, SETTLE_MS);
  }

  /** @param {{ tell?: boolean }} [options] whether the list beside them is to be read again too */
  async reload({ tell = false } = {}) {
    try {
      const before = this.#groups.map(({ id }) => id).join();
      this.#groups = (await request("GET", "/queue/groups")).groups;
      const there = this.#groups.map(({ id }) => id);
      for (const [id, { group }] of this.#opened) {
        // What was read of one that has changed since is not so any more.
        if (JSON.stringify(this.#groups.find((now) => now.id === id)) !== JSON.stringify(group)) {
          this.#opened.delete(id);
        }
      }
      this.#draw();
      if (tell && there.join() !== before) this.#changed();
    } catch (error) {
      // They are read again with the next change.
      asProblem(error);
    }
  }

  /** Go to the first group, or to the next one after that which has the focus. */
  focus() {
    const cards = [...this.node.querySelectorAll("h2")];
    const at = cards.findIndex((heading) =>
      heading.parentElement?.contains(document.activeElement),
    );
    cards[(at + 1) % cards.length]?.focus();
  }

  #draw() {
    this.node.hidden = !this.#groups.length;
    keepingFocus(this.node, () =>
      fill(
        this.node,
        this.#groups.map((group) => this.#card(group)),
      ),
    );
  }

  /** @param {Group} group */
  #card(group) {
    const { id, batch, examples, next } = group;
    const opened = this.#opened.get(id);
    const count = waiting(group);
    return el(
      "article",
      { class: "group", "data-key": id },
      el("h2", { tabindex: "-1" }, heading(group)),
      el(
        "p",
        { class: "group-counts" },
        ["published", "held", "rejected"].map((name) => counted(group, name)),
      ),
      examples
        .slice(0, SEEN_AT_ONCE)
        .map(({ excerpt }) =>
          el("p", { class: "group-text", dir: "auto" }, revealInvisible(excerpt)),
        ),
      next
        ? el(
            "p",
            { class: "group-next" },
            t(`group.next.${next.action}`, { time: clock(next.until) }),
            batch
              ? button(t("action.undo"), () => this.#undo(batch), { class: "small", icon: "undo" })
              : null,
          )
        : null,
      el(
        "div",
        { class: "group-actions" },
        count
          ? [
              button(t("group.approve"), () => this.#decide(group, "approve"), {
                class: "small approve",
                icon: "approve",
              }),
              button(t("group.reject"), () => this.#decide(group, "reject"), {
                class: "small danger",
                icon: "reject",
              }),
            ]
          : null,
        button(t(opened ? "group.hide" : "group.show"), () => this.#toggle(id), {
          class: "small quiet",
          "aria-expanded": String(Boolean(opened)),
        }),
      ),
      opened ? this.#members(opened) : null,
    );
  }

  /** @param {GroupMembers} members */
  #members({ group, cases, next_cursor: cursor }) {
    return el(
      "div",
      { class: "group-members" },
      el(
        "ul",
        { "aria-label": t("group.members") },
        cases.map(({ comment }) =>
          el(
            "li",
            {},
            link(
              this.#path(comment.id),
              { class: "group-member" },
              el("span", { class: "group-who" }, author(comment.author), status(comment.status)),
              el("span", { class: "row-text", dir: "auto" }, revealInvisible(comment.text)),
            ),
          ),
        ),
      ),
      cursor
        ? button(t("list.more"), () => this.#more(group.id, cursor), { class: "small quiet" })
        : null,
    );
  }

  /** @param {string} id */
  async #toggle(id) {
    if (this.#opened.delete(id)) this.#draw();
    else await this.#more(id, null);
  }

  /**
   * @param {string} id
   * @param {string | null} cursor
   */
  async #more(id, cursor) {
    try {
      /** @type {GroupMembers} */
      const page = await request("GET", `/queue/groups/${id}`, { query: { limit: PAGE, cursor } });
      const before = cursor ? (this.#opened.get(id)?.cases ?? []) : [];
      this.#opened.set(id, { ...page, cases: [...before, ...page.cases] });
      this.#draw();
    } catch (error) {
      showError(error);
    }
  }

  /**
   * @param {Group} group
   * @param {"approve" | "reject"} action
   */
  async #decide(group, action) {
    const asked = await (action === "reject" ? askGroupRejection(group) : askGroupApproval(group));
    if (!asked) return;
    try {
      await decideGroup(group.id, { action, ...asked });
      await this.reload();
      this.#changed();
      (this.node.querySelector("h2") ?? this.node.parentElement)?.focus();
    } catch (error) {
      showError(error);
    }
  }

  /** @param {string} batch */
  async #undo(batch) {
    await undoBatches([batch]);
    await this.reload();
  }
}

/** @param {Group} group */
const waiting = ({ published, held }) => published + held;

/** @param {Group} group */
function heading(group) {
  const minutes = Math.max(
    1,
    Math.ceil((Date.parse(group.last) - Date.parse(group.first)) / MINUTE),
  );
  const long = minutes >= FROM_HOURS;
  const within = long
    ? t("group.hours", { count: Math.round(minutes / 60) })
    : t("group.minutes", { count: minutes });
  return t("group.title", { count: group.count, within });
}

/**
 * How many of a group have this status; nothing for none.
 *
 * @param {Group} group
 * @param {string} name
 */
function counted(group, name) {
  const count = group[/** @type {"published" | "held" | "rejected"} */ (name)];
  if (!count) return null;
  return el("span", { class: `badge status-${name}` }, t(`group.${name}`, { count }));
}

/** @param {Group} group */
async function askGroupApproval(group) {
  const answer = await dialog({
    title: t("group.approve_title", { count: waiting(group) }),
    body: [el("p", {}, t("group.approve_text"))],
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      { label: t("group.approve"), value: "approve", style: "primary", icon: "approve" },
    ],
  });
  return answer === null ? null : {};
}

/** @param {Group} group */
async function askGroupRejection(group) {
  const inputs = NEXT.map((value) =>
    el("input", { type: "radio", name: "next", value, checked: value === "hold" }),
  );
  const choices = el(
    "fieldset",
    { class: "choices next-choices" },
    el("legend", {}, t("group.next")),
    NEXT.map((value, index) =>
      el(
        "label",
        { class: "choice" },
        inputs[index],
        el("span", {}, t(`group.next_choice.${value || "none"}`)),
      ),
    ),
  );
  const reason = await askRejection("spam", {
    title: t("group.reject_title", { count: waiting(group) }),
    body: [el("p", {}, t("group.reject_text")), choices],
  });
  if (reason === null) return null;
  return { reason, next: inputs.find((input) => input.checked)?.value || null };
}
