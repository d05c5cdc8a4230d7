/** How a thread is told of. */

import { t } from "../core/i18n.js";

const MINUTE = 60;
const HOUR = 3600;

/**
 * A number of seconds in the largest unit that divides it.
 *
 * @param {number} count
 */
export function seconds(count) {
  if (count % HOUR === 0) return t("threads.hours", { count: count / HOUR });
  if (count % MINUTE === 0) return t("threads.minutes", { count: count / MINUTE });
  return t("threads.seconds", { count });
}
