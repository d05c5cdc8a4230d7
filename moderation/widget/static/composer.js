// The form for a new comment, a reply or an edit, with its draft and its retries.

import { el, typed } from "./dom.js";
import { randomKey } from "./service.js";

const COUNTER_FROM = 400;

export class Composer {
  /** `reply` is the view that is answered, `edit` the view whose text is changed; or neither. */
  constructor(thread, { reply = null, edit = null, close = null } = {}) {
    this.thread = thread;
    this.reply = reply;
    this.edit = edit;
    this.close = close;
    this.limit = thread.settings.max_length;
    const about = edit ? `edit:${edit.id}` : reply ? reply.id : "";
    this.draftName = `draft:${thread.key}:${about}`;
    this._build();
    this._restore();
  }

  _build() {
    const { locale } = this.thread;
    const say = (key, values) => locale.say(key, values);
    const title = this.edit
      ? say("editComment")
      : this.reply
        ? say("writeReply", { name: this.reply.name })
        : say("writeComment");
    const id = `composer-${(this.thread.composers += 1)}`;
    this.text = el("textarea", {
      id,
      rows: this.edit ? "4" : "3",
      placeholder: say("textHint"),
      "aria-describedby": `${id}-hint ${id}-count`,
    });
    this.counter = el("span", { id: `${id}-count`, class: "counter" });
    this.failure = el("p", { class: "failure", role: "alert", hidden: true });
    this.submit = el("button", { type: "submit", class: "primary" });
    this.label = say(this.edit ? "save" : this.reply ? "postReply" : "post");
    this.submit.textContent = this.label;
    const cancel = el("button", { type: "button", text: say("cancel"), hidden: !this.close });
    cancel.addEventListener("click", () => this.close());
    const details = this.edit ? null : this._who();
    this.form = el(
      "form",
      { class: "composer", novalidate: true, "aria-label": title },
      el("label", { class: this.reply || this.edit ? "title" : "sr", for: id, text: title }),
      this.text,
      el(
        "div",
        { class: "more" },
        el(
          "div",
          { class: "under" },
          el("span", { id: `${id}-hint`, class: "hint", text: say("formatHint") }),
          this.counter,
        ),
        details,
        this.failure,
        el("div", { class: "buttons" }, cancel, this.submit),
      ),
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("keydown", (event) => this._key(event));
    this.form.addEventListener("focusin", () => this.form.classList.add("open"));
    this.text.addEventListener("input", () => this._changed());
  }

  _who() {
    const { locale, service } = this.thread;
    const known = service.keep.get("who") || {};
    const field = (name, type, autocomplete) => {
      const input = el("input", {
        type,
        name,
        autocomplete,
        maxlength: type === "url" ? "300" : "80",
      });
      input.value = known[name] || "";
      typed(input);
      this[name] = input;
      const label = `${locale.say(`${name}Label`)} (${locale.say("optional")})`;
      return el("label", { class: "field" }, el("span", { text: label }), input);
    };
    return el(
      "div",
      { class: "who" },
      field("name", "text", "name"),
      field("website", "url", "url"),
    );
  }

  _restore() {
    const draft = this.thread.service.keep.get(this.draftName);
    this.attempt = draft?.attempt || null;
    this.text.value = draft?.text ?? (this.edit ? this.edit.data.text || "" : "");
    typed(this.text);
    if (draft?.text) this.form.classList.add("open");
    this._count();
  }

  _changed() {
    this._count();
    this._clear();
    this._save();
  }

  _save() {
    const text = this.text.value;
    const keep = this.thread.service.keep;
    keep.set(this.draftName, text.trim() ? { text, attempt: this.attempt } : null);
  }

  _count() {
    const left = this.limit - [...this.text.value.trim()].length;
    const shown = left < COUNTER_FROM;
    this.counter.hidden = !shown;
    this.counter.classList.toggle("over", left < 0);
    this.counter.textContent = shown
      ? this.thread.locale.say(left < 0 ? "charactersOver" : "charactersLeft", {
          count: Math.abs(left),
        })
      : "";
    return left;
  }

  _key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.close) {
      event.stopPropagation();
      this.close();
    }
  }

  async send() {
    if (this.busy) return;
    const { thread } = this;
    const text = this.text.value.trim();
    const left = this._count();
    if (!text || left < 0) {
      const message = text ? this.counter.textContent : thread.locale.say("errorEmpty");
      this._fail(message, this.text);
      return;
    }
    this._clear();
    this._busy(true);
    try {
      const comment = this.edit ? await this._patch(text) : await this._post(text);
      thread.service.keep.set(this.draftName, null);
      this.attempt = null;
      this.text.value = "";
      this._count();
      this._busy(false);
      this.form.classList.remove("open");
      thread.accept(comment, this);
    } catch (problem) {
      this._busy(false);
      this._failed(problem);
    }
  }

  _post(text) {
    const { thread, reply } = this;
    const who = { name: this.name.value.trim(), website: absolute(this.website.value.trim()) };
    thread.service.keep.set("who", who);
    const body = {
      thread: thread.identity(),
      text,
      ...(reply && { parent: reply.id }),
      ...(who.name && { author: who.website ? who : { name: who.name } }),
    };
    return thread.service.write("POST", "/comments", body, { key: this._attemptKey(body) });
  }

  _patch(text) {
    const { thread, edit } = this;
    const body = { text, version: edit.data.version };
    return thread.service.write("PATCH", `/comments/${edit.id}`, body, {
      key: this._attemptKey(body),
      editToken: thread.mineOf(edit.id)?.token,
    });
  }

  /** The same key as long as the same thing is sent, also after the page was left meanwhile. */
  _attemptKey(body) {
    const sent = JSON.stringify(body);
    if (this.attempt?.sent !== sent) this.attempt = { sent, key: randomKey() };
    this._save();
    return this.attempt.key;
  }

  _busy(busy) {
    this.busy = busy;
    this.form.setAttribute("aria-busy", String(busy));
    this.submit.textContent = busy ? this.thread.locale.say("sending") : this.label;
    this.text.readOnly = busy;
  }

  _failed(problem) {
    const { thread } = this;
    if (this.edit && problem.code === "changed") thread.reread(this.edit);
    const places = {
      "/text": this.text,
      "/author/name": this.name,
      "/author/website": this.website,
    };
    const error = problem.errors.find(({ where }) => places[where]);
    this._fail(error?.message || thread.explain(problem), places[error?.where]);
    if (problem.kind !== "refused") this.submit.textContent = thread.locale.say("retry");
    if (problem.kind === "offline") {
      addEventListener("online", () => this.form.isConnected && this._clear(), { once: true });
    }
  }

  _fail(message, input) {
    this.failure.textContent = message;
    this.failure.hidden = false;
    if (input) {
      input.setAttribute("aria-invalid", "true");
      input.focus();
    }
  }

  _clear() {
    this.failure.hidden = true;
    this.submit.textContent = this.label;
    for (const input of [this.text, this.name, this.website])
      input?.removeAttribute("aria-invalid");
  }
}

const absolute = (website) =>
  website && !/^[a-z]+:/i.test(website) ? `https://${website}` : website;
