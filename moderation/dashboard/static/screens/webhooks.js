/** Who else is told of what happens on the site, and what did not reach them; for its admins. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { link } from "../core/components.js";
import { dialog, errorMessage, itemMessage, showError, toast } from "../core/dialogs.js";
import { button, complain, field, keepingFocus } from "../core/dom.js";
import { ago, list, named, t } from "../core/i18n.js";
import { showSecret } from "../core/secret.js";

/** @import { Undelivered, Webhook, Webhooks } from "../../../web/api.js" */
/** @import { Screen } from "./screen.js" */

const ALL = "*";
// What a chat is asked for most: few want a line for each comment.
const USUAL = ["comment.held", "report.created"];

/** @implements {Screen} */
export class WebhooksScreen {
  #list = el("section", { class: "webhooks" });
  #undelivered = el("section", { class: "card" });
  /** @type {Webhook[]} */
  #webhooks = [];
  #form = el("section", { class: "card" });
  node = el(
    "div",
    { class: "page" },
    el("h1", {}, t("webhooks.title")),
    el("p", { class: "lead" }, t("webhooks.text")),
    this.#list,
    this.#form,
    this.#undelivered,
    el("p", {}, link("settings", {}, t("webhooks.back"))),
  );

  get title() {
    return t("webhooks.title");
  }

  async show() {
    this.#undelivered.hidden = true;
    try {
      const found = await this.#read();
      this.#drawForm(found);
      await this.#readUndelivered();
    } catch (error) {
      showError(error);
    }
  }

