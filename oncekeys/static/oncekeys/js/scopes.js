import { root } from "./root.js";

// One box stands for all the others: who ticks it needs none of them, who ticks another does not want all.
root.addEventListener("change", ({ target }) => {
  const choices = target.closest("[data-all]");
  if (!choices || !target.checked) return;
  const ticksAll = target.value === choices.dataset.all;
  for (const box of choices.querySelectorAll("input")) {
    if ((box.value === choices.dataset.all) !== ticksAll) box.checked = false;
  }
});
