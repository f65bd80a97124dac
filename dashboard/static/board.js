// Keeps the staff board true while one works on it: rows leave when their MP signs, calls
// are logged in the row, and the list is asked for again quietly. Words and rows are the server's.

import { Refused, closeForm, openForm, pageAt, send, unreached } from "./board-forms.js";
import { listenToKeys } from "./board-keys.js";
import { bringInLine, formRowOf, leave, nextTo, rowOf } from "./board-list.js";
import { follow } from "./stream.js";

const REFRESH_MS = 30_000;
const AFTER_NEWS_MS = 300;
const TELL_MS = 400;
const IDLE_MS = 30 * 60_000; // a forgotten page asks nobody, and lets its session end
const GONE = "No longer on the list.";

const board = document.getElementById("board");
const list = document.getElementById("calls");
const whole = new Intl.NumberFormat("en-GB");

// ---- told politely, a burst as one

let news = [];
let telling = 0;

function tell(sentence) {
  news.push(sentence);
  clearTimeout(telling);
  telling = setTimeout(() => {
    const told = news.length === 1 ? news[0] : `${news.length} changes, the latest: ${news.at(-1)}`;
    news = [];
    document.getElementById("said").textContent = told;
  }, TELL_MS);
}

// ---- the page as the server has it now

function show(page) {
  for (const fresh of page.querySelectorAll("[data-swap]")) {
    const held = document.getElementById(fresh.id);
    if (held && held.innerHTML !== fresh.innerHTML && !held.contains(document.activeElement)) {
      held.replaceChildren(...document.importNode(fresh, true).childNodes);
    }
  }
  bringInLine(page.getElementById("calls"), GONE);
  showPicked();
}

let askedAt = Date.now();
let touchedAt = Date.now();
let isSending = false;

async function refresh() {
  if (document.hidden || isSending || Date.now() - touchedAt > IDLE_MS) return;
  askedAt = Date.now();
  const page = await pageAt(board.dataset.here).catch((error) => {
    // Signed out, or not reached: what is shown stays, and the next act says why.
    if (error instanceof Refused || error instanceof TypeError) return null;
    throw error;
  });
  if (page && !isSending) show(page);
}

let refreshing = 0;

function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, AFTER_NEWS_MS);
}

// ---- a signature

function countUp() {
  const node = document.getElementById("board-count");
  if (!node) return; // there was no number yet: the refresh brings it
  node.textContent = whole.format(Number(node.textContent.replaceAll(",", "")) + 1);
}

function onChange(change) {
  const name = change.name || `Member ${change.member_id}`;
  if (change.kind === "signed") {
    const row = rowOf(change.member_id);
    if (row || !change.again) countUp();
    if (row) leave(row, `${name} has signed.`);
    tell(`${name} has signed.`);
  }
  refreshSoon();
}

// ---- a call

function toggle(row) {
  const open = formRowOf(row);
  if (open) close(open);
  else openForm(row);
}

function close(formRow) {
  const row = document.getElementById(formRow.id.replace("form-", "mp-"));
  closeForm(row, formRow);
  row.focus({ preventScroll: true });
  refreshSoon();
}

async function keep(form, submitter) {
  if (isSending) return;
  isSending = true;
  form.ariaBusy = "true";
  try {
    const page = await send(form, submitter);
    const formRow = form.closest(".form-row");
    const row = formRow && document.getElementById(formRow.id.replace("form-", "mp-"));
    const next = row && nextTo(row);
    if (formRow) closeForm(row, formRow);
    if (form.id === "many") afterMany(form);
    show(page);
    if (row) goTo(row.isConnected ? row : next);
    else list.querySelector(".call")?.focus({ preventScroll: true });
    tell(document.querySelector("#kept .done-words")?.textContent ?? "Taken back.");
  } catch (error) {
    const problem = form.querySelector(".log-problem") ?? document.getElementById("said");
    problem.textContent = unreached(error);
  } finally {
    isSending = false;
    form.ariaBusy = null;
  }
}

function goTo(row) {
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" }); // its margins keep it clear of what sticks
}

function afterMany(form) {
  form.reset();
  form.closest("details").open = false;
  for (const box of list.querySelectorAll(".pick input:checked")) box.checked = false;
}

function showPicked() {
  const count = list.querySelectorAll(".pick input:checked").length;
  const node = document.getElementById("picked");
  if (node) node.textContent = count ? `${count} ticked` : "";
}

// ---- put together

list.addEventListener("click", (event) => {
  const link = event.target.closest(".log-open, .cancel");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.classList.contains("cancel")) close(link.closest(".form-row"));
  else toggle(link.closest(".call"));
});
list.addEventListener("keydown", (event) => {
  const formRow = event.target.closest(".form-row");
  if (event.key === "Escape" && formRow) close(formRow);
});
list.addEventListener("change", showPicked);
board.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".log-form, .done")) return;
  event.preventDefault();
  keep(form, event.submitter);
});
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => {
    const wasAway = Date.now() - touchedAt > IDLE_MS;
    touchedAt = Date.now();
    if (wasAway) refresh();
  });
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - askedAt > REFRESH_MS) refresh();
});
setInterval(refresh, REFRESH_MS);
follow(board.dataset.stream, Number(board.dataset.lastEvent), onChange);
listenToKeys();
board.dataset.ready = "";
