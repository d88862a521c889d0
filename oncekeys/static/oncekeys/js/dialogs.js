// Whatever arrives in #oncekeys-dialog is opened; when it has gone, the focus returns to where it came from.
import { htmxStarted } from "./htmx.js";
import { root } from "./root.js";

const container = document.getElementById("oncekeys-dialog");
let openerId = "";
// Whether what is being replaced has the focus.
let hadFocus = false;

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

// A menu closes when the dialog opens, so what is left of it is its button.
function openerOf(link) {
  const menu = link.closest("[popover]");
  return menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : link;
}

function opensElsewhere(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}

// Asked for by the place it goes to, which stays: htmx drops the answer to a link that has been replaced meanwhile.
async function fetchDialog(link) {
  const url = link.getAttribute("hx-get");
  if (!container.contains(link)) openerId = openerOf(link).id;
  link.setAttribute("aria-busy", "true");
  await htmxStarted;
  await htmx.ajax("GET", url, { source: container, target: container, swap: "innerHTML" }).catch(() => {});
  link.removeAttribute("aria-busy");
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

  root.addEventListener("htmx:beforeSwap", ({ detail }) => {
    hadFocus ||= document.activeElement !== document.body && detail.target.contains(document.activeElement);
  });

  root.addEventListener("htmx:afterSettle", () => {
    if (hadFocus && !container.querySelector("dialog")) focusHeadingIfLost();
    hadFocus = false;
  });

  // Before htmx sees the click.
  root.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest('a[hx-target="#oncekeys-dialog"]');
      if (!link || event.defaultPrevented) return;
      event.stopPropagation();
      if (opensElsewhere(event)) return;
      event.preventDefault();
      fetchDialog(link);
    },
    true,
  );
}
