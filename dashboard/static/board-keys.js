// One key each for what is done all morning; they can be switched off (WCAG 2.1.4).

import { calls } from "./board-list.js";

const OFF = "board-keys-off";
const dialog = document.getElementById("keys");
const box = document.getElementById("keys-on");
const opener = document.getElementById("keys-open");

function isTyping(node) {
  return node.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

function here() {
  const at = document.activeElement?.closest(".call, .form-row");
  return at?.classList.contains("form-row") ? document.getElementById(at.id.replace("form-", "mp-")) : at;
}

function move(step) {
  const rows = calls();
  const at = rows.indexOf(here());
  const row = at < 0 ? rows[step > 0 ? 0 : rows.length - 1] : rows[at + step];
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function log() {
  const row = here() ?? calls()[0];
  const link = row?.querySelector(".log-open");
  if (link?.ariaExpanded !== "true") link?.click();
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  c: log,
  u: () => document.querySelector("#kept button")?.click(),
  "/": () => document.getElementById("q").select(),
  "?": () => dialog.showModal(),
};

export function listenToKeys() {
  box.checked = localStorage.getItem(OFF) === null;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : null;
    if (!act || !box.checked || dialog.open) return;
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    event.preventDefault();
    act();
  });
}
