/** Elements that every screen is made of. */

import { drawing, el } from "../../../web/elements.js";

/** @import { Attributes, Child } from "../../../web/elements.js" */

/**
 * Draw anew inside `node`; what had the focus gives it to its like, in the same `data-key`.
 *
 * @param {HTMLElement} node
 * @param {() => void} draw
 */
export function keepingFocus(node, draw) {
  const active = document.activeElement;
  const held = active instanceof HTMLElement && node.contains(active) ? active : null;
  /** @type {HTMLElement | null | undefined} */
  const keyed = held?.closest("[data-key]");
  const key = keyed?.dataset.key;
  /** @returns {HTMLElement[]} */
  const likes = () => {
    const within = key ? node.querySelector(`[data-key="${CSS.escape(key)}"]`) : node;
    /** @type {HTMLElement[]} */
    const found = held ? [...(within?.querySelectorAll(held.localName) ?? [])].filter(isHtml) : [];
    return found.filter((like) => like.className === held?.className);
  };
  const place = held ? likes().indexOf(held) : -1;
  draw();
  if (place >= 0 && !held?.isConnected) likes()[place]?.focus({ preventScroll: true });
}

/**
 * @param {Element} node
 * @returns {node is HTMLElement}
 */
const isHtml = (node) => node instanceof HTMLElement;

const PATHS = {
  approve: "m5 12.5 4.5 4.500L19 7.5",
  reject: "M6.5 6.500l11 11m0-11-11 11",
  escalate: "M12 19V6m-5.5 5L12 5.500l5.5 5.5",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  reply: "M9.500 5.500 4 11l5.500 5.500M4 11h10a6 6 0 0 1 6 6v2",
  back: "m14.5 5.5-6.5 6.5 6.5 6.5",
  open: "M10 5H5v14h14v-5M14 4.500h5.500V10M19 5l-8.5 8.5",
  flag: "M6 21V4.500h11.500L15 9l2.5 4.500H6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  veil: "M4 4l16 16M9.5 5.900A9 9 0 0 1 12 5.500c6 0 9.5 6.5 9.5 6.500a17 17 0 0 1-3 3.700M14.5 14.600A3 3 0 0 1 9.4 9.500M6.3 7.400A17 17 0 0 0 2.5 12S6 18.5 12 18.500a9 9 0 0 0 4.3-1.1",
  keys: "M3 7h18v10H3zM7 10.500h0m3.3 0h0m3.4 0h0m3.3 0h0M8 14h8",
  more: "m6 9.5 6 6 6-6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7.5 8.500c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
  close: "M7 7l10 10M17 7 7 17",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * A decorative icon; what it stands for is said beside it.
 *
 * @param {IconName} name
 */
export function icon(name) {
  const svg = drawing(PATHS[name], 24);
  svg.setAttribute("class", `icon icon-${name}`);
  return svg;
}

/**
 * A button.
 *
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} run
 * @param {Attributes & { icon?: IconName, key?: string | null, class?: string }} [options] as for
 *   `el`, with its icon and its shortcut, which is shown as a hint
 */
export function button(label, run, options = {}) {
  const { icon: shape, key, class: style = "", ...rest } = options;
  return el(
    "button",
    {
      type: "button",
      class: `button ${style}`.trim(),
      "aria-keyshortcuts": key ?? null,
      on: { click: run },
      ...rest,
    },
    shape ? icon(shape) : null,
    el("span", { class: "label" }, label),
    key ? el("kbd", { "aria-hidden": "true" }, key) : null,
  );
}

let fields = 0;

/**
 * A field with its label above it and, below, a hint that readers of screens hear with it.
 *
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint = "") {
  fields += 1;
  const id = `f${fields}`;
  input.id = id;
  const described = hint ? el("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  if (described) input.setAttribute("aria-describedby", described.id);
  return el("div", { class: "field" }, el("label", { for: id }, label), input, described);
}

/**
 * Say beside a field what is wrong with it, until it is changed.
 *
 * @param {HTMLElement} input
 * @param {string} text
 */
export function complain(input, text) {
  const place = input.closest(".field, td, fieldset") ?? input.parentElement;
  const described = input.getAttribute("aria-describedby");
  fields += 1;
  const note = el("p", { class: "form-problem", id: `f${fields}` }, text);
  place?.querySelector(":scope > .form-problem")?.remove();
  place?.append(note);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", [described, note.id].filter(Boolean).join(" "));
  const settle = () => {
    note.remove();
    input.removeAttribute("aria-invalid");
    if (described) input.setAttribute("aria-describedby", described);
    else input.removeAttribute("aria-describedby");
  };
  input.addEventListener("input", settle, { once: true });
}

/**
 * A section with a heading.
 *
 * @param {string} title
 * @param {...Child} content
 */
export const card = (title, ...content) =>
  el("section", { class: "card" }, el("h2", {}, title), ...content);

/**
 * An address that may be followed; null for any other than http and https.
 *
 * @param {string} text
 */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
