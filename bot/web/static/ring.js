// "Ring this device": asks the browser for a subscription and tells the console.
import { getJson, say, send } from "./net.js";

const button = () => document.getElementById("ring-this-device");

export async function startRing() {
  const ring = button();
  if (!ring) return;
  const why = trouble();
  if (why) { ring.disabled = true; told(why); return; }
  const here = await subscription();
  if (here) told("This device rings already.");
  ring.addEventListener("click", () => turnOn(ring));
}

function trouble() {
  if (!window.isSecureContext) return "A browser takes pushes over https only.";
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return "This browser takes no pushes. On an iPhone put the console on the home screen first.";
  if (Notification.permission === "denied") return "This browser refuses notifications of the console. Allow them in its settings for this site.";
  return "";
}

async function subscription() {
  const known = await navigator.serviceWorker.getRegistration("/");
  return known ? known.pushManager.getSubscription() : null;
}

async function turnOn(ring) {
  ring.disabled = true;
  try {
    if (await Notification.requestPermission() !== "granted") { told(trouble() || "Without permission this device stays silent."); return; }
    const worker = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
    const { key } = await getJson("/me/key");
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    const answer = await send("/me/devices", { address: JSON.stringify(made), name: named() });
    if (!answer.ok) { told(new DOMParser().parseFromString(answer.html ?? "", "text/html").body.textContent || "That did not work."); return; }
    say(answer.say);
    location.reload();
  } catch (error) {
    told(`The browser could not subscribe: ${error.message}`);
  } finally { ring.disabled = Boolean(trouble()); }
}

function told(words) { document.getElementById("ring-words").textContent = words; }

function bytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

function named() {
  const data = navigator.userAgentData;
  const agent = navigator.userAgent;
  const browser = data?.brands?.find((b) => !/not|chromium/i.test(b.brand))?.brand ?? (/firefox/i.test(agent) ? "Firefox" : /safari/i.test(agent) && !/chrom/i.test(agent) ? "Safari" : "Browser");
  const place = data?.platform ?? (/iphone|ipad/i.test(agent) ? "iPhone" : /android/i.test(agent) ? "Android" : /mac/i.test(agent) ? "Mac" : /windows/i.test(agent) ? "Windows" : "Linux");
  return `${browser} on ${place}`;
}
