/** The form for a new comment, a reply or an edit. */

import { el } from "../../web/elements.js";
import { asProblem } from "../../web/requests.js";
import { button, followDirection } from "./dom.js";
import { explain } from "./explain.js";

/** @import { StoredComment } from "../../web/api.js" */
/** @import { Problem } from "../../web/requests.js" */
/** @import { CommentView } from "./comment.js" */
/** @import { Thread } from "./thread.js" */

const COUNTER_FROM = 400;

export class Composer {
  #thread;
  #close;
  #draft;
  #label;
  #busy = false;
  /** Asks to be shown once what may hurt somebody; then what says that it was. */
  #nudge = "ask";
  #text;
  #counter = el("span", { class: "counter" });
  /** Where the text is shown with what may hurt somebody marked. */
  #shown = el("div");
  #failure = el("p", { class: "failure", role: "alert", hidden: true });
  #submit = el("button", { type: "submit", class: "primary" });

  /**
   * `reply` is the view that is answered, `edit` the view whose text is changed; or neither.
   *
   * @param {Thread} thread
   * @param {{ reply?: CommentView | null, edit?: CommentView | null, close?: (() => void) | null }} [options]
   */
  constructor(thread, { reply = null, edit = null, close = null } = {}) {
    this.#thread = thread;
    this.reply = reply;
    this.edit = edit;
    this.#close = close;
    this.#draft = thread.draft(edit ? `edit:${edit.id}` : reply ? reply.id : "");

    const { locale } = thread;
    const id = `composer-${(thread.composers += 1)}`;
    this.#label = locale.say(edit ? "write.save" : reply ? "write.post_reply" : "write.post");
    this.#submit.textContent = this.#label;
    this.#counter.id = `${id}-count`;
    this.#text = el("textarea", {
      id,
      name: "text",
      rows: edit ? "4" : "3",
      placeholder: locale.say("write.text_hint"),
      "aria-describedby": `${id}-hint ${id}-count`,
    });
    this.form = this.#build(id);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("keydown", (event) => this.#key(event));
    this.form.addEventListener("focusin", () => this.open());
    this.#text.addEventListener("input", () => this.#changed());

    this.#text.value = this.#draft.text ?? edit?.data.text ?? "";
    followDirection(this.#text);
    if (this.#draft.text) this.open();
    this.#count();
  }

  /** @param {string} id */
  #build(id) {
    const { reply, edit } = this;
    const { locale } = this.#thread;
    const title = edit
      ? locale.say("write.edit")
      : reply
        ? locale.say("write.reply", { name: reply.name })
        : locale.say("write.comment");
    const cancel = button(locale.say("dialog.cancel"), () => this.#close?.(), {
      hidden: !this.#close,
    });
    return el(
      "form",
      { class: "composer", novalidate: true, "aria-label": title },
      el("label", { class: reply || edit ? "title" : "sr", for: id }, title),
      this.#text,
      el(
        "div",
        { class: "more" },
        el(
          "div",
          { class: "under" },
          el("span", { id: `${id}-hint`, class: "hint" }, locale.say("write.format_hint")),
          this.#counter,
        ),
        edit ? null : this.#author(),
        this.#failure,
        this.#shown,
        el("div", { class: "buttons" }, cancel, this.#submit),
      ),
    );
  }

  /** Who writes; an edit does not ask. */
  #author() {
    const { locale, service, settings } = this.#thread;
    const known = service.storage.get("who") || {};
    /**
     * @param {string} type
     * @param {string} name
     * @param {string} [maxlength]
     */
    const field = (type, name, maxlength) => {
      const input = el("input", {
        type,
        name,
        autocomplete: name === "website" ? type : name,
        maxlength,
      });
      input.value = known[name] || "";
      followDirection(input);
      const text = `${locale.say(`write.${name}`)} (${locale.say("write.optional")})`;
      return el("label", { class: "field" }, el("span", {}, text), input);
    };
    return el(
      "div",
      { class: "who" },
      field("text", "name", "80"),
      field("url", "website", "300"),
      settings.mail && [
        field("email", "email"),
        button(
          locale.say(`write.log_${service.author?.mail ? "out" : "in"}`),
          () => this.#logIn(),
          {
            class: "quiet",
          },
        ),
      ],
    );
  }

  #logIn() {
    const { locale, frame, service } = this.#thread;
    service.later("login").then(
      ({ login }) =>
        login(this.#thread, this.form, (/** @type {Problem} */ problem) =>
          explain(problem, locale),
        ),
      () => frame.announce(locale.say("error.send"), { visible: true }),
    );
  }

  /** Show all of the form. */
  open() {
    this.form.classList.add("open");
  }

  focus() {
    this.#text.focus();
  }

  #changed() {
    this.#count();
    this.#clear();
    this.#draft.save(this.#text.value);
  }

  /** Show how many characters are left, when it gets tight; gives how many. */
  #count() {
    const left = this.#thread.settings.max_length - [...this.#text.value.trim()].length;
    const shown = left < COUNTER_FROM;
    this.#counter.hidden = !shown;
    this.#counter.classList.toggle("over", left < 0);
    this.#counter.textContent = shown
      ? this.#thread.locale.say(left < 0 ? "write.over" : "write.left", { count: Math.abs(left) })
      : "";
    return left;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.#close) {
      event.stopPropagation();
      this.#close();
    }
  }

  async send() {
    if (this.#busy) return;
    const text = this.#text.value.trim();
    const left = this.#count();
    if (!text || left < 0) {
      const message = text ? this.#counter.textContent : this.#thread.locale.say("error.no-text");
      this.#fail(message ?? "", this.#text);
      return;
    }
    this.#clear();
    this.#draft.save(this.#text.value);
    this.#setBusy(true);
    try {
      const comment = await (this.edit ? this.#patch(this.edit, text) : this.#post(text));
      this.#draft.clear();
      this.#nudge = "ask";
      this.#text.value = "";
      this.#count();
      this.#setBusy(false);
      this.form.classList.remove("open");
      this.#thread.contributions.accept(comment, this);
    } catch (error) {
      this.#setBusy(false);
      this.#failed(asProblem(error));
    }
  }

  /**
   * @param {string} text
   * @returns {Promise<StoredComment>}
   */
  #post(text) {
    const { service, identity } = this.#thread;
    const given = new FormData(this.form);
    const [name, website, email] = ["name", "website", "email"].map((field) =>
      String(given.get(field) ?? "").trim(),
    );
    // An older service knows of no address.
    const author = { name, website: absolute(website), email: email || undefined };
    service.storage.set("who", author);
    const body = {
      thread: identity,
      text,
      nudge: this.#nudge,
      ...(this.reply && { parent: this.reply.id }),
      ...((name || email) && { author }),
    };
    return service.write("POST", "/comments", body, { key: this.#draft.keyFor(body) });
  }

  /**
   * @param {CommentView} edit
   * @param {string} text
   * @returns {Promise<StoredComment>}
   */
  #patch(edit, text) {
    const { service, own } = this.#thread;
    const body = { text, version: edit.data.version };
    return service.write("PATCH", `/comments/${edit.id}`, body, {
      key: this.#draft.keyFor(body),
      editToken: own.get(edit.id)?.token,
    });
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.form.setAttribute("aria-busy", String(busy));
    this.#submit.textContent = busy ? this.#thread.locale.say("write.sending") : this.#label;
    this.#text.readOnly = busy;
  }

  /** @param {Problem} problem */
  #failed(problem) {
    const { locale, contributions } = this.#thread;
    const fields = this.form.elements;
    if (this.edit && problem.code === "changed") contributions.reread(this.edit);
    /** @param {{ where: string }} error */
    const place = ({ where }) =>
      /** @type {HTMLElement | null} */ (fields.namedItem(where.replace(/.*\//, "")));
    const error = problem.errors.find(place);
    this.#fail(explain(Object.assign(problem, error), locale), error && place(error));
    const { nudge } = problem.body;
    if (nudge) {
      this.#nudge = nudge.token;
      this.#thread.service.later("nudge").then(
        ({ marked }) => this.#failure.hidden || this.#shown.replaceChildren(marked(nudge, locale)),
        // The words are quoted all the same.
        () => {},
      );
    }
    if (problem.kind !== "refused") this.#submit.textContent = locale.say("error.again");
    if (problem.kind === "offline") {
      addEventListener("online", () => this.form.isConnected && this.#clear(), { once: true });
    }
  }

  /**
   * @param {string} message
   * @param {HTMLElement | null} [input] what it is about
   */
  #fail(message, input) {
    this.#failure.textContent = message;
    this.#failure.hidden = false;
    if (input) {
      input.setAttribute("aria-invalid", "true");
      input.focus();
    }
  }

  #clear() {
    this.#failure.hidden = true;
    this.#shown.replaceChildren();
    this.#submit.textContent = this.#label;
    for (const input of this.form.elements) input.removeAttribute("aria-invalid");
  }
}

/**
 * An address that may lack its scheme.
 *
 * @param {string} website
 */
const absolute = (website) =>
  website && !/^[a-z]+:/i.test(website) ? `https://${website}` : website;
