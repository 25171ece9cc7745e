// Asking the server, and telling people what came of it.
export const csrf = () => document.body.dataset.csrf;

export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const HEADERS = { "X-Requested-With": "pixelview" };

export async function getPage(url, signal) {
  const answer = await fetch(url, { headers: HEADERS, credentials: "same-origin", redirect: "follow", signal });
  if (answer.status === 401) { location.reload(); return null; }
  const text = await answer.text();
  return new DOMParser().parseFromString(text, "text/html");
}

export async function getJson(url) {
  const answer = await fetch(url, { headers: HEADERS, credentials: "same-origin" });
  if (answer.status === 401) { location.reload(); return {}; }
  return answer.json();
}

export async function send(url, values) {
  const body = new URLSearchParams({ csrf: csrf(), ...values });
  try {
    const answer = await fetch(url, { method: "POST", headers: HEADERS, body, credentials: "same-origin" });
    if (answer.status === 401) { location.reload(); return {}; }
    const found = await answer.json();
    return { ...found, ok: answer.ok };
  } catch {
    return { title: "Not sent", html: "<p>The console does not answer. Nothing is lost here; try again in a moment.</p>" };
  }
}

let wiping = 0;

export function say(words) {
  const box = document.getElementById("say");
  if (!box) return;
  // A modal dialog makes everything outside it inert, and covers it.
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.textContent = words;
  clearTimeout(wiping);
  wiping = setTimeout(() => { box.textContent = ""; }, 5000);
}

/* What others did: read out, and seen where it happened. */
export function news(words) {
  const box = document.getElementById("news");
  if (box) box.textContent = words;
}

export function alarm(words) {
  const box = document.getElementById("alarm");
  if (box) box.textContent = words;
}
