/** A secret that is shown once, to be taken along. */

import { el, fill } from "../../../web/elements.js";
import { dialog } from "./dialogs.js";
import { button, field } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Show a secret, this once.
 *
 * @param {{ title: string, text: string, label: string, secret: string }} content
 */
export async function showSecret({ title, text, label, secret }) {
  const input = el("input", { readonly: true, value: secret, dir: "ltr", class: "secret" });
  const copied = el("span", { class: "hint", role: "status" });
  const copy = button(t("secret.copy"), async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(secret);
      fill(copied, t("secret.copied"));
    } catch {
      // It is selected: the keyboard copies it.
      fill(copied, t("secret.copy_by_hand"));
    }
  });
  await dialog({
    title,
    body: [el("p", {}, text), field(label, input), copy, copied],
    actions: [{ label: t("secret.kept"), value: "kept", style: "primary" }],
  });
}
