// Not a file: `moderation/widget` makes it of the style sheets and the messages when it joins.

import type { Messages } from "../../web/api.js";

/** The style sheets of the widget. */
export const CSS: string;
/** The English messages. */
export const ENGLISH: Messages;
/** The languages that have messages, as ISO 639 codes. */
export const LANGUAGES: string[];
