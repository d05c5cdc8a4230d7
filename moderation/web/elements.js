/** Elements without markup: every text becomes a text node, so nothing that a reader wrote runs. */

/**
 * What may stand in an element; null and false are left out, lists are flattened.
 *
 * @typedef {Node | string | false | null | undefined} Part
 * @typedef {Part | Part[] | (Part | Part[])[]} Child
 */

/**
 * What `el` gives an element: its listeners, its dataset, and everything else as an attribute;
 * null, undefined and false are left out.
 *
 * @typedef {{
 *   on?: Record<string, (event: any) => unknown>,
 *   data?: Record<string, string>,
 *   [name: string]: unknown,
 * }} Attributes
 */

const SVG = "http://www.w3.org/2000/svg";
// Set as properties, since an attribute is only where they begin.
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "indeterminate"]);

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name === "on") {
      const listeners = /** @type {Record<string, EventListener>} */ (value);
      for (const [event, listener] of Object.entries(listeners)) {
        node.addEventListener(event, listener);
      }
    } else if (name === "data") Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name)) Reflect.set(node, name, value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

/**
 * Put these children in the place of all others.
 *
 * @template {Element} Parent
 * @param {Parent} node
 * @param {...Child} children
 * @returns {Parent}
 */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/**
 * @param {Element} node
 * @param {Child[]} children
 */
function append(node, children) {
  const parts = /** @type {Part[]} */ (children.flat(3));
  for (const part of parts) {
    if (part !== null && part !== undefined && part !== false) node.append(part);
  }
}

/**
 * A decorative drawing of one path; what it stands for is said beside it.
 *
 * @param {string} path
 * @param {number} size the side of the square that the path is drawn in
 */
export function drawing(path, size) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("aria-hidden", "true");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}
