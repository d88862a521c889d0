// What is ours of the page. Everything else belongs to the project around it, so nothing is listened to or looked for there.
export const root = document.querySelector(".oncekeys");
