// Not a file: `moderation/widget` makes it of the messages when it joins.

/** What is said around a text that is shown once more, by language. */
export const WORDS: Record<string, Record<string, string>>;
