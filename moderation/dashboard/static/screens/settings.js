/** What the site publishes, flags and holds; for its admins. */

import { complain, dialog, inWords, toast } from "../core/dialogs.js";
import { button, el, field, fill } from "../core/dom.js";
import { ask, readSettings } from "../core/service.js";
import { named, t } from "../core/i18n.js";

const PRESETS = ["relaxed", "balanced", "strict"];
const CHOICES = ["publish", "flag", "hold"];
const RULES = ["first_comment", "repeat", "unsupported_language", "scorer_down"];
const NUMBERS = {
  max_links: { min: 0, max: 1000 },
  max_length: { min: 1, max: 50_000 },
  edit_minutes: { min: 0, max: 525_600 },
  max_depth: { min: 0, max: 20 },
  close_after_days: { min: 1, max: 36_500 },
  audit_rate: { min: 0, max: 1, step: 0.001 },
};

export class SettingsScreen {
  constructor() {
    // Is there something to lose?
    this.touched = false;
    this.asking = false;
    this.node = el("div", { class: "page" });
  }

  get title() {
    return t("settings.title");
  }

  async show() {
    try {
      this.site = await readSettings();
      this.draw();
    } catch (problem) {
      complain(problem);
    }
  }

  heard(events) {
    if (events.some(({ type }) => type === "site.changed") && !this.touched) this.show();
  }

  /** Ask whether what was changed and not saved may be lost. */
  async mayLeave() {
    if (this.asking) return false;
    this.asking = true;
    const answer = await dialog({
      title: t("settings.unsaved"),
      body: el("p", {}, t("settings.unsaved_text")),
      actions: [
        { label: t("settings.leave"), value: "leave", style: "danger" },
        { label: t("settings.stay"), value: "cancel", style: "primary" },
      ],
    });
    this.asking = false;
    return answer === "leave";
  }

  draw() {
    this.touched = false;
    const { policy } = this.site;
    // Each entry puts its part into the body that is sent.
    this.parts = [];
    this.problem = el("p", { class: "form-problem", role: "alert" });
    const form = el(
      "form",
      {
        on: {
          input: () => {
            this.touched = true;
          },
        },
      },
      this.section("settings.site", this.name(), this.origins()),
      this.section("settings.preset", this.preset(policy)),
      this.section(
        "settings.thresholds",
        el("p", { class: "hint" }, t("settings.thresholds_text")),
        this.thresholds(policy),
      ),
      this.section("settings.rules", this.pairs(RULES.map((rule) => this.rule(rule, policy)))),
      this.section(
        "settings.words",
        el("p", { class: "hint" }, t("settings.words_text")),
        this.pairs(this.words(policy)),
      ),
      this.section(
        "settings.limits",
        this.pairs(
          Object.entries(NUMBERS).map(([name, range]) => this.amount(name, range, policy)),
        ),
        this.votes(policy),
      ),
      this.section(
        "settings.notices",
        el("p", { class: "hint" }, t("settings.notices_text")),
        this.pairs(this.notices(policy)),
      ),
      this.problem,
      el(
        "div",
        { class: "form-actions" },
        button(t("settings.save"), () => {}, { type: "submit", class: "primary" }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    fill(
      this.node,
      el("h1", {}, t("settings.title")),
      el("p", { class: "lead" }, t("settings.text")),
      form,
    );
  }

  section(key, ...content) {
    return el("section", { class: "card" }, el("h2", {}, t(key)), ...content);
  }

  pairs(fields) {
    return el("div", { class: "pairs" }, fields);
  }

  name() {
    const input = el("input", { value: this.site.name, required: true, maxlength: "200" });
    this.parts.push((body) => {
      body.name = input.value.trim();
    });
    return field(t("settings.name"), input);
  }

  origins() {
    const input = el("textarea", {
      rows: "3",
      dir: "ltr",
      spellcheck: "false",
      required: true,
      value: this.site.origins.join("\n"),
    });
    this.parts.push((body) => {
      body.origins = lines(input.value);
    });
    return field(t("settings.origins"), input, t("settings.origins_hint"));
  }

  preset(policy) {
    const current = policy.preset ?? "balanced";
    const inputs = PRESETS.map((name) =>
      el("input", { type: "radio", name: "preset", value: name, checked: name === current }),
    );
    this.parts.push((body) => {
      body.policy.preset = inputs.find((input) => input.checked).value;
    });
    return el(
      "fieldset",
      { class: "presets" },
      el("legend", { class: "sr-only" }, t("settings.preset")),
      PRESETS.map((name, index) =>
        el(
          "label",
          { class: "preset" },
          inputs[index],
          el(
            "span",
            {},
            el("strong", {}, t(`preset.${name}`)),
            el("span", { class: "hint" }, t(`preset.${name}_text`)),
          ),
        ),
      ),
    );
  }

  thresholds(policy) {
    const own = policy.thresholds ?? {};
    const rows = Object.entries(this.site.effective).map(([name, effective]) =>
      this.threshold(name, effective, own[name]),
    );
    if (!rows.length) return el("p", { class: "hint" }, t("settings.no_attributes"));
    return el(
      "div",
      {
        class: "threshold-table",
        role: "region",
        tabindex: "0",
        "aria-label": t("settings.thresholds"),
      },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["attribute", "own", "flag", "hold"].map((name) =>
              el("th", { scope: "col" }, t(`threshold.${name}`)),
            ),
          ),
        ),
        el("tbody", {}, rows),
      ),
    );
  }

