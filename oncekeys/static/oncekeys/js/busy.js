import { root } from "./root.js";

// A form that was sent says so on its button, and is not sent again until there is an answer.
function send(event) {
  const form = event.target;
  // No page comes after a download.
  if ("downloads" in form.dataset) return;
  if ("busy" in form.dataset) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.busy = "";
  (event.submitter ?? form.querySelector("[type=submit]"))?.setAttribute("aria-busy", "true");
}

export function rest(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

// In the capturing phase, so before htmx.
root.addEventListener("submit", send, true);
root.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.matches("form")) rest(detail.elt);
});
// What is being fetched again says so too, unless it only looks for news.
function fetched({ target, requestConfig: { elt } }) {
  return target.id === "oncekeys-dialog" || "watch" in elt.dataset ? null : target;
}

root.addEventListener("htmx:beforeSend", ({ detail }) => fetched(detail)?.setAttribute("aria-busy", "true"));
root.addEventListener("htmx:afterRequest", ({ detail }) => fetched(detail)?.removeAttribute("aria-busy"));
// A page that comes back with the Back button comes back as it was left.
window.addEventListener("pageshow", () => root.querySelectorAll("form").forEach(rest));
