/** Small pieces that several screens show. */

import { el, icon } from "./dom.js";
import { seen, urgency } from "../queue/evidence.js";
import { named, number, t } from "./i18n.js";

/** A link to a screen of the dashboard. */
export const link = (path, attributes, ...children) =>
  el("a", { href: `/dashboard/${path}`, "data-inside": true, ...attributes }, ...children);

/** A status as a badge. */
export const status = (name) =>
  el("span", { class: `badge status-${name}` }, named("status", name));

/** A lane as a badge. */
export const lane = (name) => el("span", { class: `badge lane-${name}` }, named("lane", name));

/** How urgent a case is, in one word. */
export function priority(value) {
  const name = urgency(value);
  return el("span", { class: `badge priority-${name}` }, t(`priority.${name}`));
}

/** An author's name, apart from the direction of the text around it. */
export const author = (person) =>
  el("bdi", { class: "author" }, person.name ? seen(person.name) : t("author.nameless"));

/** A sign with words for those who do not see it. */
export const sign = (shape, words, style = "") =>
  el(
    "span",
    { class: `sign ${style}`.trim(), title: words },
    icon(shape),
    el("span", { class: "sr-only" }, words),
  );

/** What is known of an author, as figures. */
export function record(figures) {
  const shown = ["comments", "published", "approved", "rejected", "reports", "reports_upheld"];
  return el(
    "dl",
    { class: "figures" },
    shown.map((name) =>
      el(
        "div",
        { class: name === "rejected" && figures.rejected ? "figure bad" : "figure" },
        el("dt", {}, t(`record.${name}`)),
        el("dd", {}, number(figures[name])),
      ),
    ),
  );
}

/** What a screen shows when there is nothing to show. */
export const empty = (title, text, ...more) =>
  el(
    "div",
    { class: "empty" },
    icon("approve"),
    el("h2", { tabindex: "-1" }, title),
    el("p", {}, text),
    ...more,
  );
