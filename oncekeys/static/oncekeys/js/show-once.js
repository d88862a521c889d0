// Surrounds a key that is shown once. It does not let go of it before the clipboard has it or the person insists,
// and then leaves nothing of it in the document.
import { say } from "./announcements.js";
import { copy, select } from "./clipboard.js";

class ShowOnce extends HTMLElement {
  #copied = false;
  #listeners;

  connectedCallback() {
    this.#listeners = new AbortController();
    this.#listen(this.#part("copy"), "click", () => this.#copyAndLeave());
    this.#listen(this.#part("without"), "click", (event) => this.#leaveWithout(event));
    this.#listen(this.#part("keep"), "click", () => this.#ask(false));
    this.#listen(this.#part("discard"), "click", () => this.#leave());
    this.#listen(document, "copy", () => this.#noteCopyByHand());
    this.#listen(this, "copied", ({ detail }) => (this.#copied ||= detail.includes(this.#key.textContent)));
    this.#listen(window, "beforeunload", (event) => this.#copied || event.preventDefault());
    this.#listen(window, "pagehide", () => (this.#dialog ? this.#leave() : this.#forget()));
    this.#listen(window, "pageshow", (event) => event.persisted && this.#leave());
    if (this.#dialog) this.#guardDialog();
    this.#showControls();
  }

  disconnectedCallback() {
    this.#listeners.abort();
  }

  get #dialog() {
    return this.closest("dialog");
  }

  get #key() {
    return this.querySelector(".secret__value");
  }

  #part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  #listen(target, type, handler) {
    target.addEventListener(type, handler, { signal: this.#listeners.signal, capture: target === document });
  }

  // `cancel` alone would not do: Chrome lets a second Escape in a row through.
  #guardDialog() {
    this.#listen(this.#dialog, "cancel", (event) => event.preventDefault());
    this.#listen(document, "keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.#leaveOrAsk();
    });
    this.#listen(this.#dialog, "mousedown", (event) => {
      if (!this.#isOutside(event)) return;
      event.preventDefault(); // else the focus would go where the click went
      this.#leaveOrAsk();
    });
  }

  #isOutside({ target, clientX: x, clientY: y }) {
    const box = this.#dialog.getBoundingClientRect();
    return target === this.#dialog && (x < box.left || x > box.right || y < box.top || y > box.bottom);
  }

  #showControls() {
    this.#part("plain").hidden = this.#part("without").hidden = true;
    this.#part("copy").hidden = false;
    this.#part("copy").focus();
  }

  async #copyAndLeave() {
    const button = this.#part("copy");
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const done = await copy(this.#key);
    button.removeAttribute("aria-busy");
    if (!done) return this.#sayRefused();
    const { copied } = this.dataset;
    this.#leave();
    say(copied);
  }

  #sayRefused() {
    const sentence = this.#part("refused");
    sentence.textContent = sentence.dataset.refused;
    this.#part("without").hidden = false;
    this.#key.focus();
    select(this.#key);
  }

  #noteCopyByHand() {
    const selected = getSelection().toString().replaceAll(/\s/g, "");
    if (selected === this.#key?.textContent) this.#copied = true;
  }

  // As a page of its own the link leads away, and the browser asks.
  #leaveWithout(event) {
    if (!this.#dialog) return;
    event.preventDefault();
    this.#leaveOrAsk();
  }

  #leaveOrAsk() {
    if (this.#copied) this.#leave();
    else this.#ask(true);
  }

  #ask(asking) {
    this.#part("question").hidden = !asking;
    this.#part("actions").hidden = asking;
    this.#part(asking ? "keep" : "copy").focus();
  }

  #leave() {
    const dialog = this.#dialog;
    this.#forget();
    if (dialog) dialog.close();
    else location.replace(this.dataset.leave);
  }

  #forget() {
    this.#copied = true;
    this.replaceChildren();
  }
}

customElements.define("show-once", ShowOnce);
