// Not a file: `moderation/widget` makes it of the messages when it joins.

/** What is said when somebody logs in or out, by language. */
export const WORDS: Record<string, Record<string, string>>;
