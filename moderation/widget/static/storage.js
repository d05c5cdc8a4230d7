/** What the browser keeps between visits. */

/** Values in localStorage under a prefix; for this page only where that is blocked or full. */
export class BrowserStorage {
  #prefix;
  #memory = new Map();

  /** @param {string} prefix */
  constructor(prefix) {
    this.#prefix = prefix;
  }

  /**
   * @param {string} name
   * @returns {any} null if there is none
   */
  get(name) {
    if (this.#memory.has(name)) return this.#memory.get(name);
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + name) ?? "null");
    } catch {
      return null;
    }
  }

  /**
   * @param {string} name
   * @param {unknown} value null removes it
   */
  set(name, value) {
    this.#memory.delete(name);
    try {
      if (value === null) localStorage.removeItem(this.#prefix + name);
      else localStorage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      this.#memory.set(name, value);
    }
  }
}
