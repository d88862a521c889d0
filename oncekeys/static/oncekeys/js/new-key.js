// The row of the key just made is tinted until the page is loaded again, however often the list is fetched meanwhile.
import { root } from "./root.js";

let made = "";

function tint() {
  document.getElementById(`key-${made}`)?.classList.add("key-list__entry--new");
}

root.addEventListener("api-keys-changed", ({ detail }) => {
  if (detail?.made) made = detail.made;
});
root.addEventListener("htmx:afterSettle", tint);
root.addEventListener("htmx:oobAfterSwap", tint);
