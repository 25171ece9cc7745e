// Shows a page on the lock screen, with buttons that act; it keeps and reads nothing else.
const OVER = 60_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let page;
  try { page = event.data.json(); } catch { page = { title: "PixelView", body: "A page that can't be read. Open the console.", url: "/" }; }
  event.waitUntil(show(page));
});

function show(page) {
  const actions = [];
  if (page.acknowledge) actions.push({ action: "acknowledge", title: page.test ? "It works" : "Acknowledge" });
  if (page.escalate) actions.push({ action: "escalate", title: "Escalate" });
  return self.registration.showNotification(page.title, {
    body: page.body || "",
    tag: page.tag || "",
    renotify: Boolean(page.tag) && !page.over,
    requireInteraction: !page.over,
    silent: Boolean(page.over),
    actions,
    vibrate: page.over ? undefined : [400, 200, 400, 200, 400],
    data: page,
  });
}

self.addEventListener("notificationclick", (event) => {
  const page = event.notification.data || {};
  event.notification.close();
  const deed = { acknowledge: page.acknowledge, escalate: page.escalate }[event.action];
  event.waitUntil(deed ? act(deed, page, event.action) : open(page.url));
});

// A link of ours: its POST acts in the name of whom the page was for, also after the session ended.
async function act(address, page, action) {
  const url = new URL(address);
  try {
    const answer = await fetch(url.pathname, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "", credentials: "omit" });
    if (answer.ok) { await done(page, action); return; }
  } catch { /* the page itself tells what is wrong */ }
  await open(url.pathname);
}

async function done(page, action) {
  const said = page.test ? "This device works." : action === "acknowledge" ? "Acknowledged: you have it." : "Escalated.";
  await self.registration.showNotification(said, { body: page.title, tag: page.tag || "", silent: true, data: { url: page.url } });
  await new Promise((over) => setTimeout(over, Math.min(OVER, 8_000)));
  const shown = await self.registration.getNotifications({ tag: page.tag || "" });
  for (const one of shown) if (one.title === said) one.close();
}

async function open(address) {
  const path = address ? new URL(address, self.location.origin).pathname : "/";
  const windows = await self.clients.matchAll({ type: "window" });
  for (const one of windows) {
    try { await one.navigate(path); await one.focus(); return; } catch { /* another one, or a new one */ }
  }
  await self.clients.openWindow(path);
}
