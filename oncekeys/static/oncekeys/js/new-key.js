// The row of the key just made is tinted until the page is loaded again, however often the list is fetched meanwhile.
import { root } from "./root.js";

let made = "";

function tint() {
  document.getElementById(`key-${made}`)?.classList.add("key-list__entry--new");
}

// Without a dialog, the way back names the row; it is said once.
if (location.hash.startsWith("#key-")) history.replaceState(history.state, "", location.pathname + location.search);

root.addEventListener("api-keys-changed", ({ detail }) => {
  if (detail?.made) made = detail.made;
});
root.addEventListener("htmx:afterSettle", tint);
root.addEventListener("htmx:oobAfterSwap", tint);
