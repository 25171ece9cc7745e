// Words in a message: mrkdwn, rich_text pieces, dates in the reader's zone, emoji by name.
// Everything is built as text nodes, so nothing posted can become live HTML here.

const EMOJI = {
  red_circle: "🔴", large_orange_diamond: "🔶", large_blue_diamond: "🔷", warning: "⚠️", information_source: "ℹ️",
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry_sign: "🚫", no_entry: "⛔", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", arrow_double_up: "⏫", repeat: "🔁", arrows_counterclockwise: "🔄", zzz: "💤", mute: "🔇",
  wrench: "🔧", ocean: "🌊", handshake: "🤝", closed_lock_with_key: "🔐", lock: "🔒", arrow_forward: "▶️",
  hourglass_flowing_sand: "⏳", hourglass: "⌛", euro: "💶", clock9: "🕘", clock3: "🕒", stopwatch: "⏱️", phone: "☎️",
  telephone: "☎️", telephone_receiver: "📞", bar_chart: "📊", chart_with_upwards_trend: "📈", memo: "📝", pencil: "📝",
  desktop_computer: "🖥️", computer: "💻", grey_question: "❔", question: "❓", exclamation: "❗", pushpin: "📌",
  tada: "🎉", eyes: "👀", "+1": "👍", thumbsup: "👍", "-1": "👎", wave: "👋", fire: "🔥", rocket: "🚀", bell: "🔔",
  no_bell: "🔕", calendar: "📅", date: "📅", key: "🔑", link: "🔗", mag: "🔍", robot_face: "🤖", white_circle: "⚪",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠",
  large_red_square: "🟥", large_blue_square: "🟦", rotating_light: "🚨", speech_balloon: "💬", bulb: "💡", star: "⭐",
  moon: "🌔", crescent_moon: "🌙", sunny: "☀️", books: "📚", book: "📖", package: "📦", gear: "⚙️", shield: "🛡️",
  smile: "😄", heart: "❤️", raised_hands: "🙌", pray: "🙏", sos: "🆘", construction: "🚧", broom: "🧹", house: "🏠",
  thread: "🧵", pager: "📟", satellite_antenna: "📡", floppy_disk: "💾", electric_plug: "🔌", snowflake: "❄️",
};

export const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node && name !== "style") node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return node;
};

export const link = (url, ...children) => {
  const safe = /^(https?|mailto):/i.test(url);
  return safe ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children) : el("span", {}, ...children);
};

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

const parts = (options, at, zone) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(new Date(at * 1000));

const ago = (at, now) => {
  const past = now - at, s = Math.abs(past);
  const [n, unit] = s < 45 ? [Math.round(s), "second"] : s < 2700 ? [Math.round(s / 60) || 1, "minute"]
    : s < 79200 ? [Math.round(s / 3600), "hour"] : [Math.round(s / 86400), "day"];
  return new Intl.RelativeTimeFormat("en").format(past >= 0 ? -n : n, unit);
};

export const dateWords = (at, format, { tz, now }) => format.replace(/\{(\w+)\}/g, (whole, token) => {
  const day = { day: "numeric", month: "long", year: "numeric" };
  const near = Math.round((Date.parse(parts({ year: "numeric", month: "2-digit", day: "2-digit" }, at, tz)
    .split("/").reverse().join("-")) - Date.parse(parts({ year: "numeric", month: "2-digit", day: "2-digit" }, now, tz)
    .split("/").reverse().join("-"))) / 864e5);
  const pretty = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[near];
  switch (token) {
    case "time": return parts({ hour: "2-digit", minute: "2-digit" }, at, tz);
    case "time_secs": return parts({ hour: "2-digit", minute: "2-digit", second: "2-digit" }, at, tz);
    case "date": return parts(day, at, tz);
    case "date_num": return parts({ year: "numeric", month: "2-digit", day: "2-digit" }, at, tz).split("/").reverse().join("-");
    case "date_short": return parts({ ...day, month: "short" }, at, tz);
    case "date_long": return parts({ ...day, weekday: "long" }, at, tz);
    case "date_pretty": return pretty ?? parts(day, at, tz);
    case "date_short_pretty": return pretty ?? parts({ ...day, month: "short" }, at, tz);
    case "date_long_pretty": return pretty ?? parts({ ...day, weekday: "long" }, at, tz);
    case "day_divider_pretty": return pretty ?? parts({ ...day, weekday: "long" }, at, tz);
    case "ago": return ago(at, now);
    default: return whole;
  }
});

