// The map: one stop of the Tab key, arrows from seat to seat, and what is pointed at in
// words. Also where live.js says that an MP's status changed: the seat, its row in the
// table and the legend follow, in their places.

const map = document.getElementById("map");
const caption = document.getElementById("caption");
const here = document.getElementById("here");
const legend = new Map();
const seats = [];
const byMember = new Map();
let current = null;

function memberOf(url) {
  return url.slice(url.lastIndexOf("/") + 1);
}

// ---- what there is: the label is taken from the <title>, which would be a second caption

function read() {
  for (const item of document.querySelectorAll("#legend > li")) {
    legend.set(item.dataset.status, {
      key: item.dataset.key,
      words: item.querySelector("span").textContent,
      count: item.querySelector("b"),
    });
  }
  for (const node of map.querySelectorAll(":scope > a, :scope > g")) {
    const title = node.querySelector("title");
    const use = node.querySelector("use");
    const text = title.textContent;
    title.remove();
    node.setAttribute("aria-label", text);
    const cut = text.indexOf(": ");
    const end = node.localName === "a" ? text.lastIndexOf(", ") : cut;
    const url = node.getAttribute("href");
    const seat = {
      node, use, url,
      x: Number(use.getAttribute("x")),
      y: Number(use.getAttribute("y")),
      place: text.slice(0, cut),
      name: text.slice(cut + 2, Math.max(end, cut + 2)),
      status: node.getAttribute("class"),
    };
    seats.push(seat);
    if (url) byMember.set(memberOf(url), seat);
  }
}

// ---- what is pointed at

function wordsOf(status) {
  return legend.get(status)?.words ?? status;
}

function markOf(status) {
  return document.querySelector(`#legend > [data-status="${CSS.escape(status)}"] svg`)?.cloneNode(true);
}

function tell(seat) {
  const place = document.createElement("span");
  place.className = "seat";
  place.textContent = seat.place;
  const status = document.createElement("span");
  status.className = "status";
  const mark = markOf(seat.status);
  if (mark) status.append(mark, " ");
  status.append(wordsOf(seat.status));
  if (!seat.url) return caption.replaceChildren(place, status);
  const link = document.createElement("a");
  link.href = seat.url;
  link.textContent = seat.name;
  const who = document.createElement("div");
  who.append(link);
  caption.replaceChildren(place, who, status);
}

function point(seat, { isTouched = false } = {}) {
  // A focused seat says its own label; only a finger needs to be told what it hit.
  caption.setAttribute("aria-live", isTouched ? "polite" : "off");
  current = seat;
  here.setAttribute("x", seat.x);
  here.setAttribute("y", seat.y);
  here.setAttribute("visibility", "visible");
  tell(seat);
}

function seatAt(target) {
  const node = target.closest?.("#map > a, #map > g");
  return node ? seats.find((seat) => seat.node === node) : undefined;
}

// ---- arrows: the nearest seat that way, across water too

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let held = { seat: null, column: 0 }; // rows are half a cell apart: up and down keep to one

function next(seat, [right, down]) {
  let best = null;
  let least = Infinity;
  const column = down && held.seat === seat ? held.column : seat.x;
  for (const other of seats) {
    const ahead = right * (other.x - seat.x) + down * (other.y - seat.y);
    if (ahead <= 0) continue;
    // Along a row over its gaps; up and down to the very next row, if there is one.
    const aside = right ? 3 * Math.abs(other.y - seat.y) : Math.abs(other.x - column);
    const far = ahead + aside * (down && aside > 2 * ahead ? 8 : 1);
    if (far < least) [best, least] = [other, far];
  }
  held = { seat: best, column };
  return best;
}

function rove(seat) {
  for (const other of seats) if (other.node.tabIndex === 0) other.node.setAttribute("tabindex", "-1");
  seat.node.setAttribute("tabindex", "0");
}

function listen() {
  // Not at the map itself: a browser gives the focus to an <svg> that listens for it.
  const field = map.parentElement;
  let touched = null;
  field.addEventListener("pointerover", (event) => {
    const seat = event.pointerType === "mouse" && seatAt(event.target);
    if (seat) point(seat);
  });
  field.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch" ? seatAt(event.target) : null;
  });
  field.addEventListener("click", (event) => {
    // Cells are small under a finger: a tap says which it is, its name is the way on.
    if (!touched || seatAt(event.target) !== touched) return;
    event.preventDefault();
    point(touched, { isTouched: true });
  });
  field.addEventListener("focusin", (event) => {
    const seat = seatAt(event.target);
    if (!seat) return;
    rove(seat);
    if (event.target.matches(":focus-visible")) point(seat);
  });
  field.addEventListener("keydown", (event) => {
    const seat = seatAt(event.target);
    if (!seat || event.altKey || event.ctrlKey || event.metaKey) return;
    let to = null;
    if (event.key in WAYS) to = next(seat, WAYS[event.key]);
    else if (event.key === "Home") to = seats[0];
    else if (event.key === "End") to = seats.at(-1);
    else return;
    event.preventDefault();
    (to ?? seat).node.focus();
  });
}

// ---- changes

function paint(seat, status) {
  if (seat.status === status) return;
  count(seat.status, -1);
  count(status, 1);
  seat.status = status;
  seat.node.setAttribute("class", status);
  seat.use.setAttribute("href", `#m-${status}`);
  const who = seat.name ? `${seat.name}, ` : "";
  seat.node.setAttribute("aria-label", `${seat.place}: ${who}${wordsOf(status).toLowerCase()}`);
  if (seat === current) tell(seat);
  paintRow(seat, status);
}

function count(status, step) {
  const node = legend.get(status)?.count;
  if (node) node.textContent = String(Number(node.textContent) + step);
}

function paintRow(seat, status) {
  const link = seat.url && document.querySelector(`#seats td a[href="${CSS.escape(seat.url)}"]`);
  const cell = link && link.closest("tr").lastElementChild;
  if (!cell) return;
  cell.querySelector("svg")?.setAttribute("class", `mark mark-${status}`);
  cell.querySelector("use")?.setAttribute("href", `#m-${status}`);
  cell.querySelector("span").textContent = wordsOf(status);
}

/** Gives an MP's seat another status; somebody without a seat on the map has none. */
export function showStatus(memberId, status) {
  const seat = byMember.get(String(memberId));
  if (seat) paint(seat, status);
}

/** Gives every seat the status that the server counts; `keys` has a digit for each. */
export function showAll(keys) {
  if (keys.length !== seats.length) return; // another House than this page's
  const statuses = new Map([...legend].map(([status, { key }]) => [key, status]));
  seats.forEach((seat, place) => {
    const status = statuses.get(keys[place]);
    if (status) paint(seat, status);
  });
}

if (map) {
  read();
  rove(seats[0]);
  listen();
  document.getElementById("map-hint").textContent =
    "Point at a cell, tap it, or go along with the arrow keys.";
}
