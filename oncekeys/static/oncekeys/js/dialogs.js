// Whatever arrives in #oncekeys-dialog is opened; when it has gone, the focus returns to where it came from.
import { opensElsewhere } from "./htmx.js";
import { root } from "./root.js";

const container = document.getElementById("oncekeys-dialog");
let openerId = "";

function open(dialog, { continues }) {
  dialog.classList.toggle("dialog--continued", continues);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("cancel", (event) => isBusy(dialog) && event.preventDefault());
  dialog.showModal();
  dialog.querySelector("[aria-invalid=true], [role=alert][tabindex]")?.focus();
}

function isBusy(dialog) {
  return dialog.querySelector("[aria-busy=true]") !== null;
}

function returnFocus() {
  document.getElementById(openerId)?.focus();
  focusHeadingIfLost();
}

// The opener is gone with the key it belonged to, or disabled since the last key was made.
function focusHeadingIfLost() {
  if (document.activeElement === document.body) root.querySelector("h2[tabindex]")?.focus();
}

if (container) {
  new MutationObserver((changes) => {
    const dialog = container.querySelector("dialog");
    if (!dialog) returnFocus();
    else if (!dialog.open) open(dialog, { continues: changes.some(({ removedNodes }) => removedNodes.length) });
  }).observe(container, { childList: true });

  container.addEventListener("click", (event) => {
    const dialog = event.target.closest("[data-close]")?.closest("dialog");
    if (dialog && !isBusy(dialog)) dialog.close();
  });

  // Chrome lets a second Escape in a row through, whatever became of `cancel`.
  container.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isBusy(container)) event.preventDefault();
  });

  root.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target === container && !container.contains(detail.elt)) openerId = detail.elt.id;
  });

  root.addEventListener("htmx:afterSettle", () => {
    if (!container.querySelector("dialog") && openerId) focusHeadingIfLost();
  });

  root.addEventListener(
    "click",
    (event) => {
      if (opensElsewhere(event) && event.target.closest("a[hx-get]")) event.stopPropagation();
    },
    true,
  );
}
