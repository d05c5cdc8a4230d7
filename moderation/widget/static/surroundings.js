/** What the elements read from the page around them. */

const SCRIPT =
  document.currentScript instanceof HTMLScriptElement
    ? document.currentScript
    : /** @type {HTMLScriptElement | null} */ (document.querySelector('script[src*="/embed.js"]'));

/** The service's origin. */
export const BASE = new URL(SCRIPT?.src || location.href).origin;

/**
 * The site that an element is about: its own, else that of the script's tag.
 *
 * @param {HTMLElement} element
 */
export const siteOf = (element) => element.getAttribute("site") || SCRIPT?.dataset.site || "";

/** @returns {string} */
function pageAddress() {
  /** @type {HTMLLinkElement | null} */
  const canonical = document.querySelector('link[rel~="canonical"]');
  return canonical?.href || location.href;
}

/**
 * The page that an element is about, without a fragment; null if its `url` is no address.
 *
 * @param {HTMLElement} element
 */
export function addressOf(element) {
  try {
    const url = new URL(element.getAttribute("url") || pageAddress(), document.baseURI);
    url.hash = "";
    return url.href;
  } catch {
    return null;
  }
}

/** @param {HTMLElement} element */
export function languageOf(element) {
  /** @type {HTMLElement | null} */
  const named = element.closest("[lang]");
  return named?.lang || navigator.language || "en";
}
