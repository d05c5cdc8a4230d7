/**
 * The work that the service asks a browser for where many comments come at once: numbers whose hash
 * begins with zero bits. A module of its own, since most readers never need it.
 *
 * It is done on the page's own thread, since a page's policy may allow no worker, and in slices, so
 * that nothing stands still. The hash is written out here: the browser's own answers later for each.
 */

/** @import { ProofAsked } from "../../web/api.js" */

const SLICE_MS = 10;
const BLOCK = 64;

const primes = /** @type {number[]} */ ([]);
for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
/** @param {number} root */
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUNDS = primes.map((p) => fraction(Math.cbrt(p)));
const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
const words = new Int32Array(64);

/**
 * Take one block of 64 characters, of one byte each, into a state of SHA-256.
 *
 * @param {number[]} state
 * @param {string} block
 */
function compress(state, block) {
  for (let i = 0; i < 16; i += 1) {
    words[i] =
      (block.charCodeAt(4 * i) << 24) |
      (block.charCodeAt(4 * i + 1) << 16) |
      (block.charCodeAt(4 * i + 2) << 8) |
      block.charCodeAt(4 * i + 3);
  }
  for (let i = 16; i < 64; i += 1) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]) | 0);
}

/**
 * What follows a text whose first characters are in a state already: the rest, with its end.
 *
 * @param {string} rest
 * @param {number} length of the whole text
 */
function padded(rest, length) {
  const zeros = (2 * BLOCK - 9 - (rest.length % BLOCK)) % BLOCK;
  const bits = 8 * length;
  const end = [24, 16, 8, 0].map((by) => String.fromCharCode((bits >>> by) & 255)).join("");
  return `${rest}\x80${"\0".repeat(zeros + 4)}${end}`;
}

/**
 * Find the numbers that the service asks for.
 *
 * @param {ProofAsked} asked
 */
export async function work({ challenge, parts, bits }) {
  const whole = challenge.length - (challenge.length % BLOCK);
  let state = START;
  for (let i = 0; i < whole; i += BLOCK) state = compress(state, challenge.slice(i, i + BLOCK));
  const numbers = [];
  let pause = performance.now() + SLICE_MS;
  for (let place = 0; place < parts; place += 1) {
    const begin = `${challenge.slice(whole)}.${place}.`;
    for (let number = 0; ; number += 1) {
      const rest = padded(begin + number, whole + begin.length + String(number).length);
      let found = state;
      for (let i = 0; i < rest.length; i += BLOCK)
        found = compress(found, rest.slice(i, i + BLOCK));
      if (found[0] >>> (32 - bits) === 0) {
        numbers.push(number);
        break;
      }
      if (number % 64 === 0 && performance.now() > pause) {
        await new Promise((resolve) => setTimeout(resolve));
        pause = performance.now() + SLICE_MS;
      }
    }
  }
  return `${challenge}~${numbers.join(".")}`;
}
