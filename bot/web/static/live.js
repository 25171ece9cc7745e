// Server-sent events: something changed, so the parts of this page are asked for again.
import { getPage, news } from "./net.js";
import { brief, clock, learnClock, now, tell } from "./times.js";
import { mergeList, startList } from "./list.js";

const MINUTE = 60000, FOLLOWS = 3000; // what runs about no incident is on no stream
const served = new Map(); // part → its HTML as the server last sent it
const PAUSE = 700; // between two looks, so that a storm of changes is not a storm of requests
let asking = false, again = false, asked = 0, later = 0, pressing = false, lastChange = 0, lostAt = 0;

/* Ask again; ``at once`` after an act of one's own, else not more often than people can read. */
export async function refresh(atOnce = false) {
  if (asking) { again = true; return; }
  const wait = asked + PAUSE - performance.now();
  if (wait > 0 && !atOnce) {
    later ||= setTimeout(() => { later = 0; refresh(); }, wait);
    return;
  }
  asking = true;
  asked = performance.now();
  try {
    const page = await getPage(location.href);
    if (page) put(page);
  } catch { /* the stream notices, and says so */ }
  asking = false;
  if (again) { again = false; refresh(); }
}

function put(page) {
  learnClock(page.documentElement);
  if (page.body.dataset.rev) document.body.dataset.rev = page.body.dataset.rev;
  if (page.title) document.title = page.title;
  if (document.querySelector("[data-until-over]") && page.querySelector("[data-over]")) { location.reload(); return; }
  for (const part of page.querySelectorAll("[data-live]")) {
    const mine = document.querySelector(`[data-live="${part.dataset.live}"]`);
    if ("follows" in part.dataset) mine?.setAttribute("data-follows", "");
    else mine?.removeAttribute("data-follows");
    swap(part);
  }
  tell();
}

function swap(part) {
  const name = part.dataset.live;
  const mine = document.querySelector(`[data-live="${name}"]`);
  if (!mine) return;
  const html = part.innerHTML;
  if (served.get(name) === html) return;
  if (name === "list") { mergeList(mine, part); served.set(name, html); return; }
  if (name === "words" && mine.querySelector("details[open]")) return; // somebody changes what they wrote
  if (pressing && mine.contains(pressing)) { again = true; return; }
  const open = [...mine.querySelectorAll("details[open][id]")].map((d) => d.id);
  const focus = mine.contains(document.activeElement) ? document.activeElement.id : "";
  const atEnd = mine.scrollHeight - mine.scrollTop - mine.clientHeight < 40;
  served.set(name, html);
  mine.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  if (name === "words") {
    if (atEnd) mine.scrollTop = mine.scrollHeight;
    announceWords(mine);
  }
  document.dispatchEvent(new CustomEvent("pv:swapped", { detail: name }));
}

let wordsSeen = document.querySelectorAll("#words > li:not(.muted)").length;

function announceWords(list) {
  const words = list.querySelectorAll(":scope > li:not(.muted)");
  const last = words[words.length - 1];
  const mine = last && document.activeElement?.id === "compose";
  if (words.length > wordsSeen && last && !mine) news(`${last.querySelector("b").textContent} wrote in the thread.`);
  wordsSeen = words.length;
}

function show(state) {
  const line = document.getElementById("live");
  if (!line) return;
  line.classList.toggle("on", state === "on");
  line.classList.toggle("off", state === "off");
  const words = document.getElementById("live-words");
  places ??= words.dataset.places ?? (/^also in /.test(words.textContent) ? words.textContent : "");
  const narrow = matchMedia("(width < 900px)").matches;
  const changed = lastChange ? `, last change ${brief(now() - lastChange)} ago` : "";
  words.textContent = state === "on" ? (narrow ? "Live" : places ? `Live, ${places}` : `Live${changed}`) : "Not live";
  const bar = document.getElementById("offline");
  bar.hidden = state === "on";
  document.body.classList.toggle("stale", state !== "on");
  const lost = `Not live since ${clock(lostAt)}, trying again`;
  if (state !== "on" && bar.textContent !== lost) bar.textContent = lost;
}

let places;

let stream = null, waiting = 0, beat = 0;

function lost() {
  lostAt ||= now();
  show("off");
}

function alive() {
  clearTimeout(beat);
  beat = setTimeout(() => { hang(); lost(); setTimeout(listen, 2000); }, 40000);
}

function listen() {
  hang();
  const mine = stream = new EventSource("/events");
  stream.addEventListener("hello", () => {
    clearTimeout(waiting);
    alive();
    lostAt = 0;
    show("on");
    refresh();
  });
  stream.addEventListener("ping", alive);
  stream.addEventListener("changed", () => { alive(); lastChange = now(); show("on"); refresh(); });
  stream.addEventListener("over", () => location.reload());
  stream.onerror = () => {
    lostAt ||= now();
    clearTimeout(waiting);
    waiting = setTimeout(lost, 2000);
    if (mine.readyState !== EventSource.CLOSED) return; // it tries again by itself
    clearTimeout(beat);
    setTimeout(() => { if (stream === mine) { refresh(); listen(); } }, 5000);
  };
}

/* A browser opens six connections to a host: tabs that nobody looks at give theirs back. */
const UNSEEN = 30000;
let unseen = 0;

function watchSight() {
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(hang, UNSEEN);
    else if (!stream) listen();
  });
}

function hang() {
  clearTimeout(beat);
  clearTimeout(waiting);
  stream?.close();
  stream = null;
}

export function startLive() {
  for (const part of document.querySelectorAll("[data-live]")) {
    if (part.dataset.live === "words") part.scrollTop = part.scrollHeight;
  }
  document.addEventListener("pointerdown", (e) => { pressing = e.target; });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => setTimeout(() => { pressing = false; }, 50));
  }
  startList();
  watchSight();
  listen();
  addEventListener("pagehide", hang);
  addEventListener("pageshow", (e) => { if (e.persisted) listen(); });
  setInterval(() => { if (!document.hidden) refresh(); }, MINUTE);
  setInterval(() => { if (!document.hidden && document.querySelector("[data-follows]")) refresh(); }, FOLLOWS);
  setInterval(() => { if (!document.hidden && !lostAt) show("on"); }, 1000);
}
