// Shows which address was typed, from this browser's own memory: the page's address has none.

const place = document.getElementById("address");
const address = sessionStorage.getItem("email");
if (place && address) place.textContent = address;
sessionStorage.removeItem("email");
