// The list of Now: nothing is pushed away under a pointer; new rows wait behind a bar.
import { alarm, news as tellNews } from "./net.js";
import { tell } from "./times.js";

let touched = 0, leaving = 0, waiting = null, cursor = "", known = null;

const list = () => document.getElementById("list");
export const rows = () => [...(list()?.querySelectorAll(".row") ?? [])];
export const chosen = () => rows().filter((r) => r.classList.contains("chosen"));
export const current = () => rows().find((r) => r.dataset.id === cursor) ?? null;

export function moveTo(row) {
  for (const r of rows()) r.classList.toggle("at", r === row);
  cursor = row ? row.dataset.id : "";
  row?.scrollIntoView({ block: "nearest" });
}

export function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  moveTo(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
}

function busy() {
  const box = list();
  return box.matches(":hover") || box.contains(document.activeElement) || scrollY > 8
    || Date.now() - touched < 2000 || chosen().length > 0;
}

export function mergeList(mine, fresh) {
  announce(fresh);
  const here = new Map(rows().map((r) => [r.dataset.id, r]));
  if (!here.size || !busy()) { replace(mine, fresh); return; }
  const coming = new Map([...fresh.querySelectorAll(".row")].map((r) => [r.dataset.id, r]));
  for (const [id, row] of here) inPlace(row, coming.get(id));
  const news = [...coming.keys()].filter((id) => !here.has(id)).length;
  waiting = fresh;
  bar(news);
  soon();
}

function inPlace(row, next) {
  row.classList.toggle("over", !next);
  if (!next || row.innerHTML === next.innerHTML) return;
  row.dataset.rev = next.dataset.rev;
  const focused = row.contains(document.activeElement);
  row.innerHTML = next.innerHTML;
  tell(row);
  if (focused) row.querySelector("a")?.focus({ preventScroll: true });
}

function replace(mine, fresh) {
  const picked = new Set(chosen().map((r) => r.dataset.id));
  waiting = null;
  mine.innerHTML = fresh.innerHTML;
  for (const r of rows()) {
    r.classList.toggle("chosen", picked.has(r.dataset.id));
    r.classList.toggle("at", r.dataset.id === cursor);
  }
  bar(0);
  tell(mine);
}

function bar(news) {
  const box = document.getElementById("fresh");
  if (!box) return;
  box.hidden = !waiting || news === 0;
  box.firstElementChild.textContent = `${news} new ↑`;
}

function apply() {
  if (waiting) replace(list(), waiting);
}

/* Once nobody is at the list or on the way to the bar, what waits comes in by itself. */
function soon() {
  clearTimeout(leaving);
  leaving = setTimeout(() => {
    const bar = document.getElementById("fresh");
    if (waiting && !busy() && !bar.matches(":hover")) apply();
    else if (waiting) soon();
  }, 1500);
}

/* New incidents go to the polite line; those that page the reader to the assertive one. */
function announce(fresh) {
  const coming = [...fresh.querySelectorAll(".row")];
  if (known) {
    const news = coming.filter((r) => !known.has(r.dataset.id));
    const mine = news.filter((r) => r.classList.contains("mine"));
    if (mine.length) alarm(`You are paged. ${mine[0].dataset.says}`);
    if (news.length) tellNews(news.length === 1 ? `New: ${news[0].dataset.says}` : `${news.length} new incidents`);
  }
  known = new Set([...(known ?? []), ...coming.map((r) => r.dataset.id)]);
}

export function showPicked() {
  const box = document.getElementById("picked");
  if (!box) return;
  const n = chosen().length;
  box.hidden = n === 0;
  if (!n) { box.replaceChildren(); return; }
  const words = document.createElement("b");
  words.textContent = `${n} selected`;
  const keys = JSON.parse(document.body.dataset.bindings).filter((b) => b.kind === "now");
  const buttons = keys.map((b) => {
    const e = document.createElement("button");
    e.type = "button";
    e.className = "button primary";
    e.textContent = `${b.label} ${n}`;
    e.dataset.bulk = b.verb;
    return e;
  });
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "button";
  clear.textContent = "Clear";
  clear.dataset.unpick = "";
  box.replaceChildren(words, ...buttons, clear);
}

export function startList() {
  const box = list();
  if (!box) return;
  known = new Set(rows().map((r) => r.dataset.id));
  document.getElementById("fresh")?.addEventListener("click", () => { apply(); scrollTo({ top: 0 }); });
  for (const kind of ["mouseleave", "focusout", "touchend"]) box.addEventListener(kind, soon);
  addEventListener("scroll", () => { if (scrollY <= 8) soon(); }, { passive: true });
  for (const kind of ["touchstart", "touchmove"]) {
    box.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }
}
