/** The service's HTML as nodes, without innerHTML: no page needs to relax its policy for it. */

const ALLOWED = new Set("p br em strong s code pre blockquote ul ol li a".split(" "));
const TOKEN = /<(\/?)([a-z]+)((?:\s[a-z]+="[^"]*")*)\s*\/?>|([^<]+)|</g;
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** @param {string} text */
const unescaped = (text) => text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => ENTITIES[name]);

/**
 * Make nodes of HTML: only the tags that the service may use, no attribute but a checked link and
 * the numbers of lists.
 *
 * @param {string} html
 */
export function markup(html) {
  const root = document.createDocumentFragment();
  /** @type {(DocumentFragment | HTMLElement)[]} */
  const open = [root];
  for (const [, closing, name, attributes, text] of html.matchAll(TOKEN)) {
    if (!name) {
      open[open.length - 1].append(unescaped(text || "<"));
    } else if (closing) {
      const at = open.map((node) => node.nodeName.toLowerCase()).lastIndexOf(name);
      if (at > 0) open.length = at;
    } else if (ALLOWED.has(name)) {
      const node = document.createElement(name);
      if (node instanceof HTMLAnchorElement) {
        link(node, unescaped(/\shref="([^"]*)"/.exec(attributes)?.[1] || ""));
      }
      const [, attribute, number] = /\s(start|value)="(\d+)"/.exec(attributes) || [];
      if (number && /^(ol|li)$/.test(name)) node.setAttribute(attribute, number);
      open[open.length - 1].append(node);
      if (name !== "br") open.push(node);
    }
  }
  return root;
}

/**
 * A name without what turns others round; empty if it shows nothing.
 *
 * @param {string} [name]
 */
export function readable(name = "") {
  const plain = name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
  return /[^\s\u2800\p{Default_Ignorable_Code_Point}]/u.test(plain) ? plain : "";
}

/**
 * Point `anchor` somewhere, if that is an ordinary address; else it stays plain text.
 *
 * @param {HTMLAnchorElement} anchor
 * @param {string} address
 */
export function link(anchor, address) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return;
  anchor.href = address;
  anchor.rel = "nofollow ugc noopener";
}
