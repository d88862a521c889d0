// htmx fetches the dialogs. A project that has it keeps its own, as it is configured, and only our requests differ.
// For any other ours starts, and sees nothing but these pages.
import { root } from "./root.js";

const PATIENCE = 20_000;

// A form that comes back with errors.
const UNPROCESSABLE = 422;

// In a page that is being left, htmx finds itself late and begins at once: only this tells it of our settings in time.
function settings(content) {
  return Object.assign(document.createElement("meta"), { name: "htmx-config", content });
}

function startOurs(template, started) {
  const scripts = document.importNode(template.content, true);
  scripts.firstElementChild.addEventListener("error", started);
  scripts.firstElementChild.addEventListener("load", () => {
    Object.assign(htmx.config, JSON.parse(template.dataset.config));
    htmx.process(root);
    // It begins too late to see to the Back button itself.
    window.addEventListener("popstate", ({ state }) => state?.htmx && location.reload());
    started();
  });
  document.head.append(settings(template.dataset.config), scripts);
}

// By then every other script of the page has run.
export const htmxStarted = new Promise((started) => {
  document.addEventListener("DOMContentLoaded", () => {
    const template = document.getElementById("oncekeys-htmx");
    if (template && !window.htmx) startOurs(template, started);
    else setTimeout(started); // its own listener for this event may come after this one
  });
});

root.addEventListener("htmx:configRequest", ({ detail }) => (detail.timeout ||= PATIENCE));

root.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status !== UNPROCESSABLE) return;
  detail.shouldSwap = true;
  detail.isError = false;
});
