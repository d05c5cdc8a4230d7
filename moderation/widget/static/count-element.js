/** `<rejoinder-count>`: how many comments a page has. */

import { loadLocale } from "./catalogues.js";
import { Service } from "./service.js";
import { BASE, addressOf, languageOf, siteOf } from "./surroundings.js";

// How many pages the service counts at once.
const MOST_URLS = 100;
const GATHER_MS = 20;

/** Elements that wait for their count.
 * @type {Set<RejoinderCount>} */
const waiting = new Set();

export class RejoinderCount extends HTMLElement {
  static get observedAttributes() {
    return ["site", "url", "lang", "format"];
  }

  connectedCallback() {
    countSoon(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) countSoon(this);
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

async function countNow() {
  /** Elements by site and address.
   * @type {Map<string, Map<string, RejoinderCount[]>>} */
  const sites = new Map();
  for (const element of waiting) {
    const site = siteOf(element);
    const url = addressOf(element);
    if (!site || !url) continue;
    const pages = sites.get(site) ?? new Map();
    sites.set(site, pages.set(url, [...(pages.get(url) ?? []), element]));
  }
  waiting.clear();
  for (const [site, pages] of sites) {
    const service = new Service(BASE, site);
    const urls = [...pages.keys()];
    for (let start = 0; start < urls.length; start += MOST_URLS) {
      try {
        const { counts } = await service.counts(urls.slice(start, start + MOST_URLS));
        for (const [url, count] of Object.entries(counts)) {
          for (const element of pages.get(url) ?? []) element.show(count);
        }
      } catch {
        // A page without counts is better than one with an error in each teaser.
      }
    }
  }
}
