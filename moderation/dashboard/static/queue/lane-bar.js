/** The lanes of the queue, with how much waits in each. */

import { el, fill } from "../../../web/elements.js";
import { link } from "../core/components.js";
import { number, t } from "../core/i18n.js";

/** All lanes, in their order; the first is every one. */
export const LANES = [
  "all",
  "self-harm",
  "escalated",
  "harmful",
  "uncertain",
  "reported",
  "spam",
  "language",
  "audit",
  "rejected",
];
/** How far an arrow key goes.
 * @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class LaneBar {
  #path;
  #lanes = el("ul", { class: "lanes" });

  /** @param {(lane: string) => string} path the address of a lane */
  constructor(path) {
    this.#path = path;
    this.#lanes.addEventListener("keydown", (event) => this.#walk(event));
    this.node = el("nav", { class: "lane-bar", "aria-label": t("lane.title") }, this.#lanes);
  }

  /**
   * Draw the lanes; the one that has the focus keeps it.
   *
   * @param {string} current
   * @param {Record<string, number>} counts
   */
  draw(current, counts) {
    const active = document.activeElement;
    const focused =
      active instanceof HTMLElement && this.#lanes.contains(active) ? active.dataset.lane : null;
    fill(
      this.#lanes,
      LANES.map((name) =>
        el(
          "li",
          {},
          link(
            this.#path(name),
            {
              class: `lane lane-dot-${name}`,
              "data-lane": name,
              "aria-current": name === current ? "page" : null,
            },
            el("span", { class: "lane-name" }, t(`lane.${name}`)),
            el("span", { class: "lane-count" }, number(counts[name] ?? 0)),
          ),
        ),
      ),
    );
    if (focused) this.#focus(`[data-lane=${focused}]`);
  }

  /** Put the focus on the lane that is shown. */
  focus() {
    this.#focus("[aria-current]");
  }

  /** @param {string} selector */
  #focus(selector) {
    /** @type {HTMLElement | null} */
    const lane = this.#lanes.querySelector(selector);
    lane?.focus();
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...this.#lanes.querySelectorAll("a")];
    const sideways = ["ArrowLeft", "ArrowRight"].includes(event.key);
    const turned = sideways && document.documentElement.dir === "rtl" ? -step : step;
    const from = links.findIndex((each) => each === event.target);
    links.at((from + turned) % links.length)?.focus();
  }
}
