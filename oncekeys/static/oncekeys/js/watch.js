import { root } from "./root.js";

// The list looks for the first call of a new key every few seconds, but not for nobody.
root.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "key-watch" && document.hidden) event.preventDefault();
});
