/** Failed requests and hidden comments in the reader's words. */

import { el } from "../../web/elements.js";
import { ENGLISH } from "./content.js";
import { link } from "./markup.js";

/** @import { Comment, Help } from "../../web/api.js" */
/** @import { Problem } from "../../web/requests.js" */
/** @import { Locale } from "./locale.js" */

// The service says when to try again; if it ever does not, in half a minute.
const PATIENCE = 30;

/**
 * A failed request, or what holds for the reader, in words.
 *
 * @param {Problem} problem
 * @param {Locale} locale
 */
export function explain({ kind, status, code, retryAfter, message, body }, locale) {
  if (kind === "offline") return locale.say("error.offline");
  if (kind === "down") return locale.say("error.send");
  const count = retryAfter || PATIENCE;
  const slow = code === "slow-mode";
  if (status === 429 && !slow) return locale.say("error.rate-limited", { count });
  const { until, reason = "", nudge } = body;
  const words = nudge?.words.join(", ") ?? "";
  const key = `error.${code}${until ? "-until" : ""}`;
  const time = slow ? locale.soon(count) : until ? locale.exact(new Date(until)) : "";
  return locale.has(key) ? locale.say(key, { until: time, reason, words }) : message;
}

/**
 * What the author of a hidden comment reads: the site's words, else ours in their language.
 *
 * @param {Comment} comment
 * @param {Locale} locale
 */
export function noticeFor({ status, notice }, locale) {
  const key = `notice.${status}`;
  return notice && notice !== ENGLISH[key] ? notice : locale.say(key);
}

/**
 * What the author of a comment in despair is told, and where help is; nothing to anybody else.
 *
 * @param {Help | undefined} help in English, unless it is the site's own
 * @param {Locale} locale
 */
export const helpFor = (help, locale) =>
  help
    ? [
        !help.own && locale.has("help") ? locale.say("help") : help.text,
        ...help.links.map(({ title, url }) => {
          const anchor = el("a", {}, title);
          link(anchor, url);
          return el("p", {}, anchor);
        }),
      ]
    : [];
