/**
 * Logging in by mail, and out again: a module of its own, since most readers never need it.
 *
 * The code is typed in where the mail was asked for; what was asked is remembered, since who reads
 * the mail on the same phone may find the page loaded anew.
 */

import { el } from "../../web/elements.js";
import { asProblem, request } from "../../web/requests.js";
import { WORDS } from "./login-words.js";

/** @import { Thread } from "./thread.js" */

const TIMEOUT = 15_000;
const MINUTE = 60_000;

/**
 * Ask for an address, then for the code; or, who is logged in, whether to log out.
 *
 * @param {Thread} thread
 * @param {HTMLFormElement} form the one with the reader's name and address
 * @param {(problem: import("../../web/requests.js").Problem) => string} explain
 */
export function login(thread, form, explain) {
  const { locale, service, root, frame, config } = thread;
  const { storage } = service;
  const language = locale.tag.split("-")[0].toLowerCase();
  const words = { ...WORDS.en, ...WORDS[language] };
  /**
   * @param {string} name
   * @param {Record<string, string | number>} [values]
   */
  const tell = (name, values = {}) =>
    words[name].replace(/\{(\w+)\}/g, (_, gap) => String(values[gap]));
  /**
   * @param {string} path
   * @param {object} body
   */
  const post = (path, body) =>
    request(`${config.base}/api/v1/sites/${encodeURIComponent(config.site)}/authors/login${path}`, {
      method: "POST",
      body,
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });

  const title = el("h3", { id: "dialog-title" });
  const text = el("p", { id: "dialog-text" });
  const fields = el("div", { class: "field" });
  const failure = el("p", { class: "failure", role: "alert", hidden: true });
  const cancel = el("button", { type: "button" }, locale.say("dialog.cancel"));
  const other = el("button", { type: "button" }, tell("again"));
  const submit = el("button", { type: "submit", class: "primary" });
  const asking = el(
    "form",
    { novalidate: true },
    title,
    text,
    fields,
    failure,
    el("div", { class: "buttons" }, cancel, other, submit),
  );
  const dialog = el(
    "dialog",
    { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
    asking,
  );
  /** What the form does when it is sent.
   * @type {() => Promise<void>} */
  let act = async () => {};

  /**
   * @param {string} name of the words
   * @param {Record<string, string | number>} values
   * @param {HTMLInputElement | null} input
   * @param {() => Promise<void>} sent
   */
  function step(name, values, input, sent) {
    title.textContent = tell(`${name}.title`);
    text.textContent = tell(`${name}.text`, values);
    submit.textContent = tell(`${name}.send`);
    other.hidden = name !== "code";
    failure.hidden = true;
    fields.replaceChildren();
    if (input) {
      input.id = "login-field";
      input.setAttribute("aria-describedby", "dialog-text");
      fields.append(el("label", { for: input.id }, tell(`${name}.field`)), input);
    }
    act = sent;
    input?.focus();
  }

  /** @param {string} typed */
  function askAddress(typed) {
    const input = el("input", { type: "email", name: "email", autocomplete: "email", dir: "ltr" });
    input.value = typed;
    step("mail", {}, input, async () => {
      const email = input.value.trim();
      const { minutes } = await post("", { email });
      storage.set("login", { email, until: Date.now() + 2 * minutes * MINUTE });
      askCode(email);
    });
  }

  /** @param {string} email */
  function askCode(email) {
    const input = el("input", {
      type: "text",
      name: "code",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: "20",
      dir: "ltr",
    });
    // Whichever way the sentence runs, an address runs from left to right.
    step("code", { email: `\u2066${email}\u2069` }, input, async () => {
      const { id, token, name, website } = await post("/code", { email, code: input.value.trim() });
      storage.set("author", { id, token, mail: true });
      await become({ name, website, email }, "done.in");
    });
    other.onclick = () => askAddress(email);
  }

  function askOut() {
    step("out", {}, null, async () => {
      storage.set("author", null);
      for (const id of Object.keys(storage.get("edits") || {})) thread.own.forget(id);
      await become(null, "done.out");
    });
  }

  /**
   * Show the thread as another author has it.
   *
   * @param {{ name: string, website: string, email: string } | null} who
   * @param {string} done
   */
  async function become(who, done) {
    storage.set("login", null);
    storage.set("who", who);
    for (const [name, value] of Object.entries(who ?? { name: "", website: "", email: "" })) {
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
    }
    const voted = Object.keys(thread.votes);
    thread.votes = {};
    thread.measure = undefined;
    for (const view of [...thread.views.values()]) if (view.waiting) thread.drop(view);
    await thread.contributions.load();
    thread.show();
    for (const id of voted) thread.views.get(id)?.showVotes();
    for (const view of thread.views.values()) view.update({});
    dialog.close();
    frame.announce(tell(done), { visible: true });
  }

  const opener = root.activeElement;
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    else frame.heading.focus();
  });
  asking.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled")) return;
    submit.setAttribute("aria-disabled", "true");
    failure.hidden = true;
    const input = fields.querySelector("input");
    try {
      await act();
    } catch (error) {
      const problem = asProblem(error);
      failure.textContent = explain(Object.assign(problem, problem.errors[0]));
      failure.hidden = false;
      input?.setAttribute("aria-invalid", "true");
      input?.focus();
    }
    submit.removeAttribute("aria-disabled");
  });

  const { email, until } = storage.get("login") ?? {};
  if (service.author?.mail) askOut();
  else if (until > Date.now()) askCode(email);
  else {
    const typed = form.elements.namedItem("email");
    askAddress(typed instanceof HTMLInputElement ? typed.value : "");
  }
  frame.element.append(dialog);
  dialog.showModal();
  fields.querySelector("input")?.focus();
}
