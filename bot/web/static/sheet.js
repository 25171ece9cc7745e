// Forms and answers in a dialog, buttons without a reload; typed words are never lost.
import { freshKey, getJson, say, send } from "./net.js";
import { refresh } from "./live.js";
import { tell } from "./times.js";

const box = () => document.getElementById("sheet");

export function showSheet(found) {
  if (found.go) { location.assign(found.go); return; }
  const dialog = box();
  document.getElementById("sheet-title").textContent = found.title ?? "";
  const body = document.getElementById("sheet-body");
  body.innerHTML = found.html ?? "";
  tell(body);
  if (!dialog.open) dialog.showModal();
  const wrong = body.querySelector('[aria-invalid="true"]');
  const first = wrong ?? body.querySelector("input:not([type=hidden]):not([type=radio]), select, textarea, [type=radio]:checked, .button.primary");
  first?.focus({ preventScroll: !wrong });
  if (!wrong) dialog.scrollTop = body.scrollTop = 0;
}

export async function openSheet(url) {
  try {
    showSheet(await getJson(url));
  } catch {
    showSheet({ title: "Not now", html: "<p>The console does not answer. Try again in a moment.</p>" });
  }
}

export async function act(url, values) {
  const found = await send(url, values);
  if (found.say !== undefined) {
    if (box().open) box().close();
    say(found.say);
    refresh(true);
    return true;
  }
  if (found.html || found.go) showSheet(found);
  refresh(true);
  return false;
}

function valuesOf(form, submitter) {
  const values = Object.fromEntries(new FormData(form));
  if (submitter?.name) values[submitter.name] = submitter.value;
  return values;
}

async function submit(event) {
  const form = event.target;
  if (!form.matches("form[data-act]")) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  if (button?.getAttribute("aria-busy")) return;
  button?.setAttribute("aria-busy", "true");
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.removeAttribute("open");
  const done = await act(form.getAttribute("action"), valuesOf(form, event.submitter));
  button?.removeAttribute("aria-busy");
  if (done && form.matches("[data-compose]")) emptied(form);
}

function emptied(form) {
  form.elements.text.value = "";
  forget();
  form.elements.key.value = freshKey();
  form.elements.text.focus();
}

/* What is typed in a thread survives a reload of this tab. */
const draftKey = () => `pv-draft-${document.body.dataset.incident}`;

function forget() { sessionStorage.removeItem(draftKey()); }

function startDraft() {
  const text = document.getElementById("compose");
  if (!text) return;
  text.value ||= sessionStorage.getItem(draftKey()) ?? "";
  text.addEventListener("input", () => sessionStorage.setItem(draftKey(), text.value));
  text.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || matchMedia("(pointer: coarse)").matches) return;
    e.preventDefault();
    if (text.value.trim()) text.form.requestSubmit();
  });
}

function click(event) {
  const link = event.target.closest("a[data-sheet]");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link && plain) {
    event.preventDefault();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.removeAttribute("open");
    openSheet(link.getAttribute("href"));
    return;
  }
  const close = event.target.closest("dialog [data-close]");
  if (close) { event.preventDefault(); close.closest("dialog").close(); return; }
  const opener = event.target.closest("[data-open]");
  if (opener) { document.getElementById(opener.dataset.open).showModal(); return; }
  const fill = event.target.closest("[data-fill]");
  if (fill) { document.getElementById(fill.dataset.fill).value = fill.value; return; }
  const copy = event.target.closest("[data-copy]");
  if (copy) { copyText(copy); return; }
  const bulk = event.target.closest("[data-bulk]");
  if (bulk) { document.dispatchEvent(new CustomEvent("pv:bulk", { detail: bulk.dataset.bulk })); return; }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
  if (event.target.matches("dialog")) event.target.close(); // the veil around it
}

/* A form whose fields are those of what is chosen in it, and that says what exactly will be done. */
async function changed(event) {
  const form = event.target.closest("form.sheet-form");
  if (!form?.querySelector("[data-changes]")) return;
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (["csrf", "key", "rev", "back", "asked"].includes(name)) continue;
    if (form.elements[name]?.type !== "password") asked.set(name, value);
  }
  const url = `${form.getAttribute("action").replace("/do/", "/ask/")}?${asked}`;
  let found;
  try { found = await getJson(url); } catch { return; } // what is wrong is said of what is sent
  if (!form.isConnected || !found.html) return;
  if (event.target.dataset.changes === "form") {
    showSheet(found);
    document.getElementById(event.target.id)?.focus();
    return;
  }
  const fresh = new DOMParser().parseFromString(found.html, "text/html").querySelector(".intro");
  const intro = form.querySelector(".intro");
  if (fresh && intro) intro.textContent = fresh.textContent;
}

async function copyText(button) {
  const text = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(text.textContent);
    say("Copied.");
  } catch {
    getSelection().selectAllChildren(text);
    say("Selected. Copy it with Ctrl C.");
  }
}

export function startSheets() {
  document.addEventListener("submit", submit);
  document.addEventListener("click", click);
  document.addEventListener("change", changed);
  startDraft();
}

