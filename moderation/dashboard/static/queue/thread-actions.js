/** From a case to its thread: pin the comment, name the page's author, see what else is set. */

import { el } from "../../../web/elements.js";
import { request } from "../core/api.js";
import { link } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { changeThread, threadPath } from "../threads/changing.js";

/** @import { Case, ThreadDetails } from "../../../web/api.js" */

/**
 * What can be done for the comment and its author in this thread.
 *
 * @param {Case} shown
 */
export function threadActions({ comment, thread, author: person }) {
  /** @param {() => Promise<unknown>} run */
  const trying = (run) => () => run().catch(showError);
  const pin = () => changeThread(thread.id, { pinned: comment.id }, t("threads.pin_done"));
  const wrotePage = async () => {
    /** @type {ThreadDetails} */
    const { authors } = await request("GET", threadPath(thread.id));
    const all = [...new Set([...authors, person.id])];
    await changeThread(thread.id, { authors: all }, t("threads.wrote_page_done"));
  };
  const small = { class: "small quiet" };
  const role = comment.author.role ?? "reader";
  return el(
    "p",
    { class: "thread-actions" },
    comment.status === "published" && comment.parent === null
      ? button(t("threads.pin"), trying(pin), small)
      : null,
    role === "reader" ? button(t("threads.wrote_page"), trying(wrotePage), small) : null,
    link(
      `threads?thread=${encodeURIComponent(thread.id)}`,
      { class: "button small quiet" },
      t("threads.open"),
    ),
  );
}
