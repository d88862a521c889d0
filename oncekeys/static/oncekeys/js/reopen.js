// After a proof of identity in the middle of things: presses the link of the dialog that was asked for before.
import { htmxStarted } from "./htmx.js";
import { root } from "./root.js";

const address = new URL(location.href);
const wanted = address.searchParams.get("open");

function press() {
  [...root.querySelectorAll('[hx-target="#oncekeys-dialog"]')]
    .find((link) => link.getAttribute("hx-get") === wanted)
    ?.click();
}

if (wanted) {
  address.searchParams.delete("open");
  history.replaceState(history.state, "", address);
  htmxStarted.then(press);
}
