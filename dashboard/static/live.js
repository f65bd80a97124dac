// Keeps an open page true: new changes, the number, and how fresh it all is.
// Words come from the server (templates in the page, freshness.json); names go in as text.
// Nothing outside the list of changes moves, whatever comes.

import { showAll, showStatus } from "./map.js";

const REFRESH_MS = 30_000;
const TICK_MS = 5_000;
const COUNT_UP_MS = 600;
const NEWS_MS = 400;
const SHOWN_CHANGES = 10;
const SEATS_AFTER_MS = 1_000;

const page = document.getElementById("page");
const list = document.getElementById("changes");
const countNode = document.getElementById("count");
const countWords = document.getElementById("count-words");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const whole = new Intl.NumberFormat("en-GB");

// ---- the number: Members who have signed, corrected by what the server counts

const signed = new Set(
  [...document.querySelectorAll("#signers a")].map((a) => Number(a.pathname.split("/").pop())),
);
let drift = Number(page.dataset.count) - signed.size;
let shown = Number(page.dataset.count);
let frame = 0;

function total() {
  return Math.max(0, signed.size + drift);
}

function write(count) {
  countNode.textContent = whole.format(count);
}

function showTotal() {
  const from = shown;
  const to = total();
  if (from === to) return;
  shown = to;
  countWords.textContent = to === 1 ? countWords.dataset.one : countWords.dataset.many;
  const progress = document.getElementById("progress");
  progress.value = Math.min(to, progress.max);
  cancelAnimationFrame(frame);
  if (calm.matches || document.hidden) {
    write(to);
    return;
  }
  const startedAt = performance.now();
  const step = (at) => {
    const part = Math.min(1, Math.max(0, at - startedAt) / COUNT_UP_MS);
    write(Math.round(from + (to - from) * part));
    if (part < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
}

// ---- the list of changes

const londonDay = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", day: "numeric", month: "long", year: "numeric" });
const londonTime = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function whenWords(change) {
  const at = new Date(change.happened_at);
  const isToday = londonDay.format(at) === londonDay.format(serverNow());
  const when = `${londonTime.format(at)} ${isToday ? "today" : `on ${londonDay.format(at)}`}`;
  return change.time_from === "observed" ? `seen at ${when}` : when;
}

function row(change) {
  const kind = change.kind === "signed" && change.again ? "again" : change.kind;
  const template = document.getElementById(`change-${kind}`);
  if (!template) return null;
  const item = template.content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.firstElementChild.textContent = change.name || `Member ${change.member_id}`;
  link.href = `${page.dataset.path}/mps/${change.member_id}`;
  item.querySelector(".place").textContent = [change.party, change.constituency].filter(Boolean).join(" · ");
  const time = item.querySelector("time");
  time.dateTime = change.happened_at;
  time.textContent = whenWords(change);
  return item;
}

function show(change) {
  const item = row(change);
  if (!item) return;
  putOnTop(item);
  count(change);
  showTotal();
  showSeat(change);
  tell(item.querySelector("p").textContent.replace(/\s+/g, " ").trim());
}

function count(change) {
  const before = total();
  if (change.kind === "signed") signed.add(change.member_id);
  else signed.delete(change.member_id);
  // The server's number had it already: it came late.
  if (change.id <= countedId) drift += before - total();
}

function putOnTop(item) {
  // The section keeps its height: what stands below it stays where it is.
  const section = list.parentElement;
  section.style.blockSize = `${section.getBoundingClientRect().height}px`;
  document.getElementById("no-changes").hidden = true;
  item.classList.add("is-new");
  const held = list.contains(document.activeElement) ? document.activeElement : null;
  // Put in anew, all at once: to the browser this is a list that was drawn again.
  list.replaceChildren(item, ...[...list.children].slice(0, SHOWN_CHANGES - 1));
  held?.focus({ preventScroll: true });
  const end = section.getBoundingClientRect().bottom + 1;
  while (list.children.length > 1 && list.getBoundingClientRect().bottom > end) list.lastElementChild.remove();
  if (list.getBoundingClientRect().bottom > end) section.style.blockSize = "";
}

addEventListener("resize", () => { list.parentElement.style.blockSize = ""; });

let looking = 0;

function showSeat(change) {
  // What a signature that is gone leaves behind, the server knows.
  if (change.kind === "signed") showStatus(change.member_id, "signed");
  else if (change.kind === "withdrawn") showStatus(change.member_id, "withdrew");
  clearTimeout(looking);
  looking = setTimeout(refresh, SEATS_AFTER_MS * (1 + Math.random()));
}

// ---- told politely, a burst as one

let told = [];
let telling = 0;

function tell(sentence) {
  told.push(sentence);
  clearTimeout(telling);
  telling = setTimeout(() => {
    const news = told.length === 1 ? told[0] : `${told.length} changes, the latest: ${told.at(-1)}`;
    told = [];
    document.getElementById("news").textContent = `${news}. ${whole.format(shown)} ${countWords.textContent}.`;
  }, NEWS_MS);
}

// ---- the stream: from the last id this page has, nothing twice

let lastId = Number(page.dataset.lastEvent);
let source = null;
let retry = 0;

function listen() {
  clearTimeout(retry);
  source = new EventSource(`${page.dataset.stream}?after=${lastId}`);
  source.addEventListener("signature", (message) => {
    const change = JSON.parse(message.data);
    if (change.id <= lastId) return;
    lastId = change.id;
    show(change);
  });
  source.addEventListener("error", () => {
    // The browser reconnects by itself, unless it was refused.
    if (source.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(listen, 5_000 + Math.random() * 10_000);
  });
}

function hush() {
  clearTimeout(retry);
  source?.close();
}

// ---- how fresh: times are the server's, so that a wrong clock here does not matter

let clock = { server: Date.now(), here: Date.now() }; // until the first look
let asked = 0;

function serverNow() {
  return new Date(clock.server + Date.now() - clock.here);
}

function ago(at) {
  const seconds = Math.floor((serverNow() - at) / 1000);
  const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"} ago`;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} seconds ago`;
  if (seconds < 3_600) return counted(Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return counted(Math.floor(seconds / 3_600), "hour");
  return counted(Math.floor(seconds / 86_400), "day");
}

function tick() {
  const node = document.getElementById("checked");
  const at = Date.parse(node.dateTime);
  if (Number.isNaN(at)) return;
  const said = `Checked ${ago(at)}`;
  if (node.textContent !== said) node.textContent = said;
}

function showFresh(fresh) {
  const node = document.getElementById("checked");
  const note = document.getElementById("note");
  clock = { server: Date.parse(fresh.now), here: Date.now() };
  node.dateTime = fresh.checked_at ?? "";
  node.textContent = fresh.checked_words;
  document.getElementById("fresh").className = `fresh tone-${fresh.tone}`;
  showNote(note, fresh.note);
}

// A note that the page came with keeps its room when it is over; one that comes later lies
// over the foot of the window: what is being read stays where it is.
const cameWithNote = !document.getElementById("note").hidden;

function showNote(note, words) {
  if (words && note.textContent !== words) note.textContent = words;
  note.classList.toggle("is-late", !cameWithNote);
  note.classList.toggle("is-over", cameWithNote && !words);
  if (!cameWithNote) note.hidden = !words;
}

let countedId = lastId;
let doubtedId = null;

function correct(fresh) {
  if (fresh.last_event_id < lastId) return; // read before what this page has been told
  if (fresh.last_event_id > Math.max(lastId, countedId) && fresh.last_event_id !== doubtedId) {
    // An event is still under way: without it in a moment, the server's number is taken.
    doubtedId = fresh.last_event_id;
    setTimeout(refresh, 2_000);
    return;
  }
  countedId = fresh.last_event_id;
  drift += fresh.signature_count - total();
  showTotal();
  showAll(fresh.seats);
}

async function refresh() {
  if (document.hidden) return;
  asked = Date.now();
  try {
    const answer = await fetch(page.dataset.fresh, { headers: { Accept: "application/json" } });
    if (!answer.ok) return; // the age on the page goes on growing, which is true
    const fresh = await answer.json();
    showFresh(fresh);
    correct(fresh);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // TypeError: not reached
  }
}

listen();
refresh();
setInterval(tick, TICK_MS);
setInterval(refresh, REFRESH_MS);
addEventListener("pagehide", hush);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  listen();
  refresh();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - asked > REFRESH_MS) refresh();
});
