/** What one person likes on one browser. */

const NAME = "rejoinder:dashboard:preferences";
const DEFAULTS = { theme: "auto", veil: false, shortcuts: true };

let kept = read();

/** The value of a preference: `theme`, `veil` (blur the worst words) or `shortcuts`. */
export const prefers = (name) => kept[name];

/** Keep a preference, and let the page follow it. */
export function prefer(name, value) {
  kept = { ...kept, [name]: value };
  localStorage.setItem(NAME, JSON.stringify(kept));
  apply();
}

/** Let the page follow the preferences. */
export function apply() {
  const root = document.documentElement;
  root.dataset.theme = kept.theme;
  root.classList.toggle("veiling", kept.veil);
}

function read() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(NAME)) };
  } catch {
    return { ...DEFAULTS };
  }
}
