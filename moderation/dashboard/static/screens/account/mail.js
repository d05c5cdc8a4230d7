/** Which mails one gets of comments. */

import { el, fill } from "../../../../web/elements.js";
import { asProblem } from "../../../../web/requests.js";
import { errorMessage, toast } from "../../core/dialogs.js";
import { button, card, complain, field } from "../../core/dom.js";
import { language, t } from "../../core/i18n.js";
import { mailChoice, setMailChoice } from "../../core/session.js";

/** @import { MailChoice } from "../../../../web/api.js" */

const WANTS = ["waiting", "all", "never"];

/** A card that is filled when the service has said what was chosen. */
export function mailCard() {
  const node = card(t("mail.title"));
  mailChoice().then(
    (choice) => node.append(...(choice.available ? form(choice) : [none()])),
    (error) =>
      node.append(
        el("p", { class: "form-problem", role: "alert" }, errorMessage(asProblem(error))),
      ),
  );
  return node;
}

const none = () => el("p", { class: "hint" }, t("mail.off"));

/** @param {MailChoice} choice */
function form(choice) {
  const off = el("p", { class: "form-problem", hidden: !choice.switched_off }, t("mail.bounced"));
  const wants = select(WANTS, choice.wants, (name) => t(`mail.${name}`));
  const when = select(["now", "hours"], choice.hours.length ? "hours" : "now", (name) =>
    t(`mail.${name}`),
  );
  const hours = el("input", { type: "text", value: choice.hours.join(", ") || "8, 17" });
  const zone = el("input", {
    type: "text",
    value: choice.hours.length ? choice.zone : Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  const words = select(choice.languages, choice.language, language);
  const problem = el("p", { class: "form-problem", role: "alert" });
  const whenField = field(t("mail.when"), when);
  const hoursField = field(t("mail.hours_label"), hours, t("mail.hours_hint"));
  const zoneField = field(t("mail.zone"), zone, t("mail.zone_hint"));
  const wordsField = field(t("mail.language"), words);
  const fit = () => {
    const never = wants.value === "never";
    whenField.hidden = wordsField.hidden = never;
    hoursField.hidden = zoneField.hidden = never || when.value === "now";
  };
  wants.addEventListener("change", fit);
  when.addEventListener("change", fit);
  fit();
  const made = el(
    "form",
    { novalidate: true },
    field(t("mail.wants"), wants),
    whenField,
    hoursField,
    zoneField,
    wordsField,
    problem,
    button(t("mail.save"), () => {}, { type: "submit", class: "primary" }),
  );
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(problem);
    const timed = when.value === "hours";
    const chosen = timed ? hours.value.split(/[\s,]+/).filter(Boolean) : [];
    if (timed && !(chosen.length && chosen.every((hour) => /^\d\d?$/.test(hour) && +hour < 24))) {
      complain(hours, t("mail.hours_wrong"));
      hours.focus();
      return;
    }
    try {
      const saved = await setMailChoice({
        wants: wants.value,
        hours: chosen.map(Number),
        zone: timed ? zone.value.trim() : "UTC",
        language: words.value,
      });
      off.hidden = !saved.switched_off;
      toast(t("mail.saved"));
    } catch (error) {
      const found = asProblem(error);
      if (found.code === "bad-time-zone") {
        complain(zone, t("mail.zone_wrong"));
        zone.focus();
      } else fill(problem, errorMessage(found));
    }
  });
  return [el("p", { class: "hint" }, t("mail.text")), off, made];
}

/**
 * @param {string[]} values
 * @param {string} chosen
 * @param {(value: string) => string} label
 */
const select = (values, chosen, label) =>
  el(
    "select",
    {},
    values.map((value) => el("option", { value, selected: value === chosen }, label(value))),
  );
