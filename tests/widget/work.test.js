/** The work for the service: what is found is what the service checks. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { work } from "../../moderation/widget/static/work.js";

for (const length of [1, 50, 55, 63, 64, 106, 119, 130]) {
  test(`the hashes of a challenge of ${length} characters begin with zeros`, async () => {
    const challenge = "a1.b".repeat(40).slice(0, length);
    const proof = await work({ challenge, parts: 3, bits: 9 });
    const [said, numbers] = String(proof).split("~");
    assert.equal(said, challenge);
    const found = numbers.split(".");
    assert.equal(found.length, 3);
    for (const [place, number] of found.entries()) {
      const hash = createHash("sha256").update(`${challenge}.${place}.${number}`).digest();
      assert.ok(hash.readUInt32BE(0) >>> (32 - 9) === 0);
    }
  });
}
