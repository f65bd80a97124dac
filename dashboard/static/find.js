// The answer to a postcode, on the page that is there already. A name is looked for by
// the form itself, and so is everything when this fails.

const form = document.querySelector("#find form, form.find");
const box = document.getElementById("found");
const POSTCODE = /^[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}$/i;
const WORD_AFTER_MS = 300;
let asked = 0;

function say(words) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.textContent = words;
  box.replaceChildren(line);
}

async function find(query) {
  const mine = ++asked;
  const waiting = setTimeout(() => say("Looking it up…"), WORD_AFTER_MS);
  try {
    const answer = await fetch(`${form.action}?${new URLSearchParams({ q: query, part: "card" })}`, {
      headers: { Accept: "text/html" },
      redirect: "error",
    });
    if (!answer.ok) throw new TypeError("not answered");
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    clearTimeout(waiting);
    box.replaceChildren(...found.body.children);
    box.firstElementChild.setAttribute("tabindex", "-1");
    box.firstElementChild.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  } catch (error) {
    clearTimeout(waiting);
    if (!(error instanceof TypeError)) throw error;
    if (mine === asked) form.submit();
  }
}

form.addEventListener("submit", (event) => {
  const query = form.elements.q.value.trim();
  if (!POSTCODE.test(query)) return;
  event.preventDefault();
  find(query);
});
