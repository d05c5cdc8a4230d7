/**
 * How many cases wait, told by the page's title and icon, and by a notice of the browser's to who
 * wants one.
 */

import { request } from "./api.js";
import { t } from "./i18n.js";
import { preference } from "./preferences.js";

/** @import { QueuePage, SiteEvent } from "../../../web/api.js" */

// Many changes at once are counted once.
const SETTLE_MS = 500;
// A tab that nobody looks at hears of no changes: it asks by itself, as seldom as browsers let it.
const HIDDEN_MS = 60_000;
const MOST = 99;

export class Waiting {
  #title = document.title;
  /** Null until it was asked once.
   * @type {number | null} */
  #count = null;
  #listening = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #onClick;

  /** @param {() => unknown} onClick a notice was clicked */
  constructor(onClick) {
    this.#onClick = onClick;
    document.addEventListener("visibilitychange", () => this.#soon());
  }

  /** Begin to count; the session is there. */
  start() {
    this.#listening = true;
    this.#soon();
  }

  /** Nobody is logged in any more: nothing is known. */
  stop() {
    this.#listening = false;
    clearTimeout(this.#timer);
    this.#count = null;
    this.#tell();
  }

  /**
   * Set the page's title, before which the number stands.
   *
   * @param {string} text
   */
  set title(text) {
    this.#title = text;
    this.#tell();
  }

  /** @param {SiteEvent[]} events */
  hear(events) {
    if (events.some(({ type }) => type.startsWith("case.") || type.startsWith("comment."))) {
      this.#soon();
    }
  }

  #soon(after = SETTLE_MS) {
    clearTimeout(this.#timer);
    if (this.#listening) this.#timer = setTimeout(() => this.#ask(), after);
  }

  async #ask() {
    try {
      /** @type {QueuePage} */
      const { counts } = await request("GET", "/queue", { query: { limit: 1 } });
      if (!this.#listening) return;
      // What was rejected by a rule can be overturned, but waits for nobody.
      const count = Math.max(0, (counts.all ?? 0) - (counts.rejected ?? 0));
      const more = this.#count !== null && count > this.#count;
      this.#count = count;
      this.#tell();
      if (more && document.hidden) this.#notify(count);
    } catch {
      // The page says elsewhere that nobody answers.
    }
    if (document.hidden) this.#soon(HIDDEN_MS);
  }

  #tell() {
    const count = this.#count ?? 0;
    const shown = count > MOST ? `${MOST}+` : String(count);
    document.title = count ? `(${shown}) ${this.#title}` : this.#title;
    const icon = document.querySelector('link[rel="icon"]');
    if (!(icon instanceof HTMLLinkElement)) return;
    icon.dataset.plain ??= icon.href;
    const href = count
      ? new URL(`/dashboard/icon/${Math.min(count, MOST + 1)}.svg`, location.href).href
      : icon.dataset.plain;
    if (icon.href !== href) icon.href = href;
  }

  /** @param {number} count */
  #notify(count) {
    if (!preference("notices") || !canNotify() || Notification.permission !== "granted") return;
    // One notice at a time: a later one takes the place of the one before.
    const notice = new Notification(t("notice.waiting", { count }), {
      tag: "rejoinder:waiting",
      icon: document.querySelector("link[rel=icon]")?.getAttribute("href") ?? "",
    });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
      this.#onClick();
    });
  }
}

/** Whether this browser has notices. */
export const canNotify = () => "Notification" in window;

/** Ask the person for leave to show notices; gives whether it is granted. */
export async function askToNotify() {
  return canNotify() && (await Notification.requestPermission()) === "granted";
}
