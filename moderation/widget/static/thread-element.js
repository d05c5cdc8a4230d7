/** `<rejoinder-thread>`: shows the thread of a page, and follows the page around it. */

import { el } from "../../web/elements.js";
import { onDark } from "./background.js";
import { CSS, ENGLISH } from "./content.js";
import { BASE, addressOf, languageOf, siteOf } from "./surroundings.js";
import { Thread } from "./thread.js";

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(CSS);

export class RejoinderThread extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #room = new CSSStyleSheet();
  #restarting = false;
  #surroundings = new MutationObserver(() => this.#follow());
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #repaint = () => this.#paint();
  /** @type {Thread | null} */
  thread = null;

  static get observedAttributes() {
    return ["site", "url", "thread-id", "title", "lang", "theme", "sort"];
  }

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLE, this.#room];
  }

  connectedCallback() {
    for (const element of [document.documentElement, document.body]) {
      if (element) this.#surroundings.observe(element, { attributes: true });
    }
    this.#scheme.addEventListener("change", this.#repaint);
    // A page's colours may come late with its style sheets, or slowly with a transition.
    addEventListener("load", this.#repaint);
    document.addEventListener("transitionend", this.#repaint);
    this.#restart();
  }

  disconnectedCallback() {
    this.thread?.stop();
    this.#surroundings.disconnect();
    this.#scheme.removeEventListener("change", this.#repaint);
    removeEventListener("load", this.#repaint);
    document.removeEventListener("transitionend", this.#repaint);
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "theme") this.#paint();
    else this.#restart();
  }

  /** Something about the page around changed: its language or its colours, perhaps. */
  #follow() {
    if (this.thread && this.thread.config.lang !== languageOf(this)) this.#restart();
    else this.#paint();
  }

  /** Start anew with the attributes as they are; several changes at once are one start. */
  #restart() {
    if (this.#restarting) return;
    this.#restarting = true;
    queueMicrotask(() => {
      this.#restarting = false;
      this.thread?.stop();
      if (this.isConnected) this.#start();
    });
  }

  #start() {
    // What stands below stays out of sight, however little there is to show: it would move else.
    const top = Math.max(this.getBoundingClientRect().top, 0);
    this.#room.replaceSync(`@media screen{:host{min-block-size:calc(100vh - ${top}px)}}`);
    const site = siteOf(this);
    const url = addressOf(this);
    if (!site || !url) {
      this.thread = null;
      const message = ENGLISH[site ? "error.url" : "error.site"];
      this.#root.replaceChildren(el("p", {}, String(message)));
      return;
    }
    this.thread = new Thread(this, this.#root, {
      base: BASE,
      site,
      url,
      id: this.getAttribute("thread-id") || "",
      title: this.getAttribute("title") || document.title,
      lang: languageOf(this),
      sort: this.getAttribute("sort"),
    });
    this.#paint();
    this.thread.start();
  }

  #paint() {
    const theme = this.getAttribute("theme");
    const dark = theme === "dark" || (theme !== "light" && onDark(this));
    this.thread?.frame.setDark(dark);
  }
}
