// Not a file: `moderation/widget` makes it of the style sheets and the messages when it joins.

/** The style sheets of the widget. */
export const CSS: string;
/** The English messages: each a text, or a text for each plural form. */
export const ENGLISH: Record<string, string | Record<string, string>>;
/** The languages that have messages, as ISO 639 codes. */
export const LANGUAGES: string[];
