/** The comment that the page's address names. */

import { Problem } from "../../web/requests.js";

/** @import { Comment } from "../../web/api.js" */
/** @import { Thread } from "./thread.js" */

/**
 * Go to the comment that the address names, fetching what leads to it.
 *
 * @param {Thread} thread
 */
export async function followAddress(thread) {
  const id = /^#rejoinder-comment-([\w-]+)$/.exec(location.hash)?.[1];
  if (!id) return;
  try {
    /** @type {Comment[]} */
    const chain = [];
    for (let next = /** @type {string | null} */ (id); next && !thread.views.has(next);) {
      /** @type {Comment} */
      const comment = await thread.service.read(`/comments/${next}`);
      if (comment.thread !== thread.info.id) return;
      chain.unshift(comment);
      next = comment.parent;
    }
    chain.forEach((comment) => thread.place(comment));
    thread.views.get(id)?.focus();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) return;
    thread.frame.announce(thread.locale.say("error.link"), { visible: true });
  }
}
