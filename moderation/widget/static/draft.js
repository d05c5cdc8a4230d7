/** A text that is not sent yet, and the key that it is sent with however often that is tried. */

import { randomKey } from "./service.js";

/** @import { BrowserStorage } from "./storage.js" */

/** @typedef {{ sent: string, key: string }} Attempt */

export class Draft {
  #storage;
  #name;
  /** @type {Attempt | null} */
  #attempt;

  /**
   * @param {BrowserStorage} storage
   * @param {string} name
   */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = `draft:${name}`;
    const kept = storage.get(this.#name);
    /** @type {string | null} */
    this.text = kept?.text ?? null;
    this.#attempt = kept?.attempt || null;
  }

  /** @param {string} text */
  save(text) {
    this.text = text;
    const kept = text.trim() ? { text, attempt: this.#attempt } : null;
    this.#storage.set(this.#name, kept);
  }

  /**
   * The same key as long as the same thing is sent, also after the page was left meanwhile.
   *
   * @param {unknown} body
   */
  keyFor(body) {
    const sent = JSON.stringify(body);
    if (this.#attempt?.sent !== sent) this.#attempt = { sent, key: randomKey() };
    this.save(this.text ?? "");
    return this.#attempt.key;
  }

  /** It was sent. */
  clear() {
    this.#attempt = null;
    this.save("");
  }
}
