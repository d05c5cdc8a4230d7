/** The comments that were written in this browser, and the tokens that let it change them. */

/** @import { StoredComment } from "../../web/api.js" */
/** @import { BrowserStorage } from "./storage.js" */

/** @typedef {{ token?: string, until?: string }} Edit what changing a comment takes, until when */

const KEPT = 200;

export class OwnComments {
  #storage;
  /** @type {Record<string, Edit>} */
  #edits;

  /** @param {BrowserStorage} storage */
  constructor(storage) {
    this.#storage = storage;
    this.#edits = storage.get("edits") || {};
    /** The comments that the reader has reported.
     * @type {string[]} */
    this.reported = storage.get("reported") || [];
  }

  /** @param {string} id */
  rememberReport(id) {
    this.reported = [...(this.#storage.get("reported") || []), id].slice(-KEPT);
    this.#storage.set("reported", this.reported);
  }

  /**
   * @param {string} id
   * @returns {Edit | undefined} undefined if it was written elsewhere
   */
  get(id) {
    return this.#edits[id];
  }

  /** @param {StoredComment} comment an answer without a token keeps the one that is known */
  remember({ id, edit_token: token, edit_until: until }) {
    const known = this.#edits[id];
    this.#keep(id, { token: token || known?.token, until: until || known?.until });
  }

  /** @param {string} id */
  forget(id) {
    this.#keep(id, null);
  }

  /**
   * Other threads, on this page or in other tabs, keep theirs in the same place.
   *
   * @param {string} id
   * @param {Edit | null} edit
   */
  #keep(id, edit) {
    const edits = this.#storage.get("edits") || {};
    delete edits[id];
    if (edit) edits[id] = edit;
    this.#edits = Object.fromEntries(Object.entries(edits).slice(-KEPT));
    this.#storage.set("edits", this.#edits);
  }
}
