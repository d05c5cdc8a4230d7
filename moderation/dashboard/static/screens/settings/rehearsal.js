/** What the settings on the form would have done to the latest comments. */

import { el, fill } from "../../../../web/elements.js";
import { asProblem } from "../../../../web/requests.js";
import { request } from "../../core/api.js";
import { errorMessage } from "../../core/dialogs.js";
import { button, card } from "../../core/dom.js";
import { number, t } from "../../core/i18n.js";
import { arrow } from "../audit-words.js";

/** @import { Rehearsal, RehearsedComment } from "../../../../web/api.js" */
/** @import { PolicyChange } from "./entries.js" */

// Who types a number should not start one with each digit.
const PAUSE_MS = 600;
const EXCERPT = 200;
const ACTIONS = /** @type {const} */ (["publish", "flag", "hold", "reject"]);

export class RehearsalCard {
  #policy;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pausing;
  #turn = 0;
  #said = el("div", { class: "rehearsal", role: "status" });

  /** @param {() => PolicyChange | null} policy what the form says now, or null if it is wrong */
  constructor(policy) {
    this.#policy = policy;
    this.node = card(
      t("rehearsal.title"),
      el("p", { class: "hint" }, t("rehearsal.text")),
      this.#said,
      button(t("rehearsal.run"), () => this.#run()),
    );
  }

  /** Something on the form was changed. */
  changed() {
    clearTimeout(this.#pausing);
    this.#pausing = setTimeout(() => this.#run(), PAUSE_MS);
  }

  async #run() {
    clearTimeout(this.#pausing);
    // Only the latest answer is of what the form says.
    this.#turn += 1;
    const turn = this.#turn;
    if (!this.node.isConnected) return;
    const policy = this.#policy();
    if (!policy) {
      // What is wrong is said beside it.
      fill(this.#said);
      return;
    }
    try {
      const body = { policy };
      /** @type {Rehearsal} */
      const found = await request("POST", "/policy/rehearsal", { body });
      if (turn === this.#turn) fill(this.#said, told(found));
    } catch (error) {
      const problem = asProblem(error);
      if (turn !== this.#turn) return;
      fill(this.#said, el("p", { class: "form-problem" }, errorMessage(problem)));
    }
  }
}

/** @param {Rehearsal} found */
function told({ comments, before, after, held_approved, passed_rejected, changes, changed }) {
  if (!comments) return el("p", {}, t("rehearsal.none"));
  if (!changes) return el("p", {}, t("rehearsal.same", { count: comments }));
  const rows = ACTIONS.filter((action) => before[action] || after[action]);
  return [
    el("p", {}, t("rehearsal.changes", { count: changes, comments })),
    el(
      "ul",
      {},
      rows.map((action) =>
        el(
          "li",
          {},
          t(`rehearsal.${action}`),
          ": ",
          number(before[action]),
          " ",
          before[action] === after[action] ? null : [arrow(), " ", number(after[action])],
        ),
      ),
    ),
    held_approved ? el("p", {}, t("rehearsal.held_approved", { count: held_approved })) : null,
    passed_rejected
      ? el("p", {}, t("rehearsal.passed_rejected", { count: passed_rejected }))
      : null,
    el(
      "details",
      {},
      el("summary", {}, t("rehearsal.list", { count: changed.length })),
      el("ul", { class: "rehearsed" }, changed.map(row)),
    ),
  ];
}

/** @param {RehearsedComment} comment */
function row({ id, name, text, before, after, decision }) {
  // In a tab of its own: here it would leave what is not saved.
  const open = { href: `/dashboard/cases/${id}`, target: "_blank", rel: "noopener" };
  const excerpt = [...text].slice(0, EXCERPT).join("");
  return el(
    "li",
    {},
    el(
      "p",
      { dir: "auto" },
      el("bdi", {}, name || t("author.nameless")),
      ": ",
      excerpt === text ? text : `${excerpt}…`,
    ),
    el(
      "p",
      { class: "hint" },
      t(`rehearsal.${before}`),
      " ",
      arrow(),
      " ",
      t(`rehearsal.${after}`),
      decision ? ` · ${t(`rehearsal.decision.${decision}`)}` : null,
      " · ",
      el("a", open, t("history.open")),
    ),
  );
}
