// What looks again by itself, every few seconds, for the first request with a new key: but not for a hidden page, and
// never under an open menu, which would close. The header tells the site that no one asked for it.
import { root } from "./root.js";

const isWatch = ({ requestConfig, elt }) => "watch" in (requestConfig?.elt ?? elt).dataset;
const isMenuOpen = () => root.querySelector(".menu:popover-open") !== null;

root.addEventListener("htmx:configRequest", ({ detail }) => {
  if (isWatch(detail)) detail.headers["Oncekeys-Watch"] = "1";
});

root.addEventListener("htmx:beforeRequest", (event) => {
  if (isWatch(event.detail) && (document.hidden || isMenuOpen())) event.preventDefault();
});

root.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (isWatch(detail) && isMenuOpen()) detail.shouldSwap = false;
});
