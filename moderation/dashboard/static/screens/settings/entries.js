/** What is entered on the settings' form, and where it goes. */

/** @import { Thresholds } from "../../../../web/api.js" */

/**
 * What is sent: only what differs from the preset, or did once.
 *
 * @typedef {{
 *   thresholds: Record<string, Thresholds>,
 *   words: Record<string, string[]>,
 *   notices: Record<string, string>,
 *   [setting: string]: unknown,
 * }} PolicyChange
 * @typedef {{
 *   version: number, name: string, origins: string[], policy: PolicyChange,
 * }} SiteChange
 */

/** The fields of one form; each adds itself. */
export class Entries {
  /** Each puts its part into what is sent.
   * @type {((change: SiteChange) => void)[]} */
  parts = [];
  /** What is entered where, by the beginning of its place in what is sent.
   * @type {Map<string, HTMLElement>} */
  places = new Map();
  /** Each shows what follows from the choices below.
   * @type {(() => void)[]} */
  followers = [];
  /** The preset that is chosen. */
  preset = "balanced";
  /** The rule for texts without scores, if it is the site's own. */
  unsupported = "";
  /** Whether no model reads the language that is chosen. */
  unread = false;

  /** A choice was made: show what follows from it. */
  follow() {
    for (const show of this.followers) show();
  }
}
