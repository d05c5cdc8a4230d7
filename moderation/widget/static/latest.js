/**
 * `<rejoinder-latest>`: the latest comments of a site, on whichever page. A script of its own, since
 * front pages show it that have no thread.
 */

import { el } from "../../web/elements.js";
import { agoFormats, timeAgo } from "../../web/i18n.js";
import { WORDS } from "./latest-words.js";
import { BASE, languageOf, siteOf } from "./surroundings.js";

/** @import { LatestComment } from "../../web/api.js" */

const USUAL = 5;
const MOST = 50;

class RejoinderLatest extends HTMLElement {
  #asked = 0;

  static get observedAttributes() {
    return ["site", "limit", "lang"];
  }

  connectedCallback() {
    this.#load();
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (this.isConnected && before !== after) this.#load();
  }

  async #load() {
    this.#asked += 1;
    const asked = this.#asked;
    // Several attributes that change at once are one request.
    await Promise.resolve();
    const site = siteOf(this);
    if (!site || asked !== this.#asked) return;
    const limit = Math.min(Math.max(Number(this.getAttribute("limit")) || USUAL, 1), MOST);
    try {
      const path = `/api/v1/sites/${encodeURIComponent(site)}/comments/latest`;
      const answer = await fetch(`${BASE}${path}?limit=${Math.trunc(limit)}`, {
        credentials: "omit",
      });
      if (!answer.ok) return;
      /** @type {{ comments: LatestComment[] }} */
      const { comments } = await answer.json();
      if (asked === this.#asked) this.#show(comments);
    } catch {
      // What the page wrote inside the element stays: better than an error on its front page.
    }
  }

  /** @param {LatestComment[]} comments */
  #show(comments) {
    if (!comments.length) return;
    const tag = knownTag(languageOf(this));
    const words = WORDS[tag.split("-")[0]] ?? WORDS.en;
    const formats = agoFormats(tag);
    const exact = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short" });
    const now = new Date();
    this.replaceChildren(
      el(
        "ol",
        {},
        comments.map(({ author, created, excerpt, link, page }) => {
          const then = new Date(created);
          return el(
            "li",
            {},
            el(
              "a",
              { href: /^https?:/i.test(link) ? link : null },
              el("bdi", { class: "author" }, author.name || words["author.nameless"]),
              ": ",
              el("bdi", { class: "excerpt" }, excerpt),
            ),
            " ",
            el(
              "small",
              {},
              el("bdi", { class: "page" }, page.title || page.url),
              " · ",
              el(
                "time",
                { datetime: created, title: exact.format(then) },
                timeAgo(then, now, formats) ?? words["time.now"],
              ),
            ),
          );
        }),
      ),
    );
    this.dispatchEvent(new CustomEvent("rejoinder:latest", { bubbles: true }));
  }
}

/**
 * The tag if there are words in its language, else English.
 *
 * @param {string} tag
 */
function knownTag(tag) {
  try {
    const [known] = Intl.getCanonicalLocales(tag);
    return WORDS[known.split("-")[0]] ? known : "en";
  } catch {
    return "en";
  }
}

if (!customElements.get("rejoinder-latest")) {
  customElements.define("rejoinder-latest", RejoinderLatest);
}
