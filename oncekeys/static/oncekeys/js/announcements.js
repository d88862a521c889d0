// What changed without being asked for, told politely to who cannot see it.
const announcer = document.getElementById("announcer");

export function announce(text) {
  if (announcer) announcer.textContent = text;
}

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt === document.body) return;
  const said = elt.dataset.announce ?? elt.querySelector(".notice[role=status]")?.textContent;
  if (said) announce(said.trim());
});
