// Instants in the reader's own clock; what is relative goes on counting.
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR, FAR = 20 * HOUR;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let skew = 0; // the server's clock is the one that counts

export function now() { return Date.now() + skew; }

export function learnClock(root) {
  const told = Number(root.dataset.now);
  if (told) skew = told - Date.now();
}

const two = (n) => String(n).padStart(2, "0");
const hm = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;
const day = (d) => `${DAYS[d.getDay()]} ${d.getDate()} ${MONTHS[d.getMonth()]}`;

export function brief(ms) {
  const m = Math.max(0, ms);
  if (m < MINUTE) return `${Math.floor(m / SECOND)} s`;
  if (m < HOUR) return `${Math.floor(m / MINUTE)} min`;
  return m < 48 * HOUR ? `${Math.floor(m / HOUR)} h` : `${Math.floor(m / DAY)} d`;
}

function zoneName(d) {
  const part = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(d);
  return part.find((p) => p.type === "timeZoneName")?.value ?? "";
}

export function clock(at) {
  const d = new Date(at);
  return Math.abs(at - now()) > FAR ? `${day(d)} ${hm(d)}` : hm(d);
}

function say(at, form) {
  const d = new Date(at), t = now(), far = Math.abs(at - t) > FAR;
  switch (form) {
    case "age": return brief(t - at);
    case "ago": return `${brief(t - at)} ago`;
    case "left": return at > t ? `in ${brief(at - t)}` : "now";
    case "exact": return far ? `${d.getDate()} ${MONTHS[d.getMonth()]} ${hm(d)}` : `${hm(d)}:${two(d.getSeconds())}`;
    case "date": return `${day(d)} ${hm(d)}`;
    case "in": return `at ${clock(at)}`;
    case "since": return `${clock(at)} (${brief(t - at)} ago)`;
    case "zoned": return `${clock(at)} ${zoneName(d)}`;
    default: return clock(at);
  }
}

export function tell(root = document) {
  for (const e of root.querySelectorAll("time[data-at]")) {
    const said = say(Number(e.dataset.at), e.dataset.form);
    if (e.textContent !== said) e.textContent = said;
  }
}

function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `pv-zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

export function startTimes() {
  learnClock(document.documentElement);
  rememberZone();
  tell();
  setInterval(() => { if (!document.hidden) tell(); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tell(); });
}
