"""What stands out too little from what is behind it, measured on what the browser computed.

`CONTRAST` takes a document or an element whose shadow root is looked at, and gives what has less
than 4.5 : 1 (WCAG 2.2, 1.4.3; the luminance is its definition of "relative luminance").
"""

CONTRAST = """
const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgba = (css) => {
  context.clearRect(0, 0, 1, 1); context.fillStyle = css; context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const up = (node) => node.parentElement || node.getRootNode().host;
const over = (front, back, share = front[3]) =>
  back.map((v, i) => front[i] * share + v * (1 - share));
const behind = (node) => {
  const layers = [];
  for (; node; node = up(node)) {
    const colour = rgba(getComputedStyle(node).backgroundColor);
    if (colour[3]) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reduceRight((back, layer) => over(layer, back), [255, 255, 255]);
};
const opacity = (node) => {
  let value = 1;
  for (; node; node = up(node)) value *= Number(getComputedStyle(node).opacity);
  return value;
};
const light = (colour) => {
  const [r, g, b] = colour.map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const weak = [];
for (const node of (arguments[0]?.shadowRoot ?? document.body).querySelectorAll("*")) {
  const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !node.checkVisibility() || !node.getClientRects().length) continue;
  // Not text to be read now: WCAG leaves out what is disabled, and the rest is seen by nobody.
  if (node.closest("option, :disabled, .sr, .sr-only, .skip")) continue;
  const back = behind(node);
  const front = over(rgba(getComputedStyle(node).color), back, opacity(node));
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) weak.push(`${node.localName}.${node.className} ${node.textContent}: ${ratio}`);
}
return weak;
"""