  threshold(name, effective, own) {
    const attribute = named("attribute", name);
    const shown = (value) => (value === null ? "" : String(Number(value.toFixed(4))));
    const box = el("input", {
      type: "checkbox",
      checked: own !== undefined,
      "aria-label": t("threshold.own_label", { attribute }),
    });
    const inputs = Object.fromEntries(
      ["flag", "hold"].map((kind) => [
        kind,
        el("input", {
          type: "number",
          min: "0",
          max: "1",
          step: "any",
          value: shown((own ?? effective)[kind] ?? null),
          disabled: own === undefined,
          placeholder: t("threshold.never"),
          "aria-label": t(`threshold.${kind}_label`, { attribute }),
        }),
      ]),
    );
    box.addEventListener("change", () => {
      for (const [kind, input] of Object.entries(inputs)) {
        input.disabled = !box.checked;
        if (!box.checked) input.value = shown(effective[kind]);
      }
    });
    const value = (input) => (input.value === "" ? null : Number(input.value));
    this.parts.push(({ policy }) => {
      if (box.checked)
        policy.thresholds[name] = { flag: value(inputs.flag), hold: value(inputs.hold) };
    });
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, attribute),
      el("td", {}, box),
      el("td", {}, inputs.flag),
      el("td", {}, inputs.hold),
    );
  }

  rule(name, policy) {
    const current = policy[name] ?? "";
    const choices = CHOICES.includes(current) || current === "" ? CHOICES : [...CHOICES, current];
    const select = el(
      "select",
      {},
      // What was chosen once stays a choice of the site's own: the service has no way back.
      current === "" ? el("option", { value: "", selected: true }, t("choice.preset")) : null,
      choices.map((choice) =>
        el("option", { value: choice, selected: choice === current }, t(`choice.${choice}`)),
      ),
    );
    this.parts.push(({ policy: sent }) => {
      if (select.value) sent[name] = select.value;
    });
    return field(t(`setting.${name}`), select, t(`setting.${name}_hint`));
  }

  words(policy) {
    return ["hold", "flag"].map((kind) => {
      const input = el("textarea", {
        rows: "4",
        dir: "auto",
        spellcheck: "false",
        value: (policy.words?.[kind] ?? []).join("\n"),
      });
      this.parts.push(({ policy: sent }) => {
        sent.words[kind] = lines(input.value);
      });
      return field(t(`settings.words_${kind}`), input);
    });
  }

  amount(name, { min, max, step = 1 }, policy) {
    const nullable = ["max_links", "close_after_days"].includes(name);
    const current = policy[name];
    const input = el("input", {
      type: "number",
      min: String(min),
      max: String(max),
      step: String(step),
      value: current ?? "",
      placeholder: current === undefined ? t("choice.preset") : t("threshold.never"),
    });
    this.parts.push(({ policy: sent }) => {
      if (input.value !== "") sent[name] = Number(input.value);
      else if (nullable && current !== undefined) sent[name] = null;
    });
    return field(t(`setting.${name}`), input, t(`setting.${name}_hint`));
  }

  votes(policy) {
    const input = el("input", { type: "checkbox", checked: policy.votes ?? true });
    this.parts.push(({ policy: sent }) => {
      sent.votes = input.checked;
    });
    return el("label", { class: "tick" }, input, el("span", {}, t("setting.votes")));
  }

  notices(policy) {
    return ["held", "rejected"].map((status) => {
      const input = el("textarea", {
        rows: "2",
        dir: "auto",
        maxlength: "500",
        value: policy.notices?.[status] ?? "",
        placeholder: t("choice.preset"),
      });
      this.parts.push(({ policy: sent }) => {
        if (input.value.trim() || policy.notices?.[status] !== undefined)
          sent.notices[status] = input.value.trim();
      });
      return field(t(`settings.notice_${status}`), input);
    });
  }

  async save() {
    const body = { version: this.site.version, policy: { thresholds: {}, words: {}, notices: {} } };
    for (const part of this.parts) part(body);
    fill(this.problem);
    try {
      this.site = await ask("PATCH", "", { body });
      this.draw();
      toast(t("settings.saved"));
    } catch (problem) {
      if (problem.code === undefined) throw problem;
      fill(this.problem, problem.code === "changed" ? t("settings.changed") : inWords(problem));
      this.problem.scrollIntoView({ block: "center" });
    }
  }
}

const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
