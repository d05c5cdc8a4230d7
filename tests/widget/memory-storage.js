/** What a browser's `localStorage` does, as far as the widget asks; `full` refuses to keep. */
export class MemoryStorage {
  full = false;
  /** @type {Map<string, string>} */
  values = new Map();

  /** @param {string} name */
  getItem(name) {
    return this.values.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.values.set(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    this.values.delete(name);
  }
}