  async #read() {
    /** @type {Webhooks} */
    const found = await request("GET", "/webhooks");
    this.#webhooks = found.webhooks;
    keepingFocus(this.#list, () => {
      fill(
        this.#list,
        found.webhooks.length
          ? found.webhooks.map((webhook) => this.#entry(webhook))
          : el("p", { class: "card hint" }, t("webhooks.none")),
      );
    });
    return found;
  }

  /**
   * Do something to a webhook, then show how it is.
   *
   * @param {() => Promise<unknown>} run
   * @param {string} [done]
   */
  async #change(run, done) {
    try {
      await run();
      await this.#read();
      if (done) toast(done);
    } catch (error) {
      showError(error);
    }
  }

  /** @param {Webhook} webhook */
  #entry(webhook) {
    const path = `/webhooks/${webhook.id}`;
    const name = webhook.name || host(webhook.url);
    /**
     * @param {string} word
     * @param {() => unknown} run
     */
    const action = (word, run) =>
      button(t(`webhook.${word}`), run, {
        "aria-label": t("webhook.of", { what: t(`webhook.${word}`), name }),
      });
    return el(
      "article",
      { class: "card webhook", data: { key: webhook.id } },
      el(
        "div",
        { class: "page-head" },
        el("h2", {}, el("bdi", {}, name)),
        el(
          "span",
          { class: `badge ${webhook.active ? "status-published" : "status-rejected"}` },
          t(webhook.active ? "webhook.is_on" : `webhook.off.${webhook.off}`),
        ),
      ),
      el("p", { class: "webhook-address" }, el("bdi", { dir: "ltr" }, webhook.url)),
      el(
        "p",
        { class: "hint" },
        t("webhook.told", {
          format: named("format", webhook.format),
          events: webhook.events.includes(ALL)
            ? t("webhook.everything")
            : list(webhook.events.map((event) => named("event", event))),
        }),
      ),
      el("p", { class: "hint webhook-state" }, this.#state(webhook)),
      webhook.error ? el("p", { class: "form-problem" }, webhook.error) : null,
      el(
        "div",
        { class: "webhook-actions" },
        action("test", () =>
          this.#change(() => request("POST", `${path}/test`), t("webhook.tested")),
        ),
        action(webhook.active ? "switch_off" : "switch_on", () =>
          this.#change(() => request("PATCH", path, { body: { active: !webhook.active } })),
        ),
        action("rotate", () => this.#rotate(webhook, name)),
        action("remove", () => this.#remove(webhook, name)),
      ),
    );
  }

  /** @param {Webhook} webhook */
  #state({ waiting, delivered, failed }) {
    return [
      delivered ? [t("webhook.delivered"), " ", ago(delivered), ". "] : [t("webhook.never"), " "],
      failed ? [t("webhook.failed"), " ", ago(failed), ". "] : [],
      waiting ? [t("webhook.waiting", { count: waiting })] : [],
    ];
  }

  /**
   * @param {Webhook} webhook
   * @param {string} name
   */
  async #rotate(webhook, name) {
    const answer = await dialog({
      title: t("webhook.rotate_title", { name }),
      body: el("p", {}, t("webhook.rotate_text")),
      actions: [
        { label: t("dialog.cancel"), value: "cancel" },
        { label: t("webhook.rotate"), value: "rotate", style: "primary" },
      ],
    });
    if (answer !== "rotate") return;
    try {
      const { secret } = await request("POST", `/webhooks/${webhook.id}/secret`);
      await showWebhookSecret(secret);
    } catch (error) {
      showError(error);
    }
  }

  /**
   * @param {Webhook} webhook
   * @param {string} name
   */
  async #remove(webhook, name) {
    const answer = await dialog({
      title: t("webhook.remove_title", { name }),
      body: el("p", {}, t("webhook.remove_text")),
      actions: [
        { label: t("dialog.cancel"), value: "cancel" },
        { label: t("webhook.remove"), value: "remove", style: "danger" },
      ],
    });
    if (answer !== "remove") return;
    await this.#change(() => request("DELETE", `/webhooks/${webhook.id}`), t("webhook.removed"));
    this.#readUndelivered().catch(showError);
  }

  /** @param {Webhooks} found */
  #drawForm({ events, formats }) {
    const url = el("input", { type: "url", required: true, dir: "ltr", maxlength: "1000" });
    const name = el("input", { maxlength: "100" });
    const format = el(
      "select",
      {},
      formats.map((each) => el("option", { value: each }, named("format", each))),
    );
    const ticks = events.map((event) =>
      el("input", { type: "checkbox", value: event, checked: USUAL.includes(event) }),
    );
    const problem = el("p", { class: "form-problem", role: "alert" });
    const form = el(
      "form",
      {},
      field(t("webhooks.url"), url, t("webhooks.url_hint")),
      el(
        "div",
        { class: "pairs" },
        field(t("webhooks.format"), format),
        field(t("webhooks.name"), name),
      ),
      el(
        "fieldset",
        { class: "webhook-events" },
        el("legend", {}, t("webhooks.events")),
        ticks.map((tick) =>
          el("label", { class: "tick" }, tick, el("span", {}, named("event", tick.value))),
        ),
      ),
      problem,
      button(t("webhooks.add"), () => {}, { type: "submit", class: "primary" }),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      fill(problem);
      const chosen = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
      if (!chosen.length) {
        fill(problem, t("webhooks.no_event"));
        return;
      }
      try {
        const { secret } = await request("POST", "/webhooks", {
          body: {
            url: url.value.trim(),
            name: name.value,
            format: format.value,
            events: chosen.length === ticks.length ? [ALL] : chosen,
          },
        });
        const standard = format.value === "standard";
        form.reset();
        await this.#read();
        if (standard) await showWebhookSecret(secret);
        else toast(t("webhooks.added"));
      } catch (error) {
        const found = asProblem(error);
        const wrong = found.errors.find(({ where }) => where === "/url");
        if (wrong) complain(url, itemMessage(wrong));
        else if (["bad-target", "bad-url"].includes(found.code)) {
          complain(url, errorMessage(found));
        } else fill(problem, errorMessage(found));
        if (url.hasAttribute("aria-invalid")) url.focus();
      }
    });
    fill(this.#form, el("h2", {}, t("webhooks.new")), form);
  }

  /** @param {string | null} [cursor] what to go on after */
  async #readUndelivered(cursor = null) {
    /** @type {{ undelivered: Undelivered[], next_cursor: string | null }} */
    const page = await request("GET", "/webhooks/undelivered", {
      query: cursor ? { cursor } : {},
    });
    const rows = page.undelivered.map((each) => this.#undeliveredRow(each));
    const more = page.next_cursor
      ? button(t("webhooks.more"), () => {
          more?.remove();
          this.#readUndelivered(page.next_cursor).catch(showError);
        })
      : null;
    const place = cursor ? this.#undelivered.querySelector(".entries") : null;
    if (place) {
      place.append(...rows);
      if (more) this.#undelivered.append(more);
      return;
    }
    this.#undelivered.hidden = !rows.length;
    fill(
      this.#undelivered,
      el("h2", {}, t("webhooks.undelivered")),
      el("p", { class: "hint" }, t("webhooks.undelivered_text")),
      el("div", { class: "entries" }, rows),
      more,
    );
  }

  /** @param {Undelivered} each */
  #undeliveredRow(each) {
    const webhook = this.#webhooks.find(({ id }) => id === each.webhook);
    const name = webhook ? webhook.name || host(webhook.url) : each.webhook;
    const what = named("event", each.event);
    const row = el(
      "div",
      { class: "entry" },
      el(
        "div",
        { class: "entry-what" },
        el("p", {}, el("strong", {}, what), " → ", el("bdi", {}, name)),
        el("p", { class: "hint" }, each.reason),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(each.at),
        button(
          t("webhooks.replay"),
          async () => {
            try {
              await request("POST", `/webhooks/undelivered/${each.id}/replay`);
            } catch (error) {
              showError(error);
              return;
            }
            const next = row.nextElementSibling ?? row.previousElementSibling;
            row.remove();
            this.#undelivered.hidden = !this.#undelivered.querySelector(".entry");
            const following = next?.querySelector("button") ?? this.#form.querySelector("h2");
            if (following instanceof HTMLButtonElement) following.focus();
            await this.#change(async () => {}, t("webhooks.replayed"));
          },
          { "aria-label": t("webhooks.replay_this", { what, name }) },
        ),
      ),
    );
    return row;
  }
}

/** @param {string} url */
function host(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** @param {string} secret */
const showWebhookSecret = (secret) =>
  showSecret({
    title: t("webhooks.secret"),
    text: t("webhooks.secret_text"),
    label: t("webhooks.secret_label"),
    secret,
  });
