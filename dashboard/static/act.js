// The email for one's own mail program, put together here: nothing typed leaves the browser.

const form = document.getElementById("letter");
const link = document.getElementById("mailto");
const whole = document.getElementById("whole");
const paper = document.getElementById("paper");
const copied = document.getElementById("copied");
const copyButton = document.querySelector("[data-copy]");
const printButton = document.getElementById("print");

const EMPTY = {
  name: "[your name]",
  address: "[your address]",
  postcode: "[your postcode]",
  own_words: "",
  text: "",
};

function typed(field) {
  const value = (form.elements[field]?.value ?? "").trim();
  if (field !== "address") return value;
  return value.split(/\r?\n/).map((line) => line.trim().replace(/,$/, "")).filter(Boolean).join(", ");
}

// In one pass: what was typed is never searched for words of ours.
function filled(template) {
  return template.replace(/\{(name|address|postcode|own_words|text)\}/g, (_, field) => typed(field) || EMPTY[field]);
}

function body() {
  return filled(form.dataset.body).replace(/\n{3,}/g, "\n\n").trim();
}

function subject() {
  return filled(form.dataset.subject).replace(/\s+/g, " ");
}

function write() {
  const { to, bcc } = form.dataset;
  const text = body();
  if (whole) whole.value = text;
  if (paper) paper.textContent = text;
  if (!link) return;
  const parts = [
    bcc && `bcc=${encodeURIComponent(bcc)}`,
    `subject=${encodeURIComponent(subject())}`,
    `body=${encodeURIComponent(text.replace(/\n/g, "\r\n"))}`,
  ].filter(Boolean);
  link.href = `mailto:${encodeURIComponent(to).replace(/%40/g, "@")}?${parts.join("&")}`;
}

async function copy() {
  const { to, bcc } = form.dataset;
  const heads = [`To: ${to}`, bcc && `Bcc: ${bcc}`, `Subject: ${subject()}`].filter(Boolean);
  const text = `${heads.join("\n")}\n\n${body()}`;
  try {
    await navigator.clipboard.writeText(text);
    copied.textContent = "Copied, with its addresses.";
  } catch {
    // No clipboard here (plain http, or refused): the text is shown to be copied by hand.
    whole.closest("details").open = true;
    whole.focus();
    whole.select();
    copied.textContent = "Select the text below and copy it.";
  }
}

form.addEventListener("input", write);
if (copyButton) {
  copyButton.hidden = false;
  copyButton.addEventListener("click", copy);
}
if (printButton) {
  printButton.hidden = false;
  printButton.addEventListener("click", () => print());
}
write();
addEventListener("pageshow", write); // a browser may put back what was typed

// Twice pressed is once sent: the server knows too.
form.addEventListener("submit", () => {
  sessionStorage.setItem("email", typed("email"));
  const button = document.getElementById("go");
  setTimeout(() => {
    if (button) button.disabled = true;
  });
});
addEventListener("pageshow", () => {
  const button = document.getElementById("go");
  if (button) button.disabled = false;
});
document.getElementById("summary")?.focus();
