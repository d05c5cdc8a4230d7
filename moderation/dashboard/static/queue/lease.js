/** One's claim on the case that is open: taken when it is opened, given back when it is left. */

import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";

/** @import { Claim } from "../../../web/api.js" */
/** @import { Problem } from "../../../web/requests.js" */

const RENEW_MS = 120_000;

export class Lease {
  #onLost;
  /** @type {string | null} */
  #comment = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #leaving = () => this.release({ keepalive: true });

  /**
   * @param {(problem: Problem) => unknown} onLost hears that somebody else has it, or that the
   *   service is away
   */
  constructor(onLost) {
    this.#onLost = onLost;
    window.addEventListener("pagehide", this.#leaving);
  }

  /**
   * Claim a case, after giving back the one before.
   *
   * @param {string} comment
   * @returns {Promise<Claim>}
   * @throws {Problem}
   */
  async take(comment) {
    if (this.#comment !== comment) this.release();
    const claim = await request("PATCH", `/queue/claims/${comment}`);
    this.#comment = comment;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), RENEW_MS);
    return claim;
  }

  async #renew() {
    const comment = this.#comment;
    if (!comment) return;
    try {
      await this.take(comment);
    } catch (error) {
      if (this.#comment === comment) this.#comment = null;
      this.#onLost(asProblem(error));
    }
  }

  /**
   * The case is decided: its claim ended with it.
   *
   * @param {string} comment
   */
  forget(comment) {
    if (this.#comment !== comment) return;
    clearTimeout(this.#timer);
    this.#comment = null;
  }

  /**
   * Give the case back; nobody waits for it, and a lost message ends with the lease.
   *
   * @param {{ keepalive?: boolean }} [options]
   */
  release({ keepalive = false } = {}) {
    const comment = this.#comment;
    if (!comment) return;
    this.forget(comment);
    request("DELETE", `/queue/claims/${comment}`, { keepalive }).catch(() => {});
  }

  end() {
    this.release();
    window.removeEventListener("pagehide", this.#leaving);
  }
}
