// What this browser keeps for its reader: views of their own, keys on or off, the night.
import { say } from "./net.js";

const VIEWS = "pv-views";
const DEFAULTS = { keys: true, night: false };

function kept(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

export function setting(name) { return kept(`pv-${name}`, DEFAULTS[name]); }

function wear() {
  document.documentElement.classList.toggle("night", setting("night"));
  document.documentElement.classList.toggle("no-keys", !setting("keys"));
}

export function startSettings() {
  for (const box of document.querySelectorAll("[data-setting]")) {
    box.checked = setting(box.dataset.setting);
    box.addEventListener("change", () => { localStorage.setItem(`pv-${box.dataset.setting}`, String(box.checked)); wear(); });
  }
  wear();
}

function draw() {
  const list = document.getElementById("own-views");
  const views = kept(VIEWS, []);
  list.hidden = !views.length;
  list.replaceChildren(...views.map((v) => line(v)));
}

function line(view) {
  const li = document.createElement("li");
  const a = document.createElement("a");
  const name = document.createElement("bdi");
  name.textContent = view.title;
  a.href = view.url.startsWith("/") && !view.url.startsWith("//") ? view.url : "/";
  if (a.getAttribute("href") === location.pathname + location.search) a.setAttribute("aria-current", "page");
  a.append(name);
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "icon";
  drop.setAttribute("aria-label", `Forget the view ${view.title}`);
  drop.textContent = "×";
  drop.addEventListener("click", () => keep(kept(VIEWS, []).filter((v) => v.url !== view.url)));
  li.append(a, drop);
  return li;
}

function keep(views) {
  localStorage.setItem(VIEWS, JSON.stringify(views));
  draw();
}

export function startViews() {
  if (!document.getElementById("own-views")) return;
  draw();
  document.addEventListener("click", (e) => {
    const button = e.target.closest("#save-view");
    if (!button) return;
    const { title, url } = button.dataset;
    keep([...kept(VIEWS, []).filter((v) => v.url !== url), { title, url }]);
    say(`Saved in the rail: ${title}`);
  });
}
