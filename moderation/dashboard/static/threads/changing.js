/** Changes what is set for a thread, says so, and takes it back. */

import { requestIdempotent } from "../core/api.js";
import { showError, toast } from "../core/dialogs.js";
import { t } from "../core/i18n.js";

/** @import { ThreadChanged } from "../../../web/api.js" */

/** @param {string} id */
export const threadPath = (id) => `/threads/${encodeURIComponent(id)}`;

/**
 * Change a thread, offering to undo it.
 *
 * @param {string} id
 * @param {Record<string, unknown>} changes
 * @param {string} done what to say then
 * @param {() => unknown} [after] what to do once it, or its undoing, is done
 * @throws {import("../../../web/requests.js").Problem}
 */
export async function changeThread(id, changes, done, after = () => {}) {
  /** @type {ThreadChanged} */
  const { change } = await requestIdempotent("PATCH", threadPath(id), changes);
  if (change === null) toast(t("threads.as_before"), { kind: "note" });
  else {
    const run = () => undoChange(id, change, after);
    toast(done, { action: { label: t("action.undo"), run } });
  }
  await after();
}

/**
 * @param {string} id
 * @param {string} change
 * @param {() => unknown} [after]
 */
export async function undoChange(id, change, after = () => {}) {
  try {
    await requestIdempotent("POST", `${threadPath(id)}/changes/${change}/undo`);
    toast(t("threads.undone"));
  } catch (error) {
    showError(error);
  }
  await after();
}
