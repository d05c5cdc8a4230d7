/** What the site publishes, flags and holds; for its admins. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { readSite, request } from "../core/api.js";
import { link } from "../core/components.js";
import {
  clearToasts,
  dialog,
  errorMessage,
  itemMessage,
  showError,
  toast,
} from "../core/dialogs.js";
import { button, card, complain, field } from "../core/dom.js";
import { named, number, score, t } from "../core/i18n.js";
import { isAdmin } from "../core/session.js";
import { Entries } from "./settings/entries.js";
import { helpFields } from "./settings/help.js";
import { languageField } from "./settings/language.js";
import { nudgeField } from "./settings/nudge.js";
import { RehearsalCard } from "./settings/rehearsal.js";
import { reservedNames } from "./settings/reserved-names.js";
import { thresholdTable } from "./settings/thresholds.js";

/** @import { Problem } from "../../../web/requests.js" */
/** @import { Policy, Site, SiteEvent } from "../../../web/api.js" */
/** @import { SiteChange } from "./settings/entries.js" */
/** @import { Screen } from "./screen.js" */

const PRESETS = ["relaxed", "balanced", "strict"];
const CHOICES = ["publish", "flag", "hold"];
const RULES = ["self_harm", "first_comment", "repeat", "unsupported_language", "scorer_down"];
const NUMBERS = [
  "max_links",
  "max_length",
  "edit_minutes",
  "max_depth",
  "close_after_days",
  "audit_rate",
  "premoderate_first",
  "held_expire_days",
];
// Numbers that may be none: no limit.
const OPTIONAL_NUMBERS = ["max_links", "close_after_days", "held_expire_days"];

// Of so many comments a share is told.
const SAMPLE = 1000;

/** @implements {Screen} */
export class SettingsScreen {
  #asking = false;
  #problem = el("p", { class: "form-problem", role: "alert" });
  #entries = new Entries();
  touched = false;
  node = el("div", { class: "page" });

  get title() {
    return t("settings.title");
  }

  async show() {
    try {
      this.#draw(await readSite());
    } catch (error) {
      showError(error);
    }
  }

  /** @param {SiteEvent[]} events */
  onEvents(events) {
    if (events.some(({ type }) => type === "site.changed") && !this.touched) this.show();
  }

