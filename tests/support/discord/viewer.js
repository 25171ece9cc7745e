// Keeps the page true: asks for the next state, swaps what changed, and sends what is done here.
"use strict";
const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const kept = (name) => query.get(name) || localStorage.getItem(name) || "";
let me = kept("as"), channel = kept("channel"), rev = -1, ahead = 0;
let commands = [], lastPush = null, waiting = null;
const drawn = {};

const root = document.documentElement;
const setTheme = (name) => root.classList.toggle("light", name === "light");
setTheme(kept("theme"));
$("theme").onclick = () => {
  const name = root.classList.contains("light") ? "dark" : "light";
  localStorage.setItem("theme", name);
  setTheme(name);
};

function draw(id, html) {
  if (drawn[id] === html) return false;
  const box = $(id), open = document.activeElement;
  // A menu that is being used is not pulled away; the next change draws it.
  if (open && box.contains(open) && open.tagName === "SELECT") return false;
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  box.innerHTML = drawn[id] = html;
  if (id === "messages" && low) box.scrollTop = box.scrollHeight;
  return true;
}

function show(state) {
  ahead = state.now - Date.now() / 1000;
  rev = state.rev;
  const people = state.people.map(([id, name]) => `<option value="${id}"></option>`).join("");
  if (drawn.who !== JSON.stringify(state.people)) {
    $("who").innerHTML = people;
    state.people.forEach(([, name], i) => { $("who").options[i].textContent = name; });
    drawn.who = JSON.stringify(state.people);
  }
  if (!state.me) {
    draw("messages", '<p class="empty">Nobody is here yet: add people with --user NAME.</p>');
    return;
  }
  const moved = channel !== state.channel || me !== state.me;
  me = state.me; channel = state.channel; commands = state.commands;
  $("who").value = me;
  localStorage.setItem("as", me);
  localStorage.setItem("channel", channel);
  draw("channels", state.sidebar);
  draw("head", state.head);
  if (draw("messages", state.messages) && moved) $("messages").scrollTop = 1e9;
  const place = document.querySelector("#head b").innerText.replace(/\s+/g, " ");
  const down = state.connected ? "" : "   (no bot is connected)";
  $("words").placeholder = `Message ${place}, or / for commands${down}`;
  $("words").disabled = !state.writes;
  if (!state.writes) $("words").placeholder = "You can't write in this channel.";
  document.title = place;
  unread();
  const count = state.complaints.length;
  $("complaints").hidden = !count;
  $("complaints").textContent = `${count} complaint${count === 1 ? "" : "s"}`;
  $("complained").textContent = "";
  for (const words of state.complaints) {
    $("complained").append(Object.assign(document.createElement("li"), { textContent: words }));
  }
  const [id, from, words] = state.push[0] || ["", "", ""];
  if (lastPush && lastPush.me === me && id && id !== lastPush.id) push(from, words || "(empty)");
  lastPush = { me, id };
  times();
}

function unread() {
  for (const link of document.querySelectorAll(".channel")) {
    const key = `seen.${me}.${link.dataset.open}`, last = link.dataset.last;
    if (link.classList.contains("here")) localStorage.setItem(key, last);
    link.classList.toggle("unread", last !== "0" && (localStorage.getItem(key) || last) !== last);
    if (!localStorage.getItem(key)) localStorage.setItem(key, last);
  }
}

function push(from, words, bad) {
  const note = document.createElement("div");
  note.className = bad ? "push bad" : "push";
  note.append(Object.assign(document.createElement("b"), { textContent: from }), words);
  $("pushes").append(note);
  setTimeout(() => note.remove(), 7000);
}

const units = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"],
  [60, "minute"], [1, "second"]];
