// Single keys, for hands on a keyboard: off in inputs and dialogs, and off altogether if wanted.
import { freshKey, say, send } from "./net.js";
import { act, openSheet } from "./sheet.js";
import { chosen, current, move, rows, showPicked } from "./list.js";
import { refresh } from "./live.js";
import { openPalette } from "./palette.js";
import { setting } from "./views.js";

const bindings = new Map(JSON.parse(document.body.dataset.bindings).map((b) => [b.key, b]));
let after = "", anchor = null;

const typing = (e) => e.target.closest("input, select, textarea, [contenteditable]");

function keydown(e) {
  if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
    e.preventDefault();
    openPalette("");
    return;
  }
  if (e.key === "Escape") { escape(e); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e) || document.querySelector("dialog[open]")) return;
  if (!setting("keys")) return;
  const was = after;
  after = "";
  if (was === "g" && goTo(e.key)) { e.preventDefault(); return; }
  if (press(e)) e.preventDefault();
}

function goTo(key) {
  const url = { n: "/", o: "/oncall", i: "/inventory", r: "/runs" }[key];
  if (url) location.assign(url);
  return Boolean(url);
}

function press(e) {
  switch (e.key) {
    case "j": move(1); return true;
    case "k": move(-1); return true;
    case "Enter": return open(e);
    case "x": case "X": return pick(e.shiftKey);
    case "f": return filter();
    case "/": openPalette(""); return true;
    case "?": document.getElementById("keys").showModal(); return true;
    case "g": after = "g"; return true;
    default: return verb(e.key);
  }
}

function open(e) {
  if (e.target.closest("a, button, summary")) return false;
  const row = current();
  if (row) location.assign(row.querySelector("a").href);
  return Boolean(row);
}

/* Resources are moved through and opened like incidents; what is done to incidents is not for them. */
const things = () => Boolean(document.querySelector("#list.things"));

function pick(range) {
  if (things()) return false;
  const row = current();
  if (!row) return false;
  const all = rows();
  if (range && anchor && all.includes(anchor)) {
    const [a, b] = [all.indexOf(anchor), all.indexOf(row)].sort((m, n) => m - n);
    for (const r of all.slice(a, b + 1)) r.classList.add("chosen");
  } else {
    row.classList.toggle("chosen");
    anchor = row;
  }
  showPicked();
  return true;
}

function filter() {
  const find = document.querySelector("[data-find]");
  if (find) { find.focus(); find.select(); return true; }
  const box = document.querySelector("[data-palette]");
  if (!box) return false;
  openPalette(box.value ? `${box.value} ` : "");
  return true;
}

function verb(key) {
  const found = bindings.get(key);
  if (!found) return false;
  const button = [...document.querySelectorAll(`main [data-key="${CSS.escape(key)}"]`)][0];
  if (button) { button.click(); return true; }
  if (things()) return false;
  if (found.kind === "now" && chosen().length) { bulk(found.verb); return true; }
  const row = current();
  const id = row?.dataset.id ?? document.body.dataset.incident;
  if (!id) { if (rows().length) say("Choose one first: J and K move."); return Boolean(rows().length); }
  const rev = row?.dataset.rev ?? document.body.dataset.rev;
  if (found.kind === "now") act(`/do/${found.verb}`, { incident: id, rev, key: freshKey() });
  else openSheet(`/ask/${found.verb}?incident=${id}`);
  return true;
}

async function bulk(name) {
  const picked = chosen();
  const answers = [];
  for (const row of picked) {
    answers.push(await send(`/do/${name}`, { incident: row.dataset.id, rev: row.dataset.rev, key: freshKey() }));
  }
  const done = answers.filter((a) => a.say !== undefined).length;
  unpick();
  say(done === picked.length ? `${done} done.` : `${done} of ${picked.length} done; the others had changed.`);
  refresh(true);
}

function unpick() {
  for (const r of rows()) r.classList.remove("chosen");
  anchor = null;
  showPicked();
}

function escape(e) {
  if (document.querySelector("dialog[open]")) return; // the dialog closes itself
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.removeAttribute("open"); menu.querySelector("summary").focus(); return; }
  if (typing(e)) { e.target.blur(); return; }
  if (chosen().length) { unpick(); return; }
  if (setting("keys")) document.querySelector("[data-back]")?.click();
}

export function startKeys() {
  document.addEventListener("keydown", keydown);
  document.addEventListener("pv:bulk", (e) => bulk(e.detail));
  document.addEventListener("click", (e) => { if (e.target.closest("[data-unpick]")) unpick(); });
}
