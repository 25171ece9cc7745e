// "Ring this device": asks the browser for a subscription and tells the console.
import { getJson, say, send } from "./net.js";

const button = () => document.getElementById("ring-this-device");

const RINGS = "pv-rings"; // who this browser rings for, and where it is reached

export async function startRing() {
  await keep();
  const ring = button();
  if (!ring) return;
  const why = trouble();
  if (why) { ring.disabled = true; told(why); return; }
  const here = await subscription();
  if (here) told("This device rings already.");
  ring.addEventListener("click", () => turnOn(ring));
}

// A browser changes its subscription now and then, without asking anybody.
async function keep() {
  const known = localStorage.getItem(RINGS);
  const mine = document.body.dataset.me;
  if (!known || !known.startsWith(`${mine} `) || trouble() || Notification.permission !== "granted") return;
  try {
    const made = await subscription() ?? await subscribe();
    if (known !== `${mine} ${made.endpoint}`) await tell(made);
  } catch { /* the page about oneself says what is wrong */ }
}

async function subscribe() {
  const worker = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  await navigator.serviceWorker.ready;
  const { key } = await getJson("/me/key");
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

async function tell(made) {
  const answer = await send("/me/devices", { address: JSON.stringify(made), name: named() });
  if (answer.ok) localStorage.setItem(RINGS, `${document.body.dataset.me} ${made.endpoint}`);
  return answer;
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
    const answer = await tell(await subscribe());
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
