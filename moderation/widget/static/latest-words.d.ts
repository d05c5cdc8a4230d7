// Not a file: `moderation/widget` makes it of the messages when it joins.

/** The few words that are needed, by language. */
export const WORDS: Record<string, Record<string, string>>;
