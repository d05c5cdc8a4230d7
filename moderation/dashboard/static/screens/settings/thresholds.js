/** From which score on each attribute flags and holds. */

import { el } from "../../../../web/elements.js";
import { named, t } from "../../core/i18n.js";

/** @import { Policy, Site, Thresholds } from "../../../../web/api.js" */
/** @import { Entries } from "./entries.js" */

const KINDS = /** @type {const} */ (["flag", "hold"]);

/**
 * The table of thresholds.
 *
 * @param {Site} site
 * @param {Entries} entries
 */
export function thresholdTable({ policy, effective, presets }, entries) {
  const own = policy.thresholds ?? {};
  const rows = Object.keys(effective).map((name) => row(name, presets, own[name], entries));
  if (!rows.length) return el("p", { class: "hint" }, t("settings.no_attributes"));
  const heads = ["attribute", "own", "flag", "hold"].map((name) =>
    el("th", { scope: "col" }, t(`threshold.${name}`)),
  );
  return el(
    "div",
    {
      class: "threshold-table",
      role: "region",
      tabindex: "0",
      "aria-label": t("settings.thresholds"),
    },
    el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows)),
  );
}

/**
 * @param {string} name
 * @param {Record<string, Policy>} presets
 * @param {Thresholds | undefined} own
 * @param {Entries} entries
 */
function row(name, presets, own, entries) {
  const attribute = named("attribute", name);
  /** @type {Thresholds} */
  let usual = { flag: null, hold: null };
  /**
   * @param {number | null | undefined} value
   * @param {number} digits
   */
  const shown = (value, digits) =>
    value === null || value === undefined ? "" : String(Number(value.toFixed(digits)));
  const box = el("input", {
    type: "checkbox",
    checked: own !== undefined,
    "aria-label": t("threshold.own_label", { attribute }),
  });
  const message = el("p", { class: "form-problem", id: `threshold-${name}` });
  const inputs = KINDS.map((kind) =>
    el("input", {
      type: "number",
      min: "0",
      max: "1",
      step: "any",
      value: own ? shown(own[kind], 4) : "",
      disabled: own === undefined,
      placeholder: t("threshold.never"),
      "aria-label": t(`threshold.${kind}_label`, { attribute }),
      "aria-describedby": message.id,
    }),
  );
  const showUsual = () => {
    if (box.checked) return;
    for (const [index, input] of inputs.entries()) {
      input.value = shown(usual[KINDS[index]], 2);
    }
  };
  entries.followers.push(() => {
    usual = presets[entries.preset]?.thresholds?.[name] ?? { flag: null, hold: null };
    showUsual();
  });
  const entered = () => inputs.map(({ value }) => (value === "" ? null : Number(value)));
  const compare = () => {
    const [flag, hold] = entered();
    const wrong = box.checked && flag !== null && hold !== null && flag > hold;
    message.textContent = wrong ? t("error.contradicting-thresholds") : "";
    for (const input of inputs) {
      if (wrong) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  };
  for (const input of inputs) input.addEventListener("input", compare);
  box.addEventListener("change", () => {
    for (const input of inputs) input.disabled = !box.checked;
    showUsual();
    compare();
  });
  for (const [index, kind] of KINDS.entries()) {
    entries.places.set(`/policy/thresholds/${name}/${kind}`, inputs[index]);
  }
  entries.parts.push(({ policy }) => {
    if (!box.checked) return;
    const [flag, hold] = entered();
    policy.thresholds[name] = { flag, hold };
  });
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, attribute),
    el("td", {}, box),
    inputs.map((input, index) => el("td", {}, input, index ? message : null)),
  );
}
