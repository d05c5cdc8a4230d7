import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Problem, asProblem, request, retry } from "../../moderation/web/requests.js";

// Node 18 has none.
globalThis.navigator ??= /** @type {Navigator} */ ({ onLine: true });

/** @type {Record<string, [number, string, Record<string, string>?]>} */
const ANSWERS = {
  "/good": [200, '{"a":1}'],
  "/empty": [204, ""],
  "/refused": [422, '{"code":"foreign-url","detail":"Not yours.","errors":[{"where":"/url"}]}'],
  "/busy": [429, "{}", { "Retry-After": "12" }],
  "/proxy": [502, "<html>"],
  "/torn": [200, '{"a":'],
};

let base = "";
/** @type {{ method?: string, body: string, type?: string }[]} */
const seen = [];
const server = createServer(async (received, answer) => {
  let body = "";
  for await (const part of received) body += part;
  seen.push({ method: received.method, body, type: received.headers["content-type"] });
  const [status, text, headers] = ANSWERS[received.url ?? ""];
  answer.writeHead(status, headers).end(text);
});

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  base = `http://127.0.0.1:${address.port}`;
});
after(() => server.close());

/**
 * @param {string} url
 * @returns {Promise<Problem>}
 */
const problemOf = (url) => request(url).then(() => assert.fail("succeeded"), asProblem);

test("the answer's JSON is given, or null where there is none", async () => {
  assert.deepEqual(await request(`${base}/good`), { a: 1 });
  assert.equal(await request(`${base}/empty`), null);
});

test("a body is sent as JSON, and no body as nothing", async () => {
  await request(`${base}/good`, { method: "POST", body: { text: "é" } });
  assert.deepEqual(seen.at(-1), {
    method: "POST",
    body: '{"text":"é"}',
    type: "application/json",
  });
  await request(`${base}/good`);
  assert.deepEqual(seen.at(-1), { method: "GET", body: "", type: undefined });
});

test("a refusal says why and what it is about", async () => {
  const problem = await problemOf(`${base}/refused`);
  assert.equal(problem.message, "Not yours.");
  assert.equal(problem.code, "foreign-url");
  assert.equal(problem.kind, "refused");
  assert.deepEqual(problem.errors, [{ where: "/url" }]);
  assert.equal((await problemOf(`${base}/busy`)).retryAfter, 12);
});

test("of what is not an answer of the service's it is unknown whether it was done", async () => {
  const proxy = await problemOf(`${base}/proxy`);
  assert.deepEqual([proxy.status, proxy.code, proxy.kind], [502, "unreadable", "down"]);
  const torn = await problemOf(`${base}/torn`);
  assert.deepEqual([torn.status, torn.code, torn.kind], [502, "unreadable", "down"]);
  const none = await problemOf("http://127.0.0.1:9");
  assert.deepEqual([none.status, none.code, none.kind], [0, "offline", "down"]);
});

test("a request is tried until it succeeds or no pause is given", async () => {
  let sent = 0;
  const send = async () => {
    sent += 1;
    if (sent < 3) throw new Problem(503);
    return "done";
  };
  assert.equal(await retry(send, () => 0), "done");
  assert.equal(sent, 3);
  sent = 0;
  const twice = retry(send, (problem, tried) => (tried < 2 ? 0 : null));
  await assert.rejects(twice, { status: 503 });
  assert.equal(sent, 2);
});

test("a defect is no problem", async () => {
  const send = async () => {
    throw new TypeError("ours");
  };
  await assert.rejects(
    retry(send, () => 0),
    TypeError,
  );
});
