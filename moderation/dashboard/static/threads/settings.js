/** What is set for one thread alone, asked in a dialog. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { link, status } from "../core/components.js";
import { dialog, errorMessage } from "../core/dialogs.js";
import { field } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { changeThread, threadPath } from "./changing.js";
import { seconds } from "./words.js";

/** @import { ThreadDetails } from "../../../web/api.js" */

const PREMODERATE = ["none", "first", "links", "all"];
/** As moderators commonly want it. */
const SLOW = [0, 10, 30, 60, 300, 900, 3600, 86_400];
const ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/**
 * Ask for the settings of a thread and change what is other than it was.
 *
 * @param {string} id
 * @param {() => unknown} after what to do once something was changed
 */
export async function askSettings(id, after) {
  /** @type {ThreadDetails} */
  const thread = await request("GET", threadPath(id));
  const form = questions(thread);
  for (;;) {
    const answer = await dialog({
      title: t("threads.settings_of", { name: thread.title || thread.url }),
      body: form.body,
      wide: true,
      actions: [
        { label: t("dialog.cancel"), value: "cancel" },
        { label: t("threads.save"), value: "save", style: "primary" },
      ],
      focus: form.first,
    });
    if (answer === null) return;
    const changes = form.changes();
    if (!Object.keys(changes).length) return;
    try {
      await changeThread(id, changes, t("threads.saved"), after);
      return;
    } catch (error) {
      form.refuse(errorMessage(asProblem(error)));
    }
  }
}

/** @param {ThreadDetails} thread */
function questions(thread) {
  const { premoderate, slow_seconds: slow, pinned, pinned_comment: top, authors, names } = thread;
  const problem = el("p", { class: "form-problem", role: "alert" });
  const rule = el(
    "select",
    {},
    el("option", { value: "" }, t("threads.as_site")),
    PREMODERATE.map((name) => el("option", { value: name }, t(`premoderate.${name}`))),
  );
  rule.value = premoderate ?? "";
  const pace = el(
    "select",
    {},
    [...new Set([...SLOW, slow])]
      .sort((a, b) => a - b)
      .map((each) =>
        el("option", { value: String(each) }, each ? seconds(each) : t("threads.not_slow")),
      ),
  );
  pace.value = String(slow);
  const comment = el("input", { dir: "ltr", value: pinned ?? "", maxlength: "1000" });
  const people = el("textarea", { rows: "2", dir: "ltr" });
  people.value = authors.join("\n");
  return {
    first: rule,
    body: [
      field(t("setting.premoderate"), rule, t("threads.premoderate_hint")),
      field(t("threads.slow"), pace, t("threads.slow_hint")),
      field(t("threads.pinned"), comment, t("threads.pinned_hint")),
      top
        ? el(
            "p",
            { class: "pinned-now", dir: "auto" },
            el("bdi", {}, revealInvisible(top.name || t("author.nameless"))),
            ": ",
            revealInvisible(top.excerpt),
            " ",
            top.status === "published" ? null : status(top.status),
          )
        : null,
      field(t("threads.authors"), people, t("threads.authors_hint")),
      authors.length
        ? el(
            "p",
            { class: "badges" },
            authors.map((author) =>
              link(
                `authors/${encodeURIComponent(author)}`,
                { class: "badge" },
                el("bdi", {}, names[author] ?? author),
              ),
            ),
          )
        : null,
      problem,
    ],
    /** @param {string} text */
    refuse: (text) => fill(problem, text),
    /** What is other than it was, as the service wants it. */
    changes() {
      const written = comment.value.trim();
      // Of a comment's address the id is what counts.
      const wanted = ID.exec(written.toLowerCase())?.[0] ?? (written || null);
      const ids = people.value.split(/[\s,]+/).map((each) => each.replace(/^.*\//, ""));
      const listed = [...new Set(ids.filter(Boolean))];
      /** @type {Record<string, unknown>} */
      const changes = {};
      if (rule.value !== (premoderate ?? "")) changes.premoderate = rule.value || null;
      if (Number(pace.value) !== slow) changes.slow_seconds = Number(pace.value);
      if (wanted !== pinned) changes.pinned = wanted;
      if (listed.join() !== authors.join()) changes.authors = listed;
      return changes;
    },
  };
}
