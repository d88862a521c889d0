// What changed without being asked for, told politely to who cannot see it.
import { root } from "./root.js";

const announcer = document.getElementById("oncekeys-announcer");

export function announce(text) {
  if (announcer) announcer.textContent = text;
}

root.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt === root) return;
  const said = elt.dataset.announce ?? elt.querySelector(".notice[role=status]")?.textContent;
  if (said) announce(said.trim());
});
