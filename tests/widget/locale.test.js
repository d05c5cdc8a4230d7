import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Locale } from "../../moderation/widget/static/locale.js";

const STATIC = new URL("../../moderation/widget/static/", import.meta.url);

/** @param {string} language */
const messages = (language) =>
  JSON.parse(readFileSync(new URL(`messages/${language}.json`, STATIC), "utf8"));

test("the plural forms are the language's own", () => {
  const arabic = new Locale("ar", messages("ar"));
  const said = [1, 2, 3, 11].map((count) => arabic.say("thread.count", { count }));
  assert.equal(new Set(said).size, 4);
  assert.equal(arabic.direction, "rtl");
  const german = new Locale("de-AT", messages("de"));
  assert.equal(german.say("thread.count", { count: 1 }), "1 Kommentar");
  assert.equal(german.direction, "ltr");
});

test("a time of this minute is just now, and so is one that the clocks disagree about", () => {
  const english = new Locale("en", messages("en"));
  assert.equal(english.relative(new Date(Date.now() - 59_000)), "just now");
  assert.equal(english.relative(new Date(Date.now() + 90_000)), "just now");
  assert.equal(english.relative(new Date(Date.now() - 125_000)), "2 minutes ago");
});

test("every message that the widget says is there, and none is there for nothing", () => {
  const there = Object.keys(messages("en"));
  const code = readdirSync(STATIC)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(new URL(name, STATIC), "utf8"))
    .join("\n");
  const named = new Set([...code.matchAll(/"([a-z]+\.[\w-]+)"/g)].map(([, key]) => key));
  // Those whose last part is a name that comes from elsewhere: `status.${status}`.
  const begun = [...code.matchAll(/`([a-z]+\.)\$\{/g)].map(([, start]) => start);
  const unused = there.filter((key) => !named.has(key) && !begun.some((b) => key.startsWith(b)));
  assert.deepEqual(unused, []);
  const said = [...code.matchAll(/\bsay\(\s*"([^"]+)"/g)].map(([, key]) => key);
  assert.ok(said.length > 30);
  // Said only in a language that has it: in English the service's own sentence stands.
  const elsewhere = said.filter((key) => !there.includes(key));
  assert.deepEqual(elsewhere, ["help"]);
  assert.ok(elsewhere.every((key) => code.includes(`locale.has("${key}")`)));
});
