/** Whether the page is dark where an element stands. */

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/**
 * Red, green, blue and alpha (0 to 255) of any colour that CSS can say.
 *
 * @param {string} colour
 */
function channels(colour) {
  if (!pixel) return [0, 0, 0, 0];
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return pixel.getImageData(0, 0, 1, 1).data;
}

/**
 * Whether the page is dark behind an element: what is seen there counts, not the system's setting.
 *
 * @param {HTMLElement} element
 */
export function onDark(element) {
  for (let node = /** @type {Element | null} */ (element); node; node = around(node)) {
    const [red, green, blue, alpha] = channels(getComputedStyle(node).backgroundColor);
    // The weights of ITU-R BT.601 for how bright a colour looks.
    if (alpha > 127) return red * 0.299 + green * 0.587 + blue * 0.114 < 128;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  if (!/dark/.test(scheme)) return false;
  return !/light/.test(scheme) || matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {Element} node */
function around(node) {
  const root = node.getRootNode();
  return node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
