// After a proof of identity in the middle of things: presses the link of the dialog that was asked for before.
const address = new URL(location.href);
const wanted = address.searchParams.get("open");

function press() {
  [...document.querySelectorAll('[hx-target="#dialog"]')]
    .find((link) => link.getAttribute("hx-get") === wanted)
    ?.click();
}

if (wanted) {
  address.searchParams.delete("open");
  history.replaceState(history.state, "", address);
  // Not before htmx knows the links of the page.
  document.addEventListener("DOMContentLoaded", press);
}
