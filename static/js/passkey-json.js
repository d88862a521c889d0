// Passkeys as JSON (WebAuthn level 3, section 5.1.8), also where the browser can't do that itself: Safari before 18.4.

function bytesOf(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function base64urlOf(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const withBytes = (described) => ({ ...described, id: bytesOf(described.id) });

export const creationOptions = (options) => ({
  ...options,
  challenge: bytesOf(options.challenge),
  user: withBytes(options.user),
  excludeCredentials: (options.excludeCredentials ?? []).map(withBytes),
});

export const requestOptions = (options) => ({
  ...options,
  challenge: bytesOf(options.challenge),
  allowCredentials: (options.allowCredentials ?? []).map(withBytes),
});

// What a response may hold: of a new passkey the first two, of one that was used all but the second.
const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

export function described(credential) {
  const parts = PARTS.filter((name) => credential.response[name]);
  return {
    id: credential.id,
    rawId: base64urlOf(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(parts.map((name) => [name, base64urlOf(credential.response[name])])),
  };
}
