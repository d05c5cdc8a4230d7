/** What an author in despair is told, and where help is found. */

import { el } from "../../../../web/elements.js";
import { field } from "../../core/dom.js";
import { t } from "../../core/i18n.js";

/** @import { Help, HelpLink, Site } from "../../../../web/api.js" */
/** @import { Entries } from "./entries.js" */

/**
 * The fields. They hold what the site says, else what the service does, and send only what differs
 * from that, or did once.
 *
 * @param {Site} site
 * @param {Entries} entries
 */
export function helpFields({ policy, presets }, entries) {
  const usual = presets[policy.preset ?? "balanced"]?.help ?? { text: "", links: [] };
  /** @type {Partial<Help>} */
  const own = policy.help ?? {};
  const text = el("textarea", {
    rows: "5",
    dir: "auto",
    maxlength: "1000",
    value: own.text ?? usual.text,
  });
  const links = el("textarea", {
    rows: "5",
    dir: "ltr",
    spellcheck: "false",
    value: written(own.links ?? usual.links),
  });
  entries.parts.push(({ policy: sent }) => {
    /** @type {Partial<Help>} */
    const help = {};
    if (text.value.trim() !== usual.text.trim()) help.text = text.value.trim();
    const listed = read(links.value);
    if (written(listed) !== written(usual.links)) help.links = listed;
    if (policy.help || Object.keys(help).length) sent.help = help;
  });
  entries.places.set("/policy/help/text", text);
  entries.places.set("/policy/help/links", links);
  return [
    field(t("settings.help_text"), text, t("settings.help_text_hint")),
    field(t("settings.help_links"), links, t("settings.help_links_hint")),
  ];
}

/** @param {HelpLink[]} links */
const written = (links) => links.map(({ url, title }) => `${url} ${title}`).join("\n");

/**
 * A link without a name is called by its address.
 *
 * @param {string} lines
 * @returns {HelpLink[]}
 */
const read = (lines) =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [url, ...words] = line.split(/\s+/);
      return { url, title: words.join(" ") || url.replace(/^https?:\/\//, "").slice(0, 80) };
    });