  /** Ask whether what was changed and not saved may be lost. */
  async mayLeave() {
    if (this.#asking) return false;
    this.#asking = true;
    const answer = await dialog({
      title: t("settings.unsaved"),
      body: el("p", {}, t("settings.unsaved_text")),
      actions: [
        { label: t("settings.leave"), value: "leave", style: "danger" },
        { label: t("settings.stay"), value: "cancel", style: "primary" },
      ],
    });
    this.#asking = false;
    return answer === "leave";
  }

  /** @param {Site} site */
  #draw(site) {
    const { policy } = site;
    this.touched = false;
    this.#entries = new Entries();
    this.#entries.preset = policy.preset ?? "balanced";
    this.#entries.unsupported = String(policy.unsupported_language ?? "");
    fill(this.#problem);
    const rehearsal = new RehearsalCard(() =>
      form.checkValidity() && !form.querySelector("[aria-invalid=true]")
        ? this.#change(site).policy
        : null,
    );
    /** @type {HTMLFormElement} */
    const form = el(
      "form",
      {},
      el(
        "fieldset",
        // Who may not change them may read them.
        { class: "settings", disabled: !isAdmin() },
        card(
          t("settings.site"),
          this.#name(site),
          this.#origins(site),
          languageField(site, this.#entries),
        ),
        card(t("settings.preset"), this.#preset()),
        card(
          t("settings.thresholds"),
          hint("settings.thresholds_text"),
          thresholdTable(site, this.#entries),
        ),
        isAdmin() ? rehearsal.node : null,
        card(
          t("settings.rules"),
          pairs([
            ...RULES.map((rule) => this.#rule(rule, site)),
            this.#spam(site),
            this.#premoderation(site),
            this.#choice(policy, "raids", ["show", "hold", "off"], {
              prefix: "raids",
              said: t("setting.raids_hint"),
            }),
            this.#choice(policy, "proof", ["risen", "second", "off"], {
              prefix: "proof",
              said: t("setting.proof_hint"),
            }),
          ]),
        ),
        card(t("settings.words"), hint("settings.words_text"), pairs(this.#words(policy))),
        card(
          t("settings.limits"),
          pairs(NUMBERS.map((name) => this.#amount(name, site))),
          this.#votes(policy),
        ),
        card(t("settings.names"), reservedNames(policy, this.#entries)),
        card(t("settings.nudge"), nudgeField(policy, this.#entries)),
        card(t("settings.notices"), hint("settings.notices_text"), pairs(this.#notices(policy))),
        card(
          t("settings.help"),
          hint("settings.help_hint"),
          pairs(helpFields(site, this.#entries)),
        ),
      ),
      this.#problem,
      isAdmin()
        ? el(
            "div",
            { class: "form-actions" },
            button(t("settings.save"), () => {}, { type: "submit", class: "primary" }),
          )
        : null,
    );
    this.#entries.follow();
    form.addEventListener("input", () => {
      this.touched = true;
      rehearsal.changed();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(site);
    });
    fill(
      this.node,
      el("h1", {}, t("settings.title")),
      el("p", { class: "lead" }, t(isAdmin() ? "settings.text" : "settings.read_only")),
      form,
      isAdmin()
        ? card(
            t("webhooks.title"),
            hint("webhooks.text"),
            link("settings/webhooks", { class: "button" }, t("webhooks.open")),
          )
        : null,
    );
  }

  /** @param {Site} site */
  #name(site) {
    const input = el("input", { value: site.name, required: true, maxlength: "200" });
    this.#entries.parts.push((change) => {
      change.name = input.value.trim();
    });
    this.#entries.places.set("/name", input);
    return field(t("settings.name"), input);
  }

  /** @param {Site} site */
  #origins(site) {
    const input = el("textarea", {
      rows: "3",
      dir: "ltr",
      spellcheck: "false",
      required: true,
      value: site.origins.join("\n"),
    });
    this.#entries.parts.push((change) => {
      change.origins = lines(input.value);
    });
    this.#entries.places.set("/origins", input);
    return field(t("settings.origins"), input, t("settings.origins_hint"));
  }

  #preset() {
    const current = this.#entries.preset;
    const inputs = PRESETS.map((name) =>
      el("input", { type: "radio", name: "preset", value: name, checked: name === current }),
    );
    for (const input of inputs) {
      input.addEventListener("change", () => {
        this.#entries.preset = input.value;
        this.#entries.follow();
      });
    }
    this.#entries.parts.push((change) => {
      const chosen = this.#entries.preset;
      if (chosen !== current) change.policy.preset = chosen;
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

  /**
   * @param {string} name
   * @param {Site} site
   */
  #rule(name, { policy, presets }) {
    const current = String(policy[name] ?? "");
    const choices = CHOICES.includes(current) || current === "" ? CHOICES : [...CHOICES, current];
    const usual = el("option", { value: "", selected: true }, t("choice.preset"));
    this.#entries.followers.push(() => {
      if (name === "unsupported_language" && this.#entries.unread) {
        usual.textContent = t("choice.unread", { value: t("choice.publish") });
        return;
      }
      const choice = named("choice", String(presets[this.#entries.preset]?.[name] ?? ""));
      usual.textContent = t("choice.preset_is", { value: choice });
    });
    const select = el(
      "select",
      {},
      // What was chosen once stays a choice of the site's own: the service has no way back.
      current === "" ? usual : null,
      choices.map((choice) =>
        el("option", { value: choice, selected: choice === current }, t(`choice.${choice}`)),
      ),
    );
    this.#entries.parts.push(({ policy: sent }) => {
      if (select.value) sent[name] = select.value;
    });
    if (name === "unsupported_language") {
      select.addEventListener("change", () => {
        this.#entries.unsupported = select.value;
        this.#entries.follow();
      });
    }
    this.#entries.places.set(`/policy/${name}`, select);
    return field(t(`setting.${name}`), select, t(`setting.${name}_hint`));
  }

  /** @param {Site} site */
  #spam({ policy, spam_refusal: refusal }) {
    const said = refusal
      ? t("setting.spam_hint", {
          threshold: score(refusal.threshold),
          count: Math.round(refusal.clean_share * SAMPLE),
          of: number(SAMPLE),
        })
      : t("setting.spam_unmeasured");
    const choices = refusal || policy.spam === "reject" ? ["hold", "reject"] : ["hold"];
    return this.#choice(policy, "spam", choices, { said });
  }

  /** @param {Site} site */
  #premoderation({ policy }) {
    return this.#choice(policy, "premoderate", ["none", "first", "links", "all"], {
      prefix: "premoderate",
      said: t("setting.premoderate_hint"),
    });
  }

  /**
   * A setting of which the first choice is the usual one, whatever the preset.
   *
   * @param {Policy} policy
   * @param {string} name
   * @param {string[]} choices
   * @param {{ said: string, prefix?: string }} words
   */
  #choice(policy, name, choices, { said, prefix = "choice" }) {
    const current = String(policy[name] ?? choices[0]);
    const select = el(
      "select",
      {},
      choices.map((choice) =>
        el("option", { value: choice, selected: choice === current }, t(`${prefix}.${choice}`)),
      ),
    );
    this.#entries.parts.push(({ policy: sent }) => {
      if (select.value !== current) sent[name] = select.value;
    });
    this.#entries.places.set(`/policy/${name}`, select);
    return field(t(`setting.${name}`), select, said);
  }

  /** @param {Policy} policy */
  #words(policy) {
    return ["hold", "flag"].map((kind) => {
      const listed = policy.words?.[/** @type {"hold" | "flag"} */ (kind)] ?? [];
      const input = el("textarea", {
        rows: "4",
        dir: "auto",
        spellcheck: "false",
        value: listed.join("\n"),
      });
      this.#entries.parts.push(({ policy: sent }) => {
        sent.words[kind] = lines(input.value);
      });
      this.#entries.places.set(`/policy/words/${kind}`, input);
      return field(t(`settings.words_${kind}`), input);
    });
  }

  /**
   * @param {string} name
   * @param {Site} site
   */
  #amount(name, { policy, presets, ranges }) {
    const { min, max } = ranges[name];
    // A share, else a count.
    const step = max === 1 ? 0.001 : 1;
    const current = policy[name];
    const input = el("input", {
      type: "number",
      min: String(min),
      max: String(max),
      step: String(step),
      value: current ?? "",
      placeholder: current === undefined ? t("choice.preset") : t("threshold.never"),
    });
    this.#entries.places.set(`/policy/${name}`, input);
    this.#entries.followers.push(() => {
      if (current !== undefined) return;
      const usual = presets[this.#entries.preset]?.[name];
      const value = typeof usual === "number" ? number(usual) : t("threshold.never");
      input.placeholder = t("choice.preset_is", { value });
    });
    this.#entries.parts.push(({ policy: sent }) => {
      if (input.value !== "") sent[name] = Number(input.value);
      else if (OPTIONAL_NUMBERS.includes(name) && current !== undefined) sent[name] = null;
    });
    return field(t(`setting.${name}`), input, t(`setting.${name}_hint`));
  }

  /** @param {Policy} policy */
  #votes(policy) {
    const input = el("input", { type: "checkbox", checked: policy.votes ?? true });
    this.#entries.parts.push(({ policy: sent }) => {
      if (input.checked !== (policy.votes ?? true)) sent.votes = input.checked;
    });
    return el("label", { class: "tick" }, input, el("span", {}, t("setting.votes")));
  }

  /** @param {Policy} policy */
  #notices(policy) {
    return ["held", "rejected"].map((status) => {
      const current = policy.notices?.[/** @type {"held" | "rejected"} */ (status)];
      const input = el("textarea", {
        rows: "2",
        dir: "auto",
        maxlength: "500",
        value: current ?? "",
        placeholder: t("choice.preset"),
      });
      this.#entries.parts.push(({ policy: sent }) => {
        const text = input.value.trim();
        if (text || current !== undefined) sent.notices[status] = text;
      });
      this.#entries.places.set(`/policy/notices/${status}`, input);
      return field(t(`settings.notice_${status}`), input);
    });
  }

  /**
   * What the form says.
   *
   * @param {Site} site
   */
  #change(site) {
    /** @type {SiteChange} */
    const change = {
      version: site.version,
      name: site.name,
      origins: site.origins,
      policy: { thresholds: {}, words: {}, notices: {} },
    };
    for (const part of this.#entries.parts) part(change);
    return change;
  }

  /** @param {Site} site */
  async #save(site) {
    const change = this.#change(site);
    fill(this.#problem);
    clearToasts();
    /** @type {HTMLElement | null} */
    const contradiction = this.node.querySelector(".threshold-table [aria-invalid=true]");
    if (contradiction) {
      contradiction.focus();
      return;
    }
    try {
      this.#draw(await request("PATCH", "", { body: change }));
      toast(t("settings.saved"));
    } catch (error) {
      this.#refused(asProblem(error));
    }
  }

  /** @param {Problem} problem */
  #refused(problem) {
    /** @type {HTMLElement[]} */
    const wrong = [];
    const elsewhere = problem.errors.filter((item) => {
      const place = [...this.#entries.places.keys()].find(
        (begin) => item.where === begin || item.where.startsWith(`${begin}/`),
      );
      const input = place && this.#entries.places.get(place);
      if (!input) return true;
      const line = /^\/(\d+)(?:\/|$)/.exec(item.where.slice(place.length))?.[1];
      const words = itemMessage(item);
      complain(input, line ? t("settings.line", { line: Number(line) + 1, words }) : words);
      wrong.push(input);
      return false;
    });
    if (wrong.length && !elsewhere.length) {
      wrong[0].focus();
      return;
    }
    const changed = problem.code === "changed";
    fill(this.#problem, changed ? t("settings.changed") : errorMessage(problem));
    this.#problem.scrollIntoView({ block: "center" });
  }
}

/** @param {string} key */
const hint = (key) => el("p", { class: "hint" }, t(key));

/** @param {HTMLElement[]} fields */
const pairs = (fields) => el("div", { class: "pairs" }, fields);

/** @param {string} text */
const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
