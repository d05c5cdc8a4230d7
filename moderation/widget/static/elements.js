// The two elements, and what they read from the page around them.

import { CSS, ENGLISH } from "./content.js";
import { el } from "./dom.js";
import { loadLocale } from "./locale.js";
import { Service } from "./service.js";
import { Thread } from "./thread.js";

const SCRIPT = document.currentScript || document.querySelector('script[src*="/embed.js"]');
const BASE = new URL(SCRIPT?.src || location.href).origin;
const SITE = SCRIPT?.dataset.site || "";

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(CSS);

const pageUrl = () => document.querySelector('link[rel~="canonical"]')?.href || location.href;

/** The page that an element is about, without a fragment; null if its `url` is no address. */
function addressOf(element) {
  try {
    const url = new URL(element.getAttribute("url") || pageUrl(), document.baseURI);
    url.hash = "";
    return url.href;
  } catch {
    return null;
  }
}

const languageOf = (element) => element.closest("[lang]")?.lang || navigator.language || "en";

class RejoinderThread extends HTMLElement {
  static get observedAttributes() {
    return ["site", "url", "thread-id", "title", "lang", "theme", "sort"];
  }

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLE];
  }

  connectedCallback() {
    this.surroundings = new MutationObserver(() => this._follow());
    for (const element of [document.documentElement, document.body]) {
      if (element) this.surroundings.observe(element, { attributes: true });
    }
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this._paint();
    this.scheme.addEventListener("change", this.repaint);
    // A page's colours may come late with its style sheets, or slowly with a transition.
    addEventListener("load", this.repaint);
    document.addEventListener("transitionend", this.repaint);
    this._restart();
  }

  disconnectedCallback() {
    this.thread?.stop();
    this.surroundings.disconnect();
    this.scheme.removeEventListener("change", this.repaint);
    removeEventListener("load", this.repaint);
    document.removeEventListener("transitionend", this.repaint);
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "theme") this._paint();
    else this._restart();
  }

  /** Something about the page around changed: its language or its colours, perhaps. */
  _follow() {
    if (this.thread && this.thread.config.lang !== languageOf(this)) this._restart();
    else this._paint();
  }

  /** Start anew with the attributes as they are; several changes at once are one start. */
  _restart() {
    if (this.restarting) return;
    this.restarting = true;
    queueMicrotask(() => {
      this.restarting = false;
      this.thread?.stop();
      if (!this.isConnected) return;
      const site = this.getAttribute("site") || SITE;
      const url = addressOf(this);
      if (!site || !url) {
        this.thread = null;
        const message = ENGLISH[site ? "errorUrl" : "errorSite"];
        this.shadowRoot.replaceChildren(el("p", { text: message }));
        return;
      }
      this.thread = new Thread(this, this.shadowRoot, {
        base: BASE,
        site,
        url,
        id: this.getAttribute("thread-id") || "",
        title: this.getAttribute("title") || document.title,
        lang: languageOf(this),
        sort: this.getAttribute("sort"),
      });
      this._paint();
      this.thread.start();
    });
  }

  _paint() {
    const theme = this.getAttribute("theme");
    const dark = theme === "dark" || (theme !== "light" && onDark(this));
    this.thread?.frame.classList.toggle("dark", dark);
  }
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Red, green, blue and alpha (0 to 255) of any colour that CSS can say. */
function channels(colour) {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return pixel.getImageData(0, 0, 1, 1).data;
}

/** Whether the page is dark behind an element: `auto` follows the page, not the system. */
function onDark(element) {
  for (let node = element; node; node = node.parentElement || node.getRootNode().host) {
    const [red, green, blue, alpha] = channels(getComputedStyle(node).backgroundColor);
    if (alpha > 127) return red * 0.299 + green * 0.587 + blue * 0.114 < 128;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  if (!/dark/.test(scheme)) return false;
  return !/light/.test(scheme) || matchMedia("(prefers-color-scheme: dark)").matches;
}

const wanted = new Set();

/** Ask for all counts that this page shows in one request per site. */
function countSoon(element) {
  if (!wanted.size) setTimeout(countNow, 20);
  wanted.add(element);
}

async function countNow() {
  const elements = [...wanted];
  wanted.clear();
  const sites = new Map();
  for (const element of elements) {
    const { site, url } = element;
    if (site && url) sites.set(site, [...(sites.get(site) || []), element]);
  }
  for (const [site, group] of sites) {
    const service = new Service(BASE, site);
    const urls = [...new Set(group.map(({ url }) => url))];
    for (let start = 0; start < urls.length; start += 100) {
      try {
        const answer = await service.ask("POST", "/counts", {
          urls: urls.slice(start, start + 100),
        });
        for (const element of group) {
          if (element.url in answer.counts) element.show(answer.counts[element.url]);
        }
      } catch {
        // A page without counts is better than one with an error in each teaser.
      }
    }
  }
}

class RejoinderCount extends HTMLElement {
  static get observedAttributes() {
    return ["site", "url", "lang", "format"];
  }

  connectedCallback() {
    countSoon(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) countSoon(this);
  }

  get site() {
    return this.getAttribute("site") || SITE;
  }

  get url() {
    return addressOf(this);
  }

  async show(count) {
    const locale = await loadLocale(BASE, languageOf(this));
    this.textContent =
      this.getAttribute("format") === "number"
        ? locale.numbers.format(count)
        : locale.say("comments", { count });
  }
}

if (!customElements.get("rejoinder-thread")) {
  customElements.define("rejoinder-thread", RejoinderThread);
  customElements.define("rejoinder-count", RejoinderCount);
}
