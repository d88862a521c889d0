// A button that copies the text of the element it names.
import { announce } from "./announcements.js";
import { copy, select } from "./clipboard.js";

const SHOWN_FOR = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies);
  if (!(await copy(text))) return select(text);
  announce(button.dataset.done);
  button.classList.add("icon-button--done");
  setTimeout(() => button.classList.remove("icon-button--done"), SHOWN_FOR);
});