function relative(seconds) {
  const size = Math.abs(Math.round(seconds));
  const [unit, name] = units.find(([unit]) => size >= unit) || [1, "second"];
  const count = Math.floor(size / unit);
  const words = count === 1 ? `${name === "hour" ? "an" : "a"} ${name}` : `${count} ${name}s`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

function clock(date, style) {
  const long = { dateStyle: "long", timeStyle: "short" };
  const formats = { t: { timeStyle: "short" }, T: { timeStyle: "medium" },
    d: { dateStyle: "short" }, D: { dateStyle: "long" }, f: long,
    F: { dateStyle: "full", timeStyle: "short" } };
  return date.toLocaleString("en-GB", formats[style] || long);
}

function times() {
  const now = Date.now() / 1000 + ahead;
  for (const stamp of document.querySelectorAll("time[data-at]")) {
    const at = Number(stamp.dataset.at), style = stamp.dataset.style;
    const date = new Date(at * 1000);
    let words = style === "R" ? relative(at - now) : clock(date, style);
    if (style === "when") {
      const day = (d) => d.toLocaleDateString("en-GB");
      const hour = clock(date, "t"), today = new Date(now * 1000);
      const near = { [day(new Date(now * 1000 - 864e5))]: "Yesterday at ", [day(today)]: "Today at " };
      words = (near[day(date)] || `${day(date)} `) + hour;
    }
    if (stamp.textContent !== words) stamp.textContent = words;
  }
}
setInterval(times, 1000);

async function follow() {
  for (;;) {
    waiting = new AbortController();
    try {
      const asked = new URLSearchParams({ as: me, channel, since: rev });
      const answer = await fetch(`/view?${asked}`, { signal: waiting.signal });
      show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") {
        rev = -1;
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }
}
function look() { rev = -1; if (waiting) waiting.abort(); }

async function act(what) {
  const body = JSON.stringify({ as: me, channel, ...what });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/act", { method: "POST", headers, body });
  const said = await answer.json();
  if (said.error) push("Discord", said.error, true);
  if (said.modal) {
    $("over").innerHTML = said.modal;
    $("over").hidden = false;
    const first = $("over").querySelector("input, textarea, select");
    if (first) first.focus();
  }
  return said;
}
$("menu").onclick = (event) => { document.body.classList.add("open"); event.stopPropagation(); };
document.addEventListener("click", (event) => {
  if (!event.target.closest("#me")) document.body.classList.remove("open");
});
const close = () => { $("over").hidden = true; $("over").innerHTML = ""; };

$("who").onchange = () => { me = $("who").value; look(); };
$("complaints").onclick = () => { $("complained").hidden = !$("complained").hidden; };
document.addEventListener("click", (event) => {
  const on = (name) => event.target.closest(`[data-${name}]`);
  const pressed = on("press"), opened = on("open"), reacted = on("react");
  const dismissed = on("dismiss"), many = on("many"), menu = on("menu");
  for (const box of document.querySelectorAll("details[open]")) {
    if (!box.contains(event.target)) box.open = false;
  }
  if (pressed) {
    pressed.disabled = true;
    act({ do: "press", message: pressed.dataset.message, id: pressed.dataset.press })
      .finally(() => { pressed.disabled = false; });
  } else if (menu) {
    menu.closest("details").open = false;
    act({ do: "menu", message: menu.dataset.message, id: menu.dataset.menu });
  } else if (many) choose(many.previousElementSibling);
  else if (opened) { channel = opened.dataset.open; look(); }
  else if (reacted) act({ do: "react", message: reacted.dataset.message, id: reacted.dataset.react });
  else if (dismissed) act({ do: "dismiss", message: dismissed.dataset.dismiss });
  else if (on("cancel") || event.target === $("over")) close();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

function choose(menu) {
  const values = [...menu.selectedOptions].map((option) => option.value).filter(Boolean);
  menu.blur();
  act({ do: "choose", message: menu.dataset.message, id: menu.dataset.choose, values })
    .finally(() => { if (!menu.multiple) menu.selectedIndex = 0; });
}
document.addEventListener("change", (event) => {
  if (event.target.dataset.choose !== undefined && !event.target.multiple) choose(event.target);
});

$("over").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, values = {};
  for (const field of form.querySelectorAll("[name]")) {
    if (field.dataset.flag !== undefined) values[field.name] = field.checked;
    else if (field.tagName === "SELECT") {
      values[field.name] = [...field.selectedOptions].map((o) => o.value).filter(Boolean);
    } else if (field.type === "checkbox" || field.type === "radio") {
      values[field.name] = (values[field.name] || []).concat(field.checked ? [field.value] : []);
    } else values[field.name] = field.value;
  }
  const said = await act({ do: "submit", key: form.dataset.submit, values });
  if (!said.error && !said.modal) close();
});

$("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  if (!text) return;
  $("words").value = "";
  $("offers").hidden = true;
  act({ do: "say", text });
});
let asked = 0;
$("words").addEventListener("input", async () => {
  const text = $("words").value, box = $("offers"), turn = ++asked;
  box.hidden = !text.startsWith("/");
  if (box.hidden) return;
  const typed = text.slice(1);
  const exact = commands.filter((c) => typed.startsWith(`${c.line} `))
    .sort((a, b) => b.line.length - a.line.length)[0];
  if (!exact) {
    offer(commands.filter((c) => c.line.startsWith(typed)).map((c) => [`/${c.line} `, `/${c.line}`,
      `${c.options.map((o) => (o.required ? o.name : `[${o.name}]`)).join(" ")} · ${c.about}`]));
    return;
  }
  offer(exact.options.map((o) => [null, o.name, o.about]));
  if (!exact.options.some((o) => o.complete)) return;
  const said = await act({ do: "complete", text }).catch(() => ({}));
  if (turn !== asked || !said.choices) return;
  const start = text.endsWith(" ") ? text : text.replace(/\S*$/, "");
  const name = (text.match(/(\w+:)\S*$/) || ["", ""])[1];
  offer(said.choices.map((c) => [`${start}${name}${c.value} `, c.name, ""]));
});
function offer(list) {
  $("offers").textContent = "";
  for (const [text, name, about] of list.slice(0, 25)) {
    const link = document.createElement("a");
    link.append(name, " ", Object.assign(document.createElement("span"), { textContent: about }));
    if (text !== null) link.onclick = () => {
      $("words").value = text;
      $("words").focus();
      $("words").dispatchEvent(new Event("input"));
    };
    $("offers").append(link);
  }
  $("offers").hidden = !list.length;
}
follow();
