/** Whether authors are shown once what may hurt somebody, and what they did then. */

import { el, fill } from "../../../../web/elements.js";
import { asProblem } from "../../../../web/requests.js";
import { request } from "../../core/api.js";
import { t } from "../../core/i18n.js";

/** @import { NudgeCounts, Policy } from "../../../../web/api.js" */
/** @import { Entries } from "./entries.js" */

/**
 * @param {Policy} policy
 * @param {Entries} entries
 */
export function nudgeField({ nudge: before = true }, entries) {
  const input = el("input", { type: "checkbox", checked: before });
  entries.parts.push(({ policy: sent }) => {
    if (input.checked !== before) sent.nudge = input.checked;
  });
  entries.places.set("/policy/nudge", input);
  const counts = el("p", { class: "hint nudge-counts" });
  read(counts);
  return el(
    "div",
    {},
    el("label", { class: "tick" }, input, el("span", {}, t("setting.nudge"))),
    el("p", { class: "hint" }, t("setting.nudge_hint")),
    counts,
  );
}

/** @param {HTMLElement} place */
async function read(place) {
  try {
    /** @type {NudgeCounts} */
    const { shown, changed, unchanged, withdrawn } = await request("GET", "/nudges");
    fill(
      place,
      shown ? t("nudge.counts", { count: shown, changed, unchanged, withdrawn }) : t("nudge.none"),
    );
  } catch (error) {
    // The settings stand without it.
    asProblem(error);
  }
}
