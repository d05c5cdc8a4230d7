/** Names that only the site's staff post under. */

import { el } from "../../../../web/elements.js";
import { field } from "../../core/dom.js";
import { t } from "../../core/i18n.js";

/** @import { Policy } from "../../../../web/api.js" */
/** @import { Entries } from "./entries.js" */

/**
 * @param {Policy} policy
 * @param {Entries} entries
 */
export function reservedNames({ reserved_names: reserved = [] }, entries) {
  const before = reserved.join("\n");
  const input = el("textarea", { rows: "3", dir: "auto", spellcheck: "false", value: before });
  entries.parts.push(({ policy: sent }) => {
    const names = input.value
      .split("\n")
      .map((name) => name.trim())
      .filter(Boolean);
    if (names.join("\n") !== before) sent.reserved_names = names;
  });
  entries.places.set("/policy/reserved_names", input);
  return field(t("setting.reserved_names"), input, t("setting.reserved_names_hint"));
}
