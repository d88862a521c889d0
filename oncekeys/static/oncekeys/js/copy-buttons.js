// A button that copies the text of the element it names. Without scripts it could do nothing, so it comes hidden.
import { announce } from "./announcements.js";
import { copy, select } from "./clipboard.js";
import { root } from "./root.js";

const SHOWN_FOR = 2000;

function show(within) {
  for (const button of within.querySelectorAll("[data-copies][hidden]")) button.hidden = false;
}

show(root);
root.addEventListener("htmx:load", ({ detail }) => show(detail.elt));

root.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies);
  if (!(await copy(text))) return select(text);
  announce(button.dataset.done);
  button.dispatchEvent(new CustomEvent("copied", { bubbles: true, detail: text.textContent }));
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), SHOWN_FOR);
});
