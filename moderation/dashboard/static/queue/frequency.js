/** Which of several things come most often. */

/**
 * Each of them once, the most frequent first.
 *
 * @param {string[]} names
 */
export function byFrequency(names) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}
