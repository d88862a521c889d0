// What is ours of the page. The rest belongs to the project around it, so scripts neither listen nor look there.
export const root = document.querySelector(".oncekeys");
