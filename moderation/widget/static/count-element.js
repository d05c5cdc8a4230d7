/** `<rejoinder-count>`: how many comments a page has. */

import { loadLocale } from "./catalogues.js";
import { Service } from "./service.js";
import { BASE, addressOf, languageOf, siteOf } from "./surroundings.js";

// How many threads the service counts at once.
const MOST_COUNTS = 100;
const GATHER_MS = 20;

/** Elements that wait for their count.
 * @type {Set<RejoinderCount>} */
const waiting = new Set();
/** All that are on the page.
 * @type {Set<RejoinderCount>} */
const present = new Set();

/** What has told once how many comments it has: the first time, all counts are asked for anyway.
 * @type {WeakSet<EventTarget>} */
const heard = new WeakSet();

// A thread on the page has got another comment, or lost one. Which of the counts are of that thread,
// by its id or by another spelling of its address, only the service can say.
document.addEventListener("rejoinder:counted", (event) => {
  const target = /** @type {EventTarget} */ (event.target);
  if (heard.has(target)) present.forEach(countSoon);
  heard.add(target);
});

export class RejoinderCount extends HTMLElement {
  static get observedAttributes() {
    return ["site", "url", "thread-id", "lang", "format"];
  }

  connectedCallback() {
    present.add(this);
    countSoon(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) countSoon(this);
  }

  disconnectedCallback() {
    present.delete(this);
  }

  /** @param {number} count */
  async show(count) {
    const locale = await loadLocale(BASE, languageOf(this));
    this.textContent =
      this.getAttribute("format") === "number"
        ? locale.numbers.format(count)
        : locale.say("thread.count", { count });
  }
}

/**
 * Ask for all counts that this page shows in one request per site.
 *
 * @param {RejoinderCount} element
 */
function countSoon(element) {
  if (!waiting.size) setTimeout(countNow, GATHER_MS);
  waiting.add(element);
}

/** What a count is asked by: an id of the site's own, else an address.
 * @typedef {{ id: string, url: string, elements: RejoinderCount[] }} Asked */

async function countNow() {
  /** What is asked of each site, by id and address.
   * @type {Map<string, Map<string, Asked>>} */
  const sites = new Map();
  for (const element of waiting) {
    const site = siteOf(element);
    const id = element.getAttribute("thread-id") || "";
    const url = id ? "" : addressOf(element);
    if (!site || url === null) continue;
    const asked = sites.get(site) ?? new Map();
    sites.set(site, asked);
    const key = `${id} ${url}`;
    const one = asked.get(key) ?? { id, url, elements: [] };
    asked.set(key, one);
    one.elements.push(element);
  }
  waiting.clear();
  for (const [site, asked] of sites) {
    const service = new Service(BASE, site);
    const all = [...asked.values()];
    for (let start = 0; start < all.length; start += MOST_COUNTS) {
      const some = all.slice(start, start + MOST_COUNTS);
      try {
        const { counts, ids = {} } = await service.counts(
          some.filter(({ id }) => !id).map(({ url }) => url),
          some.filter(({ id }) => id).map(({ id }) => id),
        );
        for (const { id, url, elements } of some) {
          const count = id ? ids[id] : counts[url];
          if (count === undefined) continue;
          for (const element of elements) element.show(count);
        }
      } catch {
        // A page without counts is better than one with an error in each teaser.
      }
    }
  }
}
