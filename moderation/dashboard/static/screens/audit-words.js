/** Entries of the audit in words: what was done, to whom, and what it changed. */

import { el } from "../../../web/elements.js";
import { has, language, named, number, score, t } from "../core/i18n.js";

/** @import { AuditEntry } from "../../../web/api.js" */

/**
 * @typedef {{ before?: unknown, after?: unknown, added?: unknown[], removed?: unknown[],
 *   reordered?: boolean }} Change
 */

/**
 * What was done, after the name of who did it.
 *
 * @param {AuditEntry} entry
 * @param {(id: string) => string} nameOf gives a moderator's name
 */
export function deed({ verb, subject, detail }, nameOf) {
  if (verb === "batch") {
    return t(`verb.batch.${detail.action}`, { count: Number(detail.comments) });
  }
  const key = `verb.${verb}`;
  const special = detail.kind ? `${key}.${detail.kind}` : key;
  if (!has(key)) return named("verb", verb);
  const name = detail.moderator ? nameOf(detail.moderator) : nameOf(detail.from ?? subject);
  return t(has(special) ? special : key, { name, label: detail.name ?? "" });
}

/**
 * What an entry changed of the settings, each as a line.
 *
 * @param {AuditEntry} entry
 */
export function changeList({ detail }) {
  const changes = Object.entries(detail.changes ?? {});
  if (!changes.length) return null;
  return el(
    "ul",
    { class: "changes" },
    changes.map(([path, change]) =>
      el("li", {}, el("strong", {}, label(path)), ": ", told(change, valueIn(path))),
    ),
  );
}

/** From one thing to another; the arrow is read out as a word. */
export const arrow = () => [
  el("span", { class: "arrow", "aria-hidden": "true" }, "→"),
  el("span", { class: "sr-only" }, t("history.to")),
];

/** @param {string} path */
function label(path) {
  const [first, group, name] = path.split(".");
  if (first === "title" || first === "url") return t(`history.thread-${first}`);
  if (has(`history.thread.${first}`)) return t(`history.thread.${first}`);
  if (first !== "policy") return t(`settings.${first}`);
  if (group === "preset") return t("settings.preset");
  if (group === "thresholds") {
    return t("history.thresholds", { attribute: named("attribute", name ?? "") });
  }
  if (group === "words") return t(`settings.words_${name}`);
  if (group === "notices") return t(`settings.notice_${name}`);
  if (group === "help") return t(name ? `settings.help_${name}` : "settings.help");
  return named("setting", name ?? group);
}

/**
 * How a value of the setting at this path is written.
 *
 * @param {string} path
 * @returns {(value: unknown) => string}
 */
function valueIn(path) {
  if (path === "policy.language") {
    return (value) => (value ? language(String(value)) : t("language.unsaid"));
  }
  if (path === "premoderate") return (value) => (value ? valueText(value) : t("threads.as_site"));
  if (has(`history.thread.${path}`)) {
    return (value) => (value === null ? t("history.thread-none") : valueText(value));
  }
  return valueText;
}

/**
 * @param {Change} change
 * @param {(value: unknown) => string} text
 */
function told({ before, after, added, removed, reordered }, text) {
  if (reordered) return t("history.order");
  if (added || removed) {
    const came = (added ?? []).map((item) => `+ ${item}`);
    const went = (removed ?? []).map((item) => `− ${item}`);
    return el("bdi", {}, [...came, ...went].join(", "));
  }
  return [el("bdi", {}, text(before)), " ", arrow(), " ", el("bdi", {}, text(after))];
}

/**
 * Whether a value is what authors in despair are told.
 *
 * @param {unknown} value
 * @returns {value is Partial<import("../../../web/api.js").Help>}
 */
const isHelp = (value) =>
  typeof value === "object" && value !== null && ("text" in value || "links" in value);

/**
 * @param {unknown} value
 * @returns {string}
 */
function valueText(value) {
  if (value === null || value === undefined) return t("history.unset");
  if (typeof value === "boolean") return t(value ? "history.on" : "history.off");
  if (typeof value === "number") return number(value);
  if (isHelp(value)) {
    const links = (value.links ?? []).map(({ title, url }) => `${title} (${url})`);
    return [value.text, ...links].filter(Boolean).join("; ") || t("history.unset");
  }
  if (typeof value === "object") {
    return Object.entries(value)
      .filter(([, limit]) => typeof limit === "number")
      .map(([kind, limit]) =>
        t(`history.${kind === "hold" ? "hold" : "flag"}`, { score: score(limit) }),
      )
      .join(", ");
  }
  const text = String(value);
  for (const prefix of ["choice", "preset", "premoderate"]) {
    if (has(`${prefix}.${text}`)) return t(`${prefix}.${text}`);
  }
  return text;
}
