// Blocks and attachments as a Slack client draws them. `on` holds what a press does.
import { el, emoji, link, mrkdwn, rich, textObject } from "/viewer/words.js";

const plain = (node) => textObject(node, {}).join("");

const ask = (confirm, then, on) => (confirm ? on.confirm(confirm, then) : then());

const button = (node, block, on, scene) => {
  const label = plain(node.text);
  const out = el("button", { type: "button", className: `btn ${node.style ?? ""}`, title: node.accessibility_label ?? "" }, label);
  if (node.accessibility_label) out.setAttribute("aria-label", node.accessibility_label);
  out.onclick = () => ask(node.confirm, () => {
    if (node.url) window.open(node.url, "_blank", "noopener");
    on.press(out, block, node);
  }, on);
  return out;
};

const overflow = (node, block, on) => {
  const out = el("button", { type: "button", className: "btn", ariaLabel: "More" }, "⋯");
  out.onclick = () => on.menu(out, node.options.map((o) => [plain(o.text), () => ask(node.confirm, () => on.choose(out, block, node, o), on)]));
  return out;
};

const options = (node) => [...(node.options ?? []), ...(node.option_groups ?? []).flatMap((g) => g.options)];

const select = (node, block, on) => {
  const out = el("select", { className: "btn" }, el("option", { value: "" }, plain(node.placeholder ?? { type: "plain_text", text: "Choose…" })),
    ...options(node).map((o) => el("option", { value: o.value }, plain(o.text))));
  out.value = node.initial_option?.value ?? "";
  out.onchange = () => on.choose(out, block, node, options(node).find((o) => o.value === out.value));
  return out;
};

const picture = (node) => {
  const img = el("img", { src: node.image_url ?? `/files/${node.slack_file?.id}`, alt: node.alt_text });
  const out = el("div", { className: "picture" }, img, el("div", { className: "alt" }, node.alt_text));
  img.onload = () => out.querySelector(".alt")?.remove();
  img.onerror = () => img.remove();
  return out;
};

const control = (node, block, on, scene) => {
  switch (node.type) {
    case "button": return button(node, block, on, scene);
    case "overflow": return overflow(node, block, on);
    case "static_select": return select(node, block, on);
    case "image": return el("img", { src: node.image_url, alt: node.alt_text, width: 72 });
    default: return el("span", { className: "unknown" }, node.type);
  }
};

const small = (node, scene) => (node.type === "image"
  ? el("img", { src: node.image_url, alt: node.alt_text })
  : el("span", { className: "text" }, ...textObject(node, scene)));

const section = (b, on, scene) => {
  const words = el("div", { className: "text" }, ...textObject(b.text, scene));
  const fields = b.fields ? el("div", { className: "fields" },
    ...b.fields.map((f) => el("div", { className: "text" }, ...textObject(f, scene)))) : null;
  return el("div", { className: "section" }, el("div", {}, words, fields),
    b.accessory ? control(b.accessory, b, on, scene) : null);
};

const DRAW = {
  rich_text: (b, on, scene) => el("div", {}, ...b.elements.map((e) => rich(e, scene))),
  section,
  header: (b) => el("h3", { className: "header" }, plain(b.text)),
  divider: () => el("hr"),
  context: (b, on, scene) => el("div", { className: "context" }, ...b.elements.map((e) => small(e, scene))),
  actions: (b, on, scene) => el("div", { className: "actions" }, ...b.elements.map((e) => control(e, b, on, scene))),
  image: (b) => el("div", {}, b.title ? el("div", {}, plain(b.title)) : null, picture(b)),
  markdown: (b, on, scene) => el("div", { className: "text" }, ...mrkdwn(b.text.replace(/\*\*/g, "*"), scene)),
  input: (b, on, scene) => on.field?.(b, scene) ?? el("span", { className: "unknown" }, plain(b.label)),
};

export const blocks = (list, on, scene) => (list ?? []).map((b) =>
  (DRAW[b.type] ?? (() => el("div", { className: "unknown" }, `${b.type} block`)))(b, on, scene));

const legacy = (a, scene) => [
  a.pretext && el("div", { className: "text" }, ...mrkdwn(a.pretext, scene)),
  a.title && el("b", {}, a.title_link ? link(a.title_link, a.title) : a.title),
  a.text && el("div", { className: "text" }, ...mrkdwn(a.text, scene)),
  a.footer && el("div", { className: "context" }, a.footer),
];

const hexColour = (colour) => ({ good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" })[colour]
  ?? (colour ? `#${String(colour).replace("#", "")}` : "");

export const attachment = (a, on, scene, opened) => {
  const inner = el("div", { className: "inner" }, ...blocks(a.blocks, on, scene), ...legacy(a, scene));
  const out = el("div", { className: "attachment" }, inner);
  out.style.borderLeftColor = hexColour(a.color);
  const words = inner.textContent;
  // A client folds what is long: 700 characters or five line breaks.
  if (!opened.has(on.id) && (words.length >= 700 || (words.match(/\n/g) ?? []).length >= 5)) {
    out.classList.add("folded");
    out.append(el("button", { type: "button", className: "more", onclick: (e) => {
      opened.add(on.id);
      out.classList.remove("folded");
      e.target.remove();
    } }, "Show more"));
  }
  return out;
};

export const reactions = (names) => (names.length
  ? el("div", {}, ...names.map((n) => el("span", { className: "reaction" }, `${emoji(n)} 1`))) : null);
