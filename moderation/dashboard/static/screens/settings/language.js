/** The language of the site's comments, and what follows if no model reads it. */

import { el, fill } from "../../../../web/elements.js";
import { field } from "../../core/dom.js";
import { language, languageCodes, list, named, t } from "../../core/i18n.js";

/** @import { Site } from "../../../../web/api.js" */
/** @import { Entries } from "./entries.js" */

/**
 * The field, with what follows from the choice below it.
 *
 * @param {Site} site
 * @param {Entries} entries
 */
export function languageField({ policy, languages, presets }, entries) {
  const current = policy.language ?? "";
  const codes = new Set([...languageCodes(), ...languages, ...(current ? [current] : [])]);
  const options = [...codes]
    .map((code) => ({ code, name: language(code) }))
    .sort((one, other) => one.name.localeCompare(other.name));
  const select = el(
    "select",
    {},
    el("option", { value: "", selected: !current }, t("language.unsaid")),
    options.map(({ code, name }) =>
      el("option", { value: code, selected: code === current }, name),
    ),
  );
  // Heard when it changes, while the field has the focus.
  const follows = el("p", { class: "hint", role: "status" });
  const isUnread = () => select.value !== "" && !languages.includes(select.value);
  entries.unread = isUnread();
  entries.followers.push(() => {
    const usual = String(presets[entries.preset]?.unsupported_language ?? "");
    const values = {
      language: language(select.value),
      only: languages.length ? list(languages.map(language)) : t("language.none"),
      choice: named("choice", entries.unsupported || usual),
    };
    if (!select.value) fill(follows, t("language.unsaid_follows", values));
    else if (!entries.unread) fill(follows, t("language.read", values));
    else fill(follows, t(entries.unsupported ? "language.unread_own" : "language.unread", values));
  });
  select.addEventListener("change", () => {
    entries.unread = isUnread();
    entries.follow();
  });
  entries.parts.push(({ policy: sent }) => {
    if (select.value !== current) sent.language = select.value || null;
  });
  entries.places.set("/policy/language", select);
  return el("div", {}, field(t("setting.language"), select, t("setting.language_hint")), follows);
}
