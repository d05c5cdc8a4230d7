// Elements without innerHTML: nothing here needs a Trusted Types policy or a relaxed host policy.

/** Make an element: `text`, `on…` listeners, everything else an attribute; null children drop. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

const ICONS = {
  up: "M8 3.5 13 9H9.8v3.5H6.2V9H3z",
  down: "M8 12.5 3 7h3.2V3.5h3.6V7H13z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Put nodes into a list in this order, moving only those that are not in their place. */
export function arrange(list, nodes) {
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null);
  });
  while (list.children.length > nodes.length) list.lastElementChild.remove();
}

const ALLOWED = new Set("p br em strong s code pre blockquote ul ol li a".split(" "));
const TOKEN = /<(\/?)([a-z]+)((?:\s[a-z]+="[^"]*")*)\s*\/?>|([^<]+)|</g;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

const unescaped = (text) => text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => ENTITIES[name]);

/** The service's HTML as nodes: only the tags it may use, no attribute but a checked link. */
export function markup(html) {
  const root = document.createDocumentFragment();
  const open = [root];
  for (const [, closing, name, attributes, text] of html.matchAll(TOKEN)) {
    if (!name) {
      open[open.length - 1].append(unescaped(text || "<"));
    } else if (closing) {
      const at = open.map((node) => node.localName).lastIndexOf(name);
      if (at > 0) open.length = at;
    } else if (ALLOWED.has(name)) {
      const node = document.createElement(name);
      if (name === "a") link(node, unescaped(/\shref="([^"]*)"/.exec(attributes)?.[1] || ""));
      open[open.length - 1].append(node);
      if (name !== "br") open.push(node);
    }
  }
  return root;
}

/** Point `anchor` somewhere, if that is an ordinary address; else it stays plain text. */
export function link(anchor, address) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return;
  anchor.href = address;
  anchor.rel = "nofollow ugc noopener";
}

/** Let a field take the direction of what is typed, and the page's while it is empty. */
export function typed(field) {
  const follow = () =>
    field.value ? field.setAttribute("dir", "auto") : field.removeAttribute("dir");
  field.addEventListener("input", follow);
  follow();
  return field;
}

/** A stable hue class and up to two initials: an avatar without an image. */
export function avatar(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  const words = name.match(/[\p{L}\p{N}]+/gu) || [];
  const initials = [...words.slice(0, 1), ...words.slice(1).slice(-1)].map((word) => [...word][0]);
  return el("span", {
    class: `avatar hue${words.length ? hash % 8 : 8}`,
    "aria-hidden": "true",
    text: initials.join("").toLocaleUpperCase() || "·",
  });
}
