/** The script that a page loads: defines the two elements, once. */

import { RejoinderCount } from "./count-element.js";
import { RejoinderThread } from "./thread-element.js";

if (!customElements.get("rejoinder-thread")) {
  customElements.define("rejoinder-thread", RejoinderThread);
  customElements.define("rejoinder-count", RejoinderCount);
}
