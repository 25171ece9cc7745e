// Dragging over the last row of a schedule asks who shall be on call then; without a mouse each shift is a link.
import { openSheet } from "./sheet.js";

const QUARTER = 15 * 60 * 1000;
const NS = "http://www.w3.org/2000/svg";

function at(lane, x) {
  const box = lane.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
  const start = Number(lane.dataset.start), end = Number(lane.dataset.end);
  return Math.round((start + share * (end - start)) / QUARTER) * QUARTER;
}

// 2026-11-27 13:30, on the clock of the schedule; "sv" writes dates so.
function wall(instant, timeZone) {
  return new Date(instant).toLocaleString("sv", { timeZone, dateStyle: "short", timeStyle: "short" });
}

function start(event) {
  const lane = event.target.closest?.("[data-drag]");
  if (!lane || event.button !== 0 || event.pointerType === "touch") return;
  const from = event.clientX;
  const mark = document.createElementNS(NS, "rect");
  mark.setAttribute("class", "picking");
  mark.setAttribute("height", "100%");
  const box = lane.getBoundingClientRect();
  let to = from;
  const move = (e) => {
    to = e.clientX;
    if (Math.abs(to - from) < 6) return;
    if (!mark.isConnected) lane.append(mark);
    mark.setAttribute("x", String(Math.min(from, to) - box.left));
    mark.setAttribute("width", String(Math.abs(to - from)));
  };
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    const dragged = mark.isConnected;
    mark.remove();
    if (!dragged) return;
    const swallow = (e) => { e.preventDefault(); e.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    const [first, last] = [at(lane, Math.min(from, to)), at(lane, Math.max(from, to))];
    const zone = lane.dataset.zone;
    const when = `${wall(first, zone)} to ${wall(last, zone)} ${zone}`;
    const asked = new URLSearchParams({ what: lane.dataset.drag, when, back: "/oncall" });
    openSheet(`/ask/override?${asked}`);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  event.preventDefault();
}

export function startRota() {
  addEventListener("pointerdown", start);
  addEventListener("dragstart", (e) => { if (e.target.closest?.("[data-drag]")) e.preventDefault(); });
}
