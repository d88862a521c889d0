// Forms whose answer is a passkey's: made or used by the browser, once the person says so.
import { rest } from "../oncekeys/js/busy.js";
import { creationOptions, described, requestOptions } from "./passkey-json.js";

const CEREMONIES = {
  create: (options) => navigator.credentials.create({ publicKey: creationOptions(options.publicKey) }),
  get: (options) => navigator.credentials.get({ publicKey: requestOptions(options.publicKey) }),
};

// Over plain HTTP there is nothing to ask.
const supported = Boolean(navigator.credentials && globalThis.PublicKeyCredential);

// For what went wrong, by the error's name, the attribute that holds the sentence.
const SENTENCES = { InvalidStateError: "known", SecurityError: "elsewhere" };

async function optionsOf(form) {
  const { options, fetches } = form.dataset;
  if (options) return JSON.parse(document.getElementById(options).textContent);
  const response = await fetch(fetches, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${fetches} answered ${response.status}`);
  return (await response.json()).request_options;
}

async function answer(form) {
  const credential = await CEREMONIES[form.dataset.passkey](await optionsOf(form));
  form.elements.credential.value = JSON.stringify(described(credential));
  form.submit();
}

// Cancelled, timed out, or no such passkey on this device: the browser does not say which.
function tell(form, error) {
  const notice = form.querySelector("[data-passkey-failed]");
  notice.querySelector("span").textContent = notice.dataset[SENTENCES[error.name] ?? "passkeyFailed"];
  notice.hidden = false;
  notice.focus();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !supported;
  document.getElementById(form.dataset.otherwise)?.toggleAttribute("hidden", supported);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("[data-passkey-failed]").hidden = true;
    try {
      await answer(form);
    } catch (error) {
      rest(form);
      tell(form, error);
    }
  });
}
