// What this browser keeps for its reader: keys on or off, the night.
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
