// The line above a chart reads the day under the pointer or the arrow keys, from the table below. Else it reads today.
import { root } from "./root.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

function daysOf(bars) {
  return [...bars.querySelectorAll("g")];
}

function shownIn(days) {
  const shown = days.findIndex((day) => "shown" in day.dataset);
  return shown < 0 ? days.length - 1 : shown;
}

// Days are drawn from the oldest, and listed from the latest.
function show(bars, number) {
  const days = daysOf(bars);
  const chart = bars.closest("[data-chart]");
  const row = chart.querySelector("tbody").rows[days.length - 1 - number];
  days.forEach((day, position) => day.toggleAttribute("data-shown", position === number));
  for (const [position, name] of ["day", "accepted", "refused"].entries()) {
    chart.querySelector(`[data-${name}]`).textContent = row.cells[position].textContent.trim();
  }
}

function isMirrored(bars) {
  return bars.matches(":dir(rtl)");
}

function under(bars, { clientX }) {
  const { left, right, width } = bars.getBoundingClientRect();
  const along = (isMirrored(bars) ? right - clientX : clientX - left) / width;
  const number = daysOf(bars).length;
  return Math.min(Math.max(Math.floor(along * number), 0), number - 1);
}

const barsOf = ({ target }) => target.closest?.("[data-chart] svg");

function follow(event) {
  const bars = barsOf(event);
  if (bars) show(bars, under(bars, event));
}

root.addEventListener("pointermove", follow);
root.addEventListener("pointerdown", follow);

function showToday(event) {
  const bars = barsOf(event);
  if (!bars || bars.contains(event.relatedTarget)) return;
  const days = daysOf(bars);
  show(bars, days.length - 1);
  delete days.at(-1).dataset.shown;
}

root.addEventListener("pointerout", showToday);
root.addEventListener("focusout", showToday);

root.addEventListener("keydown", (event) => {
  const bars = barsOf(event);
  const step = STEPS[event.key];
  if (!bars || !step) return;
  event.preventDefault();
  const days = daysOf(bars);
  const towards = event.key.startsWith("Arrow") && isMirrored(bars) ? -step : step;
  show(bars, Math.min(Math.max(shownIn(days) + towards, 0), days.length - 1));
});
