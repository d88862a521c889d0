// When an answer does not come, or is an error, a sentence says so: in the open dialog, else at the page's foot.
import { root } from "./root.js";

const alerts = document.getElementById("oncekeys-alerts");

const SENTENCES = { 403: "forbidden", 404: "missing", 405: "missing", 429: "unavailable", 503: "unavailable" };

function tell({ detail }) {
  if (!alerts || isUnasked(detail)) return;
  const sentence = alerts.dataset[detail.xhr?.status ? (SENTENCES[detail.xhr.status] ?? "failed") : "unreachable"];
  const source = sourceOf(detail);
  const place = root.querySelector("dialog[open] .dialog__body") ?? alerts;
  // A failure that repeats by the clock is shown once, and one notice is enough for all of the same kind.
  if (noticeOf(source) || noticeIn(place, sentence)) return;
  const notice = alerts.querySelector("template").content.firstElementChild.cloneNode(true);
  notice.dataset.source = source;
  notice.querySelector("span").textContent = sentence;
  notice.querySelector("button").addEventListener("click", () => notice.remove());
  place.append(notice);
}

// Not the event's own element: when that has left the page, htmx names one that is still there.
function sourceOf({ requestConfig: { elt, verb, path } }) {
  return `${elt.id} ${verb} ${path}`;
}

function noticeOf(source) {
  return [...root.querySelectorAll("[data-source]")].find((notice) => notice.dataset.source === source);
}

function noticeIn(place, sentence) {
  return [...place.querySelectorAll("[data-source]")].find((notice) => notice.textContent.trim() === sentence);
}

function isWatch(elt) {
  return "watch" in elt.dataset;
}

// What looks by itself has nothing to say while a person does something else.
function isUnasked({ requestConfig: { elt } }) {
  return isWatch(elt) && root.querySelector("dialog[open]") !== null;
}

root.addEventListener("htmx:responseError", tell);
root.addEventListener("htmx:sendError", tell);
root.addEventListener("htmx:timeout", tell);

root.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!isWatch(detail.requestConfig.elt)) noticeOf(sourceOf(detail))?.remove();
});
root.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) noticeOf(sourceOf(detail))?.remove();
});

// What a dialog was to be about has gone, so the list shows something that is not so.
root.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 404 && detail.target?.id === "oncekeys-dialog") {
    root.dispatchEvent(new CustomEvent("api-keys-changed", { bubbles: true }));
  }
});
