/** One's claim on the case that is open: taken when it is opened, given back when it is left. */

import { ask } from "../core/service.js";

const RENEW_MS = 120_000;

export class Lease {
  /** `lost(problem)` hears that somebody else has it, or that the service is away. */
  constructor(lost) {
    this.lost = lost;
    this.comment = null;
    this.timer = 0;
    this.leaving = () => this.release({ keepalive: true });
    window.addEventListener("pagehide", this.leaving);
  }

  /** Claim a case, after giving back the one before; gives the claim or throws the problem. */
  async take(comment) {
    if (this.comment !== comment) this.release();
    const claim = await ask("PATCH", `/queue/claims/${comment}`);
    this.comment = comment;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), RENEW_MS);
    return claim;
  }

  async renew() {
    const { comment } = this;
    if (!comment) return;
    try {
      await this.take(comment);
    } catch (problem) {
      if (this.comment === comment) this.comment = null;
      this.lost(problem);
    }
  }

  /** The case is decided: its claim ended with it. */
  forget(comment) {
    if (this.comment !== comment) return;
    clearTimeout(this.timer);
    this.comment = null;
  }

  /** Give the case back; nobody waits for it, and a lost message ends with the lease. */
  release({ keepalive = false } = {}) {
    const { comment } = this;
    if (!comment) return;
    this.forget(comment);
    ask("DELETE", `/queue/claims/${comment}`, { keepalive }).catch(() => {});
  }

  end() {
    this.release();
    window.removeEventListener("pagehide", this.leaving);
  }
}
