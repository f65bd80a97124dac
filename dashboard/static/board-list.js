// The rows of the board: brought in line with what the server says, disturbing nobody.
// A row with an open form stays, and what has the focus keeps it.

const SLIDE_MS = 400;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const list = document.getElementById("calls");
const sent = new Map([...list.children].map((row) => [row.id, row.outerHTML]));

export function rowOf(memberId) {
  return document.getElementById(`mp-${memberId}`);
}

export function formRowOf(row) {
  if (!row.classList.contains("call")) return null;
  return document.getElementById(row.id.replace("mp-", "form-"));
}

export function calls() {
  return [...list.querySelectorAll(".call:not(.is-leaving)")];
}

export function nextTo(row) {
  const all = calls();
  const at = all.indexOf(row);
  return all[at + 1] ?? all[at - 1] ?? null;
}

export function leave(row, words) {
  if (formRowOf(row)) {
    markGone(row, words);
    return;
  }
  if (row.contains(document.activeElement)) nextTo(row)?.focus({ preventScroll: true });
  row.classList.add("is-leaving");
  setTimeout(() => row.remove(), calm.matches ? 0 : SLIDE_MS);
}

function markGone(row, words) {
  if (row.querySelector(".gone-words")) return;
  const told = document.createElement("span");
  told.className = "gone-words";
  told.textContent = words;
  row.querySelector(".call-why").prepend(told);
}

function current(fresh) {
  const held = document.getElementById(fresh.id);
  if (held && (sent.get(fresh.id) === fresh.outerHTML || held.contains(document.activeElement))) return held;
  sent.set(fresh.id, fresh.outerHTML);
  const row = document.importNode(fresh, true);
  if (held) {
    const tick = held.querySelector(".pick input");
    if (tick) row.querySelector(".pick input").checked = tick.checked;
    if (formRowOf(held)) row.querySelector(".log-open").ariaExpanded = "true";
    held.replaceWith(row);
  }
  return row;
}

function place(order) {
  const wanted = new Set(order);
  let cursor = list.firstElementChild;
  for (const row of order) {
    while (cursor && !wanted.has(cursor)) cursor = cursor.nextElementSibling;
    if (row === cursor) cursor = cursor.nextElementSibling;
    else list.insertBefore(row, cursor);
  }
}

// `words` say of a row with an open form why it is no longer on the list.
export function bringInLine(incoming, words) {
  const active = document.activeElement;
  const order = [];
  for (const fresh of incoming.children) {
    if (fresh.classList.contains("form-row")) continue;
    const row = current(fresh);
    order.push(row);
    const form = formRowOf(row);
    if (form) order.push(form);
  }
  const wanted = new Set(order);
  for (const row of [...list.children]) {
    if (wanted.has(row) || row.classList.contains("form-row") || row.classList.contains("is-leaving")) continue;
    if (formRowOf(row)) {
      markGone(row, words);
      continue;
    }
    sent.delete(row.id);
    row.remove();
  }
  place(order);
  list.closest("table").hidden = !list.children.length;
  if (active !== document.activeElement && active.isConnected) active.focus({ preventScroll: true });
}
