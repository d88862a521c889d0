// The browser opens and closes a popover; it does not announce it everywhere.
for (const button of document.querySelectorAll("[popovertarget]")) {
  button.setAttribute("aria-expanded", "false");
  button.popoverTargetElement?.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
  });
}

// On a phone the settings are a strip that scrolls: where one is must be in sight.
document.querySelector(".settings-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
