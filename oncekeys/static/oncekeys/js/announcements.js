// What changed without being asked for, told politely to people who can't see it.
import { root } from "./root.js";

const SHOWN_FOR = 6000;

const announcer = document.getElementById("oncekeys-announcer");
const note = document.getElementById("oncekeys-note");

// Behind an open dialog nothing is read out, so the dialog has a place of its own.
export function announce(text) {
  const place = root.querySelector("dialog[open] > [role=status]") ?? announcer;
  if (place) place.textContent = text;
}

// The same, and at the foot of the window for a while.
export function say(text) {
  announce(text);
  const shown = note?.content.firstElementChild.cloneNode(true);
  if (!shown) return;
  shown.querySelector("span").textContent = text;
  document.getElementById("oncekeys-alerts").append(shown);
  setTimeout(() => shown.remove(), SHOWN_FOR);
}

root.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt === root) return;
  const said = elt.dataset.announce ?? elt.querySelector(".notice[role=status]")?.textContent;
  if (said) announce(said.trim());
});
