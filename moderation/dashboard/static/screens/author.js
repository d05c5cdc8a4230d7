/** An author's record and comments, and deciding on several of them at once. */

import { bulk } from "../queue/bulk.js";
import { complain } from "../core/dialogs.js";
import { onUndo, undoLast } from "../queue/decisions.js";
import { button, el, fill, keepingFocus } from "../core/dom.js";
import { attributesOf, highlighted } from "../queue/evidence.js";
import * as pieces from "../core/components.js";
import { ask } from "../core/service.js";
import { ago, named, score, t } from "../core/i18n.js";

const PAGE = 30;

export class AuthorScreen {
  constructor() {
    this.checked = new Set();
    this.node = el("div", { class: "page" });
    onUndo(() => this.read());
  }

  get title() {
    return t("author.title");
  }

  keys() {
    return [["u", t("keys.undo"), () => undoLast()]];
  }

  leave() {
    onUndo(() => {});
  }

  async show({ author }) {
    this.author = author;
    await this.read();
  }

  async read() {
    this.comments = [];
    this.cursor = null;
    await this.loadMore();
  }

  async loadMore() {
    const path = `/authors/${encodeURIComponent(this.author)}/comments`;
    try {
      const answer = await ask("GET", path, { query: { limit: PAGE, cursor: this.cursor } });
      this.person = answer.author;
      this.comments.push(...answer.comments);
      this.cursor = answer.next_cursor;
      keepingFocus(this.node, () => this.draw());
    } catch (problem) {
      complain(problem);
    }
  }

  draw() {
    const { person } = this;
    const since = person.record.first_seen;
    this.selection = el("div", {
      class: "selection",
      role: "toolbar",
      "aria-label": t("bulk.toolbar"),
    });
    fill(
      this.node,
      el("h1", {}, pieces.author(person)),
      since ? el("p", { class: "lead" }, t("author.since"), " ", ago(since)) : null,
      el(
        "section",
        { class: "card" },
        el("h2", {}, t("author.record")),
        pieces.record(person.record),
      ),
      el("h2", {}, t("author.comments")),
      this.comments.length
        ? el(
            "ol",
            { class: "entries" },
            this.comments.map((comment) => this.row(comment)),
          )
        : el("p", { class: "hint" }, t("author.none")),
      this.cursor ? button(t("list.more"), () => this.loadMore(), { class: "quiet" }) : null,
      this.selection,
    );
    this.drawSelection();
  }

  row(comment) {
    const [strongest] = attributesOf(comment);
    const toggle = ({ target }) => {
      if (target.checked) this.checked.add(comment.id);
      else this.checked.delete(comment.id);
      this.drawSelection();
    };
    const gone = comment.status === "deleted";
    return el(
      "li",
      { class: "entry", "data-key": comment.id },
      el(
        "label",
        { class: "row-check" },
        el("input", {
          type: "checkbox",
          disabled: gone,
          checked: this.checked.has(comment.id),
          "aria-label": t("list.select", { name: Array.from(comment.text).slice(0, 40).join("") }),
          on: { change: toggle },
        }),
      ),
      el(
        "div",
        { class: "entry-what" },
        el(
          "p",
          { class: "entry-text", dir: "auto" },
          gone
            ? el("em", {}, t("text.deleted"))
            : highlighted(comment, null, { most: 300, plain: true }),
        ),
        el(
          "p",
          { class: "entry-detail" },
          pieces.status(comment.status),
          strongest
            ? el(
                "span",
                { class: "hint" },
                t("scores.value", {
                  attribute: named("attribute", strongest),
                  score: score(comment.scores[strongest]),
                }),
              )
            : null,
        ),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(comment.created),
        pieces.link(`cases/${comment.id}`, { class: "button small quiet" }, t("history.open")),
      ),
    );
  }

  drawSelection() {
    const count = this.checked.size;
    this.selection.hidden = count === 0;
    const run = (action) => () => this.decide(action);
    fill(
      this.selection,
      el("p", { "aria-live": "polite" }, t("bulk.selected", { count })),
      button(t("action.approve"), run("approve"), { class: "small approve", icon: "approve" }),
      button(t("action.reject"), run("reject"), { class: "small danger", icon: "reject" }),
    );
  }

  async decide(action) {
    const comments = this.comments.filter(({ id }) => this.checked.has(id));
    if ((await bulk(comments, action)) === null) return;
    this.checked.clear();
    await this.read();
  }
}
