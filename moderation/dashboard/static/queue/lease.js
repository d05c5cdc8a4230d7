/** One's claim on the case that is open: taken when it is opened, given back when it is left. */

import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { mySession } from "../core/session.js";

/** @import { Case, Claim } from "../../../web/api.js" */
/** @import { Problem } from "../../../web/requests.js" */

const RENEW_MS = 120_000;
// By choice: reading a long thread takes minutes; a case that nobody looks at is others' to take.
const IDLE_MS = 300_000;
const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/**
 * Does somebody else have this case?
 *
 * @param {Case} shown
 */
export function heldByOther({ claim }) {
  const other = claim !== null && claim.moderator !== mySession().moderator.id;
  return other && Date.parse(claim.until) > Date.now();
}

/**
 * Is a person at work on the page, so that a claim may be renewed?
 *
 * @param {{ hidden: boolean, idle: number }} page how long nobody touched it, in milliseconds
 */
export const isAtWork = ({ hidden, idle }) => !hidden && idle <= IDLE_MS;

export class Lease {
  #onLost;
  #touched = Date.now();
  /** Whether it was not renewed because nobody was at work. */
  #paused = false;
  /** @type {string | null} */
  #comment = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #leaving = () => this.release({ keepalive: true });
  #onLife = () => {
    this.#touched = Date.now();
    if (this.#paused) this.again();
  };

  /**
   * @param {(problem: Problem) => unknown} onLost hears that somebody else has it, or that the
   *   service is away
   */
  constructor(onLost) {
    this.#onLost = onLost;
    window.addEventListener("pagehide", this.#leaving);
    for (const sign of SIGNS_OF_LIFE) {
      window.addEventListener(sign, this.#onLife, { capture: true, passive: true });
    }
  }

  /**
   * Claim a case, after giving back the one before; with `over`, whoever has it.
   *
   * @param {string} comment
   * @param {{ over?: boolean }} [options]
   * @returns {Promise<Claim>}
   * @throws {Problem}
   */
  async take(comment, { over = false } = {}) {
    if (this.#comment !== comment) this.release();
    const claim = await request(over ? "PUT" : "PATCH", `/queue/claims/${comment}`);
    this.#comment = comment;
    this.#paused = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.again(), RENEW_MS);
    return claim;
  }

  /**
   * Claim the case again: time has passed, or the same person gave it back on another page.
   *
   * Not while nobody is at work here; then with the first sign of life.
   */
  async again() {
    const comment = this.#comment;
    if (!comment) return;
    this.#paused = !isAtWork({ hidden: document.hidden, idle: Date.now() - this.#touched });
    if (this.#paused) return;
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
    for (const sign of SIGNS_OF_LIFE) {
      window.removeEventListener(sign, this.#onLife, { capture: true });
    }
  }
}
