import { root } from "./root.js";

// Adds an IP address to the allowed ones, as a line of its own.
root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-adds]");
  if (!button) return;
  const field = button.closest("form").elements.addresses;
  const lines = field.value.split("\n").filter((line) => line.trim());
  if (!lines.includes(button.dataset.adds)) lines.push(button.dataset.adds);
  field.value = lines.join("\n");
  field.focus();
});
