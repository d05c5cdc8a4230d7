/**
 * Live changes of the site, asked for while somebody looks.
 *
 * Polled: a stream would hold one of the service's threads for every open tab.
 */

import { asProblem } from "../../../web/requests.js";
import { request } from "./api.js";

/** @import { EventsPage, SiteEvent } from "../../../web/api.js" */

const EVERY_MS = 3_000;
const SLOWEST_MS = 60_000;

export class Live {
  #onEvents;
  #onState;
  /** @type {string | null} */
  #cursor = null;
  #wait = EVERY_MS;
  #connected = true;
  #stopped = false;
  #asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #look = () => {
    if (!document.hidden) this.#soon();
  };

  /**
   * @param {(events: SiteEvent[]) => void} onEvents gets what is new from `ready` on
   * @param {(connected: boolean) => void} onState hears when that changes
   */
  constructor(onEvents, onState) {
    this.#onEvents = onEvents;
    this.#onState = onState;
    document.addEventListener("visibilitychange", this.#look);
    window.addEventListener("online", this.#look);
    this.ready = this.#soon();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#look);
    window.removeEventListener("online", this.#look);
  }

  /** Look now instead of at the next turn of the clock. */
  #soon() {
    clearTimeout(this.#timer);
    return this.#turn();
  }

  async #turn() {
    if (this.#stopped || this.#asking) return;
    this.#asking = true;
    try {
      if (!document.hidden) await this.#poll();
    } finally {
      this.#asking = false;
      if (!this.#stopped) this.#timer = setTimeout(() => this.#turn(), this.#wait);
    }
  }

  async #poll() {
    try {
      const first = this.#cursor === null;
      /** @type {EventsPage} */
      const { events, next } = await request("GET", "/events", {
        query: first ? { limit: 1 } : { after: this.#cursor },
      });
      this.#cursor = next ?? "0-0";
      this.#wait = EVERY_MS;
      this.#setConnected(true);
      if (!first && events.length) this.#onEvents(events);
    } catch (error) {
      asProblem(error);
      this.#wait = Math.min(SLOWEST_MS, this.#wait * 2);
      this.#setConnected(false);
    }
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    if (this.#stopped || this.#connected === connected) return;
    this.#connected = connected;
    this.#onState(connected);
  }
}
