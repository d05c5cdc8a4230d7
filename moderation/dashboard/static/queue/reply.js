/** Answering a comment in public, as one of the site's staff. */

import { el } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { requestIdempotent } from "../core/api.js";
import { dialog, errorMessage, toast } from "../core/dialogs.js";
import { field } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { mySession } from "../core/session.js";
import { sendWithControlEnter } from "./decision-dialogs.js";
import { highlighted } from "./highlights.js";

/** @import { CaseComment } from "../../../web/api.js" */

const EXCERPT = 300;

/** What was written and not sent, by the comment that it answers.
 * @type {Map<string, string>} */
const drafts = new Map();

/** @param {CaseComment} comment */
export const canReply = ({ status }) => status === "published" || status === "held";

/**
 * Ask what to answer, and publish it. A comment that waits is approved first: nobody answers what
 * readers do not see.
 *
 * @param {CaseComment} comment
 * @param {() => Promise<boolean>} approve says whether it is done
 * @returns {Promise<boolean>} whether the answer is published
 */
export async function reply(comment, approve) {
  const text = await ask(comment);
  if (text === null) return false;
  if (comment.status === "held" && !(await approve())) return false;
  try {
    await requestIdempotent("POST", "/comments", { parent: comment.id, text });
  } catch (error) {
    const problem = asProblem(error);
    toast(t("reply.failed", { why: errorMessage(problem) }), { kind: "error" });
    return false;
  }
  drafts.delete(comment.id);
  toast(t("reply.done"));
  return true;
}

/**
 * @param {CaseComment} comment
 * @returns {Promise<string | null>}
 */
async function ask(comment) {
  const held = comment.status === "held";
  const { name, role } = mySession().moderator;
  const input = el("textarea", {
    rows: "5",
    dir: "auto",
    required: true,
    value: drafts.get(comment.id) ?? "",
  });
  input.addEventListener("input", () => drafts.set(comment.id, input.value));
  sendWithControlEnter(input);
  const as = t("reply.as", {
    name,
    role: t(role === "owner" ? "author.role.owner" : "author.role.moderator"),
  });
  const answer = await dialog({
    title: t("reply.title", { name: comment.author?.name || t("author.nameless") }),
    body: [
      el(
        "blockquote",
        { class: "entry-text", dir: "auto" },
        highlighted(comment, null, { most: EXCERPT, plain: true }),
      ),
      held ? el("p", {}, t("reply.approves")) : null,
      field(t("reply.text"), input, as),
    ],
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      {
        label: t(held ? "reply.approve_and_send" : "reply.send"),
        value: "send",
        style: "primary",
      },
    ],
    focus: input,
  });
  return answer === "send" ? input.value.trim() || null : null;
}
