// The page: asks for one person's screen, draws it, sends what they do, and redraws on every change.
import { attachment, blocks, reactions } from "/viewer/blocks.js";
import { draw } from "/viewer/forms.js";
import { dateWords, el, link, mrkdwn, textObject } from "/viewer/words.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const opened = new Set(), read = new Map();
let screen = null, here = query.get("channel") ?? "", shown = "", who = query.get("user") ?? "";

const theme = (name) => { document.documentElement.dataset.theme = name; };
theme(query.get("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
document.body.classList.toggle("bare", query.has("bare"));
$("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");

const toast = (words) => {
  $("toast").textContent = words;
  $("toast").hidden = !words;
  if (words) setTimeout(() => { $("toast").hidden = true; }, 4000);
};

const act = async (what, body) => {
  const answer = await fetch(`/viewer/do/${what}`, { method: "POST", body: JSON.stringify({ user: screen.me.id, ...body }) });
  const said = await answer.json();
  if (said.error) toast(said.error);
  await refresh();
};

const busy = async (node, work) => {
  node.disabled = true;
  try { await work(); } finally { node.disabled = false; }
};

const confirm = (question, then) => {
  const words = (n) => textObject(n, scene()).map((x) => x);
  const shut = () => { $("veil").hidden = true; shown = ""; drawModal(); };
  $("dialog").replaceChildren(el("h1", {}, ...words(question.title)),
    el("div", { className: "inside text" }, el("div", {}, ...words(question.text))),
    el("footer", {}, el("button", { className: "btn", onclick: shut }, ...words(question.deny)),
      el("button", { className: `btn ${question.style ?? "primary"}`, onclick: () => { shut(); then(); } }, ...words(question.confirm))));
  shown = "confirm";
  $("veil").hidden = false;
};

const menu = (anchor, entries) => {
  const box = anchor.getBoundingClientRect(), m = $("menu");
  m.replaceChildren(...entries.map(([label, then]) =>
    el("button", { type: "button", onclick: () => { m.hidden = true; then(); } }, label)));
  m.hidden = false;
  m.style.left = `${Math.min(box.left, innerWidth - m.offsetWidth - 8)}px`;
  m.style.top = `${Math.min(box.bottom + 4, innerHeight - m.offsetHeight - 8)}px`;
  setTimeout(() => addEventListener("click", () => { m.hidden = true; }, { once: true }));
};

const scene = () => ({ me: screen.me.id, names: screen.names, people: screen.people, tz: screen.me.tz, now: screen.now });

const handlers = (aim, id) => ({
  id, confirm, menu,
  press: (node, block, element) => busy(node, () => act("press", { ...aim, action: element.action_id })),
  choose: (node, block, element, option) => busy(node, () => act("choose", { ...aim, action: element.action_id, option: option.value })),
});

const shortcuts = (aim) => Object.entries(screen.shortcuts)
  .filter(([name]) => (name === "pv_declare") !== Boolean(aim.ts))
  .map(([callback, label]) => [label, () => act("shortcut", { ...aim, callback })]);

const face = (user) => {
  const person = screen.people.find((p) => p.id === user) ?? { name: "?" };
  const hues = ["#4a154b", "#0b6e5f", "#b04a00", "#1f5fbf", "#8a1538", "#56606e"];
  const out = el("div", { className: person.bot ? "face bot" : "face" },
    ...(person.bot ? [1, 2, 3, 4].map(() => el("i")) : [person.name[0]]));
  if (!person.bot) out.style.background = hues[user.charCodeAt(user.length - 1) % hues.length];
  return out;
};

const message = (m, place, inThread = false) => {
  const person = screen.people.find((p) => p.id === m.user) ?? { name: m.user };
  const on = handlers({ channel: place.id, ts: m.ts }, m.ts);
  const replies = place.messages.filter((r) => r.thread === m.ts && r.ts !== m.ts);
  const words = m.blocks.length ? blocks(m.blocks, on, scene()) : [el("div", { className: "text" }, ...mrkdwn(m.text, scene()))];
  const body = el("div", {},
    m.ephemeral ? el("span", { className: "tag" }, `👁 Only visible to ${screen.me.name}`) : null,
    m.pinned ? el("span", { className: "tag" }, "📌 Pinned") : null,
    el("span", { className: "by" }, person.bot ? person.name : person.first ?? person.name), " ",
    person.bot ? el("span", { className: "app" }, "APP") : null, " ",
    el("span", { className: "at" }, dateWords(m.at, "{time}", scene())),
    el("div", {}, ...words), ...m.attachments.map((a) => attachment(a, on, scene(), opened)),
    m.edited && !m.blocks.length ? el("span", { className: "at" }, "(edited)") : null, reactions(m.reactions));
  if (replies.length && !inThread) body.append(thread(m, replies, place));
  const more = m.ephemeral ? null : el("button", { type: "button", className: "dots", ariaLabel: "More actions", title: "Shortcuts",
    onclick: (e) => menu(e.target, shortcuts({ channel: place.id, ts: m.ts })) }, "⋮");
  const out = el("article", { className: m.ephemeral ? "msg only" : "msg" }, face(m.user), body, more);
  out.dataset.ts = m.ts;
  return out;
};

const thread = (m, replies, place) => {
  const line = el("input", { placeholder: "Reply…", ariaLabel: "Reply in thread" });
  const form = el("form", { className: "reply", onsubmit: (e) => {
    e.preventDefault();
    const text = line.value.trim();
    line.value = "";  // words that stay would keep the page from being drawn anew
    if (text) act("type", { channel: place.id, thread: m.ts, text });
  } }, line);
  return el("div", { className: "thread" },
    el("div", { className: "count" }, `${replies.length} ${replies.length === 1 ? "reply" : "replies"} in thread`),
    ...replies.map((r) => message(r, place, true)), document.body.classList.contains("bare") ? null : form);
};

const placeName = (c) => (c.kind === "im" ? c.name : `${c.kind === "group" ? "🔒" : "#"} ${c.name}`);

const drawSide = () => {
  $("team").textContent = screen.team;
  $("me").replaceChildren(...screen.people.filter((p) => !p.bot).map((p) => el("option", { value: p.id, selected: p.id === screen.me.id }, p.name)));
  const entry = (id, label, c) => {
    const unread = c && id !== here ? c.messages.filter((m) => m.ts > (read.get(id) ?? "")) : [];
    const calls = unread.filter((m) => m.mentions.includes(screen.me.id)).length;
    return el("button", { type: "button", className: `place ${id === here ? "on" : ""} ${unread.length ? "new" : ""}`,
      onclick: () => go(id) }, label, calls ? el("b", {}, String(calls)) : null);
  };
  const rows = (test) => screen.channels.filter(test).map((c) => entry(c.id, placeName(c), c));
  $("places").replaceChildren(el("h2", {}, "Channels"), ...rows((c) => c.kind !== "im"),
    el("h2", {}, "Direct messages"), ...rows((c) => c.kind === "im"),
    ...(screen.home || here === "home" ? [el("h2", {}, "Apps"), entry("home", "PixelView · Home")] : []));
  const reach = screen.http ?? `${screen.connections} websocket${screen.connections === 1 ? "" : "s"}`;
  $("status").replaceChildren(`App: ${reach}`, ...screen.violations.slice(-5).map((v) => el("span", { className: "bad" }, `⚠ ${v}`)));
};

const go = (id) => {
  here = id;
  if (id === "home") act("home", {}); else drawAll();
};

const drawHead = (place) => {
  const pins = place.messages.filter((m) => m.pinned).length;
  $("head").classList.toggle("room", Boolean(place.topic || place.bookmarks.length));
  $("head").replaceChildren(...[el("span", {}, place.kind === "im" ? place.name : placeName(place)),
    place.archived ? el("span", { className: "tag" }, " · archived") : null,
    place.topic ? el("span", { className: "topic" }, place.topic) : null,
    place.bookmarks.length || pins ? el("div", { className: "bookmarks" },
      ...(pins ? [el("span", {}, `📌 ${pins} pinned`)] : []),
      ...place.bookmarks.map((b) => link(b.link, `🔗 ${b.title}`))) : null].filter(Boolean));
};

const drawLog = () => {
  const log = $("log"), low = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  if (here === "home") {
    $("head").textContent = "PixelView · Home";
    const on = screen.home ? handlers({ view: screen.home.id }, "home") : {};
    const inner = screen.home ? blocks(screen.home.body.blocks, on, scene()) : [el("p", { className: "quiet" }, "The app has not published a Home tab for you.")];
    log.replaceChildren(el("div", { className: "msg" }, el("span"), el("div", {}, ...inner)));
    return;
  }
  const place = screen.channels.find((c) => c.id === here || c.name === here) ?? screen.channels[0];
  if (!place) { log.replaceChildren(el("p", { className: "quiet" }, "No channels yet.")); return; }
  here = place.id;
  read.set(here, place.messages.at(-1)?.ts ?? "");
  drawHead(place);
  $("line").disabled = place.archived;
  $("line").placeholder = place.archived ? "This channel has been archived." : `Message ${place.kind === "im" ? place.name : `#${place.name}`}, or ${screen.commands[0] ?? "/"} …`;
  const top = place.messages.filter((m) => !m.thread || m.thread === m.ts || m.broadcast);
  log.replaceChildren(...top.map((m) => message(m, place)));
  if (!top.length) log.replaceChildren(el("p", { className: "quiet" }, "Nothing here yet."));
  if (low) log.scrollTop = log.scrollHeight;
};

const drawModal = () => {
  if (shown === "confirm") return;
  const view = screen.modals.at(-1), key = view ? JSON.stringify([view.id, view.body, view.errors]) : "";
  if (key === shown) return;
  shown = key;
  $("veil").hidden = !view;
  if (!view) return;
  $("dialog").replaceChildren(draw(view, { ...handlers({ view: view.id }, view.id),
    submit: (v, values) => act("submit", { view: v.id, values }), close: (v) => act("close", { view: v.id }) }, scene()));
};

const drawAll = () => { drawLog(); drawSide(); drawModal(); document.body.dataset.ready = "yes"; };

const refresh = async () => {
  const answer = await fetch(`/viewer/state?user=${encodeURIComponent(who)}`);
  const next = await answer.json();
  const typing = document.activeElement?.closest?.(".reply") && document.activeElement.value;
  screen = next;
  who = screen.me.id;
  if (!typing) drawAll();
};

$("me").onchange = (e) => { who = e.target.value; shown = ""; refresh(); };
$("bolt").onclick = (e) => menu(e.target, shortcuts({}));
$("typing").onsubmit = (e) => {
  e.preventDefault();
  const text = $("line").value.trim();
  $("line").value = "";
  if (text && here !== "home") act("type", { channel: here, text });
};

await refresh();
if (query.has("home")) go("home");
new EventSource("/viewer/news").onmessage = (e) => { if (Number(e.data) !== screen.version) refresh(); };
setInterval(refresh, 30000);
