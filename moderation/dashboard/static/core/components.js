/** Small things that several screens show. */

import { el } from "../../../web/elements.js";
import { icon } from "./dom.js";
import { named, number, t } from "./i18n.js";
import { revealInvisible } from "./invisible.js";

/** @import { Author, AuthorRecord } from "../../../web/api.js" */
/** @import { Attributes, Child } from "../../../web/elements.js" */
/** @import { IconName } from "./dom.js" */

/**
 * A link to a screen of the dashboard.
 *
 * @param {string} path
 * @param {Attributes} attributes
 * @param {...Child} children
 */
export const link = (path, attributes, ...children) =>
  el("a", { href: `/dashboard/${path}`, "data-inside": true, ...attributes }, ...children);

/**
 * A status as a badge.
 *
 * @param {string} name
 */
export const status = (name) =>
  el("span", { class: `badge status-${name}` }, named("status", name));

/**
 * A lane as a badge.
 *
 * @param {string} name
 */
export const lane = (name) => el("span", { class: `badge lane-${name}` }, named("lane", name));

/**
 * An author's name, apart from the direction of the text around it.
 *
 * @param {Author} person
 */
export const author = (person) =>
  el("bdi", { class: "author" }, person.name ? revealInvisible(person.name) : t("author.nameless"));

/**
 * What somebody speaks as, as a badge; nothing for a reader.
 *
 * @param {Author | null | undefined} person
 */
export const roleBadge = (person) =>
  person?.role && person.role !== "reader"
    ? el("span", { class: "badge author-role" }, t(`author.role.${person.role}`))
    : null;

/**
 * A sign with words for those who do not see it.
 *
 * @param {IconName} shape
 * @param {string} words
 * @param {string} [style]
 */
export const sign = (shape, words, style = "") =>
  el(
    "span",
    { class: `sign ${style}`.trim(), title: words },
    icon(shape),
    el("span", { class: "sr-only" }, words),
  );

/** @type {(keyof AuthorRecord)[]} */
const FIGURES = ["comments", "published", "approved", "rejected", "reports", "reports_upheld"];

/**
 * What is known of an author, as figures.
 *
 * @param {AuthorRecord} figures
 */
export const record = (figures) =>
  el(
    "dl",
    { class: "figures" },
    FIGURES.map((name) =>
      el(
        "div",
        { class: name === "rejected" && figures.rejected ? "figure bad" : "figure" },
        el("dt", {}, t(`record.${name}`)),
        el("dd", {}, number(Number(figures[name]))),
      ),
    ),
  );

/**
 * What a screen shows when there is nothing to show.
 *
 * @param {string} title
 * @param {string} text
 * @param {...Child} more
 */
export const empty = (title, text, ...more) =>
  el(
    "div",
    { class: "empty" },
    icon("approve"),
    el("h2", { tabindex: "-1" }, title),
    el("p", {}, text),
    ...more,
  );

/**
 * What stands where there is nothing by this address, with a way back.
 *
 * @param {string} title
 * @param {string} text
 */
export const lost = (title, text) =>
  el(
    "div",
    { class: "empty" },
    el("h1", {}, title),
    el("p", {}, text),
    link("", { class: "button primary" }, t("lost.back")),
  );
