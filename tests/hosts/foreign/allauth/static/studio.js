document.addEventListener("submit", (event) => event.target.classList.add("sent"));
