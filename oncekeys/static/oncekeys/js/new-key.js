// The row of the key just made is tinted until the page is loaded again, however often the list is fetched meanwhile.
import { root } from "./root.js";

const ROW = "#key-";

let made = "";

function tint() {
  document.getElementById(`key-${made}`)?.classList.add("key-list__entry--new");
}

// Without a dialog, the way back names the row.
if (location.hash.startsWith(ROW)) {
  made = location.hash.slice(ROW.length);
  history.replaceState(history.state, "", location.pathname + location.search);
  tint();
}

root.addEventListener("api-keys-changed", ({ detail }) => {
  if (detail?.made) made = detail.made;
});
root.addEventListener("htmx:afterSettle", tint);
root.addEventListener("htmx:oobAfterSwap", tint);
