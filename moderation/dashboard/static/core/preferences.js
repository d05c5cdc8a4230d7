/** What one person prefers on one browser. */

/**
 * @typedef {object} Preferences
 * @property {string} theme "auto", "light" or "dark"
 * @property {boolean} veil whether the worst words are blurred
 * @property {boolean} shortcuts whether single keys do something
 * @property {boolean} notices whether the browser tells of what waits while nobody looks
 */

const NAME = "rejoinder:dashboard:preferences";
/** @type {Preferences} */
const DEFAULTS = { theme: "auto", veil: false, shortcuts: true, notices: false };

let kept = read();

/**
 * @template {keyof Preferences} Name
 * @param {Name} name
 * @returns {Preferences[Name]}
 */
export const preference = (name) => kept[name];

/**
 * Keep preferences, and let the page follow them.
 *
 * @param {Partial<Preferences>} changed
 */
export function setPreferences(changed) {
  kept = { ...kept, ...changed };
  localStorage.setItem(NAME, JSON.stringify(kept));
  applyPreferences();
}

/** Let the page follow the preferences. */
export function applyPreferences() {
  const root = document.documentElement;
  root.dataset.theme = kept.theme;
  root.classList.toggle("veiling", kept.veil);
}

/** @returns {Preferences} */
function read() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(NAME) ?? "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}
