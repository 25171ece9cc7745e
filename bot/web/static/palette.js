// One line for everything: a number opens, a verb runs, anything else filters.
import { freshKey, getJson, send } from "./net.js";
import { refresh } from "./live.js";
import { showSheet } from "./sheet.js";
import { say } from "./net.js";

let found = [], at = -1, asked = 0, later = 0;

const box = () => document.getElementById("palette");
const text = () => document.getElementById("palette-text");
const list = () => document.getElementById("palette-list");

export function openPalette(words) {
  const dialog = box();
  if (!dialog) return;
  for (const other of document.querySelectorAll("dialog[open]")) if (other !== dialog) other.close();
  if (!dialog.open) dialog.showModal();
  show([]);
  text().value = words;
  text().focus();
  suggest();
}

async function suggest() {
  const mine = ++asked;
  const words = withHere(text().value);
  try {
    const answer = await getJson(`/suggest?q=${encodeURIComponent(words)}`);
    if (mine === asked && Array.isArray(answer)) show(answer);
  } catch { show([]); }
}

/* On an incident's page a verb alone means that incident. */
function withHere(words) {
  const here = document.body.dataset.incident;
  return here && /^[a-z]+\s*$/i.test(words) && verbs().has(words.trim().toLowerCase()) ? `${words.trim()} ${here}` : words;
}

const verbs = () => new Set(JSON.parse(document.body.dataset.bindings).map((b) => b.verb));

function show(answer) {
  found = answer;
  at = -1;
  list().replaceChildren(...found.map(option));
  text().removeAttribute("aria-activedescendant");
}

function unchoose() {
  at = -1;
  for (const e of list().children) e.setAttribute("aria-selected", "false");
  text().removeAttribute("aria-activedescendant");
}

function option(s, i) {
  const li = document.createElement("li");
  li.id = `p-${i}`;
  li.setAttribute("role", "option");
  li.setAttribute("aria-selected", "false");
  const title = document.createElement("bdi");
  title.textContent = s.title;
  const hint = document.createElement("small");
  hint.textContent = s.hint ?? "";
  li.append(title, hint);
  li.addEventListener("click", () => choose(s));
  return li;
}

function select(next) {
  const all = [...list().children];
  if (!all.length) return;
  at = (next + all.length) % all.length;
  all.forEach((e, i) => e.setAttribute("aria-selected", String(i === at)));
  all[at].scrollIntoView({ block: "nearest" });
  text().setAttribute("aria-activedescendant", all[at].id);
}

function choose(s) {
  if (s.go) { location.assign(s.go); return; }
  if (s.fill) { text().value = s.fill; text().focus(); suggest(); return; }
  run(s.line);
}

async function run(line) {
  if (!line.trim()) return;
  const here = document.body.dataset.incident ?? "";
  const answer = await send("/type", { text: line, key: freshKey(), incident: here, back: location.pathname + location.search });
  if (answer.go) { location.assign(answer.go); return; }
  if (answer.html) { box().close(); showSheet(answer); } else if (answer.say !== undefined) { box().close(); say(answer.say); }
  refresh(true);
}

function keydown(e) {
  if (e.key === "ArrowDown") { e.preventDefault(); select(at + 1); }
  if (e.key === "ArrowUp") { e.preventDefault(); select(at < 0 ? -1 : at - 1); }
  if (e.key === "Tab" && at >= 0 && found[at]?.fill) { e.preventDefault(); choose(found[at]); }
}

export function startPalette() {
  if (!box()) return;
  // What was chosen belongs to the words before: Enter must never run it for others.
  text().addEventListener("input", () => { unchoose(); clearTimeout(later); later = setTimeout(suggest, 120); });
  text().addEventListener("keydown", keydown);
  document.getElementById("palette-form").addEventListener("submit", (e) => {
    e.preventDefault();
    if (at >= 0 && found[at]) choose(found[at]);
    else run(text().value);
  });
  for (const input of document.querySelectorAll("[data-palette]")) {
    input.addEventListener("focus", () => { input.blur(); openPalette(input.value); text().select(); });
  }
}
