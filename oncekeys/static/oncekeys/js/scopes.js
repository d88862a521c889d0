import { root } from "./root.js";

// One box includes all the others: ticking it makes them unnecessary, and ticking another one unticks it.
root.addEventListener("change", ({ target }) => {
  const choices = target.closest("[data-all]");
  if (!choices || !target.checked) return;
  const ticksAll = target.value === choices.dataset.all;
  for (const box of choices.querySelectorAll("input")) {
    if ((box.value === choices.dataset.all) !== ticksAll) box.checked = false;
  }
});
