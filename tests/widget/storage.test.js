import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { beforeEach, test } from "node:test";
import { Draft } from "../../moderation/widget/static/draft.js";
import { OwnComments } from "../../moderation/widget/static/own-comments.js";
import { BrowserStorage } from "../../moderation/widget/static/storage.js";
import { MemoryStorage } from "./memory-storage.js";

/** @import { StoredComment } from "../../moderation/web/api.js" */

// Node 18 has none.
globalThis.crypto ??= /** @type {Crypto} */ (webcrypto);

let browser = new MemoryStorage();

beforeEach(() => {
  browser = new MemoryStorage();
  Object.defineProperty(globalThis, "localStorage", { value: browser, configurable: true });
});

const storage = () => new BrowserStorage("site:");

test("what is kept is there for the next page, under its own prefix", () => {
  storage().set("who", { name: "Ada" });
  assert.deepEqual(storage().get("who"), { name: "Ada" });
  assert.equal(new BrowserStorage("other:").get("who"), null);
  storage().set("who", null);
  assert.equal(browser.values.size, 0);
});

test("what the browser does not keep is kept for this page", () => {
  const kept = storage();
  kept.set("who", { name: "Ada" });
  browser.full = true;
  kept.set("who", { name: "Grace" });
  assert.deepEqual(kept.get("who"), { name: "Grace" });
  assert.deepEqual(storage().get("who"), { name: "Ada" });
});

test("what somebody else wrote there is nothing", () => {
  browser.setItem("site:who", "{torn");
  assert.equal(storage().get("who"), null);
});

test("the same text is sent with the same key, also after the page was left", () => {
  const draft = new Draft(storage(), "page");
  draft.save("So be it.");
  const key = draft.keyFor({ text: "So be it." });
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(draft.keyFor({ text: "So be it." }), key);
  const later = new Draft(storage(), "page");
  assert.equal(later.text, "So be it.");
  assert.equal(later.keyFor({ text: "So be it." }), key);
  assert.notEqual(later.keyFor({ text: "So be it not." }), key);
  assert.equal(new Draft(storage(), "other page").text, null);
});

test("what was sent leaves no draft, and its key is used up", () => {
  const draft = new Draft(storage(), "page");
  draft.save("So be it.");
  const key = draft.keyFor({ text: "So be it." });
  draft.clear();
  assert.equal(browser.values.size, 0);
  assert.notEqual(draft.keyFor({ text: "So be it." }), key);
});

test("an own comment is remembered with its token, and an edit keeps it", () => {
  const own = new OwnComments(storage());
  /** @type {StoredComment} */
  const comment = { id: "a", parent: null, status: "published" };
  own.remember({ ...comment, edit_token: "secret", edit_until: "2027-01-01T00:00:00Z" });
  own.remember(comment);
  const later = new OwnComments(storage());
  assert.deepEqual(later.get("a"), { token: "secret", until: "2027-01-01T00:00:00Z" });
  later.forget("a");
  assert.equal(new OwnComments(storage()).get("a"), undefined);
});

test("only the latest two hundred own comments are remembered", () => {
  const own = new OwnComments(storage());
  for (let n = 0; n <= 200; n += 1) {
    own.remember({ id: `c${n}`, parent: null, status: "held", edit_token: `t${n}` });
  }
  assert.equal(own.get("c0"), undefined);
  assert.equal(own.get("c1")?.token, "t1");
  assert.equal(own.get("c200")?.token, "t200");
});
