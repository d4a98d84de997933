// Dialogs: one is shown until it is closed, and one asks before something is lost.

import { h } from "./dom.js";

/**
 * Shows a dialog, and takes it away when it is closed.
 *
 * @param {HTMLDialogElement} dialog
 */
export function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
}

/**
 * Asks a question, and waits for the answer.
 *
 * @param {string} question
 * @param {string} more what happens after a yes
 * @param {string} yes
 * @param {string} no
 * @returns {Promise<boolean>}
 */
export function agree(question, more, yes, no) {
  const dialog = h("dialog", { role: "alertdialog", "aria-labelledby": "agree-title", "aria-describedby": "agree-text" });
  return new Promise((resolve) => {
    let agreed = false;
    const accept = () => {
      agreed = true;
      dialog.close();
    };
    dialog.append(
      h("h2", { id: "agree-title" }, question),
      h("p", { id: "agree-text" }, more),
      h("div", { class: "row" }, h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, no), h("button", { type: "button", class: "primary", onclick: accept }, yes)),
    );
    dialog.addEventListener("close", () => resolve(agreed));
    show(dialog);
  });
}