const dateNode = (at, format, url, fallback, scene) => {
  const words = el("time", { title: `${fallback} (${scene.tz})`, dateTime: new Date(at * 1000).toISOString() },
    dateWords(at, format, scene));
  return url ? link(url, words) : words;
};

const unescape = (s) => s.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const call = (name, scene, loud = false) => el("span", { className: loud ? "call loud" : "call" }, name);

const token = (inner, scene) => {
  const bar = inner.indexOf("|");
  const name = bar < 0 ? inner : inner.slice(0, bar), label = bar < 0 ? "" : unescape(inner.slice(bar + 1));
  if (name[0] === "@") return call(`@${scene.names[name.slice(1)] ?? (label || name.slice(1))}`, scene);
  if (name[0] === "#") return call(`#${scene.names[name.slice(1)] ?? (label || name.slice(1))}`, scene);
  if (name.startsWith("!date^")) {
    const [, at, format, url] = name.split("^");
    return dateNode(Number(at), format, url, label, scene);
  }
  if (name[0] === "!") return call(label || `@${name.slice(1).split("^")[0]}`, scene, true);
  return link(unescape(name), label || unescape(name));
};

const INLINE = [
  [/^```([\s\S]+?)```/, (m) => el("pre", {}, unescape(m[1].replace(/^\n/, "")))],
  [/^`([^`\n]+)`/, (m) => el("code", {}, unescape(m[1]))],
  [/^<([^<>\n]+)>/, (m, scene) => token(m[1], scene)],
  [/^:([a-z0-9_+'-]+):/, (m) => emoji(m[1])],
  [/^\*(?=\S)([^*\n]+?)(?<=\S)\*(?!\w)/, (m, scene) => el("b", {}, ...mrkdwn(m[1], scene))],
  [/^_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)/, (m, scene) => el("i", {}, ...mrkdwn(m[1], scene))],
  [/^~(?=\S)([^~\n]+?)(?<=\S)~(?!\w)/, (m, scene) => el("s", {}, ...mrkdwn(m[1], scene))],
  [/^(https?:\/\/[^\s<>|]+)/, (m) => link(m[1], unescape(m[1]))],
];

export const mrkdwn = (text, scene) => {
  const out = [];
  let word = "", rest = text;
  while (rest) {
    const start = word === "" || /[\s(\[{"'.,·—-]$/.test(word) || /^[<`:]/.test(rest);
    const hit = start && INLINE.map(([re, make]) => [re.exec(rest), make]).find(([m]) => m);
    if (hit) {
      if (word) out.push(unescape(word));
      out.push(hit[1](hit[0], scene));
      word = "";
      rest = rest.slice(hit[0][0].length);
    } else {
      word += rest[0];
      rest = rest.slice(1);
    }
  }
  if (word) out.push(unescape(word));
  return out;
};

export const textObject = (node, scene) => {
  if (!node) return [];
  if (node.type === "mrkdwn") return mrkdwn(node.text, scene);
  return [node.emoji === false ? node.text : node.text.replace(/:([a-z0-9_+'-]+):/g, (m, n) => EMOJI[n] ?? m)];
};

const styled = (node, style = {}) => {
  let out = node;
  for (const [name, tag] of [["code", "code"], ["bold", "b"], ["italic", "i"], ["strike", "s"], ["underline", "u"]]) {
    if (style[name]) out = el(tag, {}, out);
  }
  return out;
};

const piece = (node, scene) => {
  switch (node.type) {
    case "text": return styled(node.text, node.style);
    case "link": return styled(link(node.url, node.text ?? node.url), node.style);
    case "user": return styled(call(`@${scene.names[node.user_id] ?? node.user_id}`, scene), node.style);
    case "channel": return call(`#${scene.names[node.channel_id] ?? node.channel_id}`, scene);
    case "usergroup": return call(`@${node.usergroup_id}`, scene, true);
    case "broadcast": return call(`@${node.range}`, scene, true);
    case "emoji": return emoji(node.name);
    case "date": return styled(dateNode(node.timestamp, node.format, node.url, node.fallback ?? "", scene), node.style);
    default: return node.value ?? "";
  }
};

export const rich = (node, scene) => {
  const inner = () => node.elements.map((e) => piece(e, scene));
  switch (node.type) {
    case "rich_text_list": return el(node.style === "ordered" ? "ol" : "ul", {},
      ...node.elements.map((e) => el("li", {}, ...e.elements.map((x) => piece(x, scene)))));
    case "rich_text_quote": return el("blockquote", {}, ...inner());
    case "rich_text_preformatted": return el("pre", {}, ...inner());
    default: return el("div", { className: "rich" }, ...inner());
  }
};
