/** An author's record and comments, and deciding on several of them at once. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { author, link, lost, record, roleBadge, status } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button, card, keepingFocus } from "../core/dom.js";
import { ago, t } from "../core/i18n.js";
import { bulkActions, decideInBulk } from "../queue/bulk.js";
import { decide, onUndo, undoLast } from "../queue/decisions.js";
import { highlighted } from "../queue/highlights.js";
import { canReply, reply } from "../queue/reply.js";
import { scoreText } from "../queue/scores.js";
import { attributesOf } from "../queue/weights.js";
import { Measures } from "./author/measures.js";

/** @import { AuthorHistory, CaseComment, KnownAuthor } from "../../../web/api.js" */
/** @import { Screen } from "./screen.js" */

const PAGE = 30;
const EXCERPT = 300;
const LABEL = 40;

/** @implements {Screen} */
export class AuthorScreen {
  #author = "";
  /** @type {CaseComment[]} */
  #comments = [];
  /** @type {string | null} */
  #cursor = null;
  /** @type {Set<string>} */
  #checked = new Set();
  /** @type {Measures | null} */
  #measures = null;
  #selection = el("div", { class: "selection", role: "toolbar" });
  node = el("div", { class: "page" });

  constructor() {
    this.#selection.setAttribute("aria-label", t("bulk.toolbar"));
    onUndo(() => this.#read());
  }

  get title() {
    return t("author.title");
  }

  shortcuts() {
    return [{ key: "u", label: t("keys.undo"), run: undoLast }];
  }

  leave() {
    onUndo(() => {});
  }

  /** @param {{ author?: string }} params */
  async show({ author: id = "" }) {
    this.#author = id;
    this.#measures = new Measures(id, () => this.#read());
    await this.#read();
  }

  async #read() {
    this.#comments = [];
    this.#cursor = null;
    await Promise.all([this.#loadMore(), this.#measures?.read()]);
  }

  async #loadMore() {
    const path = `/authors/${encodeURIComponent(this.#author)}/comments`;
    try {
      /** @type {AuthorHistory} */
      const answer = await request("GET", path, { query: { limit: PAGE, cursor: this.#cursor } });
      this.#comments.push(...answer.comments);
      this.#cursor = answer.next_cursor;
      keepingFocus(this.node, () => this.#draw(answer.author));
    } catch (error) {
      if (asProblem(error).status === 404 && !this.#comments.length) this.#drawNobody();
      else showError(error);
    }
  }

  #drawNobody() {
    fill(this.node, lost(t("author.lost"), t("author.lost_text")));
  }

  /** @param {KnownAuthor} person */
  #draw(person) {
    const since = person.record.first_seen;
    if (!since && !this.#comments.length) {
      this.#drawNobody();
      return;
    }
    fill(
      this.node,
      el("h1", {}, author(person)),
      since ? el("p", { class: "lead" }, t("author.since"), " ", ago(since)) : null,
      card(t("author.record"), record(person.record)),
      this.#measures?.node,
      el("h2", {}, t("author.comments")),
      this.#comments.length
        ? el(
            "ol",
            { class: "entries" },
            this.#comments.map((comment) => this.#row(comment)),
          )
        : el("p", { class: "hint" }, t("author.none")),
      this.#cursor ? button(t("list.more"), () => this.#loadMore(), { class: "quiet" }) : null,
      this.#selection,
    );
    this.#drawSelection();
  }

  /** @param {CaseComment} comment */
  #row(comment) {
    const { id, text } = comment;
    const [strongest] = attributesOf(comment);
    const gone = comment.status === "deleted";
    const name = Array.from(text).slice(0, LABEL).join("");
    const box = el("input", {
      type: "checkbox",
      disabled: gone,
      checked: this.#checked.has(id),
      "aria-label": t("list.select", { name }),
    });
    box.addEventListener("change", () => {
      if (box.checked) this.#checked.add(id);
      else this.#checked.delete(id);
      this.#drawSelection();
    });
    return el(
      "li",
      { class: "entry", "data-key": id },
      el("label", { class: "row-check" }, box),
      el(
        "div",
        { class: "entry-what" },
        el(
          "p",
          { class: "entry-text", dir: "auto" },
          gone
            ? el("em", {}, t("text.deleted"))
            : highlighted(comment, null, { most: EXCERPT, plain: true }),
        ),
        el(
          "p",
          { class: "entry-detail" },
          roleBadge(comment.author),
          status(comment.status),
          strongest
            ? el("span", { class: "hint" }, scoreText(strongest, comment.scores[strongest]))
            : null,
        ),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(comment.created),
        canReply(comment)
          ? button(t("action.reply"), () => this.#reply(comment), { class: "small quiet" })
          : null,
        link(`cases/${id}`, { class: "button small quiet" }, t("history.open")),
      ),
    );
  }

  /** @param {CaseComment} comment */
  async #reply(comment) {
    const approve = async () => {
      try {
        await decide(comment, "approve");
        return true;
      } catch (error) {
        showError(error);
        return false;
      }
    };
    await reply(comment, approve);
    if (comment.status === "held") await this.#read();
  }

  #drawSelection() {
    const count = this.#checked.size;
    this.#selection.hidden = count === 0;
    fill(this.#selection, ...bulkActions(count, (action) => this.#decide(action)));
  }

  /** @param {"approve" | "reject"} action */
  async #decide(action) {
    const comments = this.#comments.filter(({ id }) => this.#checked.has(id));
    if ((await decideInBulk(comments, action)) === null) return;
    this.#checked.clear();
    await this.#read();
  }
}
