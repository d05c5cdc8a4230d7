/** What moderators set for an author: shown, set anew, and taken back. */

import { el, fill } from "../../../../web/elements.js";
import { asProblem } from "../../../../web/requests.js";
import { request, requestIdempotent } from "../../core/api.js";
import { dialog, errorMessage, showError, toast } from "../../core/dialogs.js";
import { button, card, field } from "../../core/dom.js";
import { ago, exact, named, t } from "../../core/i18n.js";
import { revealInvisible } from "../../core/invisible.js";

/** @import { Measure, MeasureDone } from "../../../../web/api.js" */

/** @typedef {"trust" | "review" | "suspend" | "ban"} Kind */

/** @type {Kind[]} */
const KINDS = ["trust", "review", "suspend", "ban"];
const DAY_MS = 86_400_000;
/** For how many days, as a moderator commonly wants it; "" is without an end. */
const SPANS = ["1", "7", "30", "365", ""];
const USUAL = { trust: "", review: "30", suspend: "7", ban: "" };
const MOST = 500;

export class Measures {
  #author;
  #changed;
  /** @type {Measure[]} */
  #measures = [];
  node = el("div", {});

  /**
   * @param {string} author
   * @param {() => unknown} changed what to do when a measure was set or taken back
   */
  constructor(author, changed) {
    this.#author = author;
    this.#changed = changed;
  }

  get #path() {
    return `/authors/${encodeURIComponent(this.#author)}/measures`;
  }

  async read() {
    try {
      this.#measures = (await request("GET", this.#path)).measures;
      this.#draw();
    } catch (error) {
      showError(error);
    }
  }

  #draw() {
    const now = this.#measures.find(({ holds }) => holds);
    const earlier = this.#measures.filter((measure) => measure !== now);
    fill(
      this.node,
      card(
        t("measures.title"),
        now ? this.#row(now) : el("p", { class: "hint" }, t("measures.none")),
        el(
          "p",
          {},
          button(t("measures.set"), () => this.#set(now), { class: "measure-set" }),
        ),
        earlier.length
          ? el(
              "details",
              { class: "more" },
              el("summary", {}, t("measures.earlier")),
              el(
                "ol",
                { class: "entries" },
                earlier.map((measure) => el("li", { class: "entry undone" }, this.#row(measure))),
              ),
            )
          : null,
      ),
    );
  }

  /** @param {Measure} measure */
  #row(measure) {
    const { kind, until, holds, reason, note, address, moderator, created, undone } = measure;
    const end = until ? t("measures.until", { time: exact(until) }) : t("measures.endless");
    return el(
      "div",
      { class: "measure" },
      el(
        "p",
        {},
        el("span", { class: `badge measure-${kind}` }, named("measure", kind)),
        " ",
        undone ? t("measures.undone") : end,
        address ? ` ${t("measures.address")}` : null,
      ),
      reason ? el("p", { dir: "auto" }, t("measures.said"), " ", revealInvisible(reason)) : null,
      note ? el("p", { class: "hint", dir: "auto" }, revealInvisible(note)) : null,
      el(
        "p",
        { class: "entry-detail" },
        el("span", { class: "hint" }, el("bdi", {}, moderator.name || moderator.id)),
        ago(created),
        holds
          ? button(t("measures.undo"), () => this.#undo(measure), { icon: "undo", class: "small" })
          : null,
      ),
    );
  }

  /** @param {Measure | undefined} now what holds at present */
  async #set(now) {
    const form = questions(now);
    for (;;) {
      const answer = await dialog({
        title: t("measures.set"),
        body: form.body,
        wide: true,
        actions: [
          { label: t("dialog.cancel"), value: "cancel" },
          { label: t("measures.do"), value: "set", style: "primary" },
        ],
        focus: form.focus(),
      });
      if (answer === null) return;
      try {
        const done = await requestIdempotent("POST", this.#path, form.answer());
        toast(words("measures.done", done), {
          action: { label: t("action.undo"), run: () => this.#undo(done) },
        });
        this.#changed();
        return;
      } catch (error) {
        form.refuse(errorMessage(asProblem(error)));
      }
    }
  }

  /** @param {Measure} measure */
  async #undo({ id }) {
    try {
      const done = await requestIdempotent("POST", `/measures/${id}/undo`);
      toast(words("measures.taken_back", done), { kind: done.left.length ? "note" : "done" });
    } catch (error) {
      showError(error);
    }
    this.#changed();
  }
}

/**
 * What was done to the measure and to the author's comments.
 *
 * @param {string} key
 * @param {MeasureDone} done
 */
function words(key, { batch, changed, left, more }) {
  return [
    t(key),
    batch ? t(`${key}_comments`, { count: changed }) : "",
    left.length ? t("undo.left", { count: left.length }) : "",
    more ? t("measures.more") : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * What is asked before a measure is set.
 *
 * @param {Measure | undefined} now
 */
function questions(now) {
  const problem = el("p", { class: "form-problem", role: "alert" });
  /** @type {Kind} */
  let kind = "review";
  const inputs = KINDS.map((name) =>
    el("input", { type: "radio", name: "kind", value: name, checked: name === kind }),
  );
  const span = el(
    "select",
    {},
    SPANS.map((days) =>
      el(
        "option",
        { value: days },
        days ? t("measures.days", { count: Number(days) }) : t("measures.endless"),
      ),
    ),
  );
  const reason = el("textarea", { rows: "2", maxlength: String(MOST), dir: "auto" });
  const note = el("textarea", { rows: "2", maxlength: String(MOST), dir: "auto" });
  const address = el("input", { type: "checkbox" });
  const existing = el("input", { type: "checkbox" });
  const tick = (/** @type {HTMLInputElement} */ input, /** @type {string} */ key) =>
    el("label", { class: "tick" }, input, el("span", {}, t(key)));
  const reject = tick(existing, "measures.reject_existing");
  const follow = () => {
    kind = KINDS[inputs.findIndex((input) => input.checked)];
    span.value = USUAL[kind];
    // A suspension has an end.
    span.options[SPANS.indexOf("")].disabled = kind === "suspend";
    reject.hidden = kind === "trust";
  };
  for (const input of inputs) input.addEventListener("change", follow);
  follow();
  const replaced = now ? t("measures.replaces", { measure: named("measure", now.kind) }) : "";
  return {
    body: [
      now ? el("p", { class: "notice" }, replaced) : null,
      el(
        "fieldset",
        { class: "choices" },
        el("legend", {}, t("measures.kind")),
        KINDS.map((name, index) =>
          el(
            "label",
            { class: "choice" },
            inputs[index],
            el(
              "span",
              {},
              el("strong", {}, t(`measure.${name}`)),
              " ",
              el("span", { class: "hint" }, t(`measure.${name}_text`)),
            ),
          ),
        ),
      ),
      field(t("measures.how_long"), span),
      field(t("measures.reason"), reason, t("measures.reason_hint")),
      field(t("measures.note"), note, t("measures.note_hint")),
      reject,
      tick(address, "measures.address_too"),
      problem,
    ],
    focus: () => inputs.find((input) => input.checked) ?? null,
    /** @param {string} text */
    refuse: (text) => fill(problem, text),
    answer: () => ({
      kind,
      until: span.value ? new Date(Date.now() + Number(span.value) * DAY_MS).toISOString() : null,
      reason: reason.value.trim(),
      note: note.value.trim(),
      address: address.checked,
      reject_existing: existing.checked && kind !== "trust",
    }),
  };
}
