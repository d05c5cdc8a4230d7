/** Live changes of the site, asked for while somebody looks.
 *
 * Polled: a stream would hold one of the service's threads for every open tab.
 */

import { ask } from "./service.js";

const EVERY_MS = 3_000;
const SLOWEST_MS = 60_000;

export class Live {
  /** `heard(events)` gets what is new from `ready` on; `state(connected)` hears when that changes. */
  constructor(heard, state) {
    this.heard = heard;
    this.state = state;
    this.cursor = null;
    this.wait = EVERY_MS;
    this.connected = true;
    this.stopped = false;
    this.timer = 0;
    this.look = () => document.hidden || this.soon();
    document.addEventListener("visibilitychange", this.look);
    window.addEventListener("online", this.look);
    this.ready = this.soon();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.look);
    window.removeEventListener("online", this.look);
  }

  /** Look now instead of at the next turn of the clock. */
  soon() {
    clearTimeout(this.timer);
    return this.turn();
  }

  async turn() {
    if (this.stopped || this.asking) return;
    this.asking = true;
    try {
      if (!document.hidden) await this.poll();
    } finally {
      this.asking = false;
      if (!this.stopped) this.timer = setTimeout(() => this.turn(), this.wait);
    }
  }

  async poll() {
    try {
      const query = this.cursor === null ? { limit: 1 } : { after: this.cursor };
      const answer = await ask("GET", "/events", { query });
      const first = this.cursor === null;
      this.cursor = answer.next ?? "0-0";
      this.wait = EVERY_MS;
      this.tell(true);
      if (!first && answer.events.length) this.heard(answer.events);
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      this.wait = Math.min(SLOWEST_MS, this.wait * 2);
      this.tell(false);
    }
  }

  tell(connected) {
    if (this.stopped || this.connected === connected) return;
    this.connected = connected;
    this.state(connected);
  }
}
