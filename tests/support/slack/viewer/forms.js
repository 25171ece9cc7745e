// Modals drawn as forms, and their values read back; a redraw keeps what was typed.
import { blocks } from "/viewer/blocks.js";
import { el, textObject } from "/viewer/words.js";

const words = (node) => textObject(node, {}).join("");
const options = (node) => [...(node.options ?? []), ...(node.option_groups ?? []).flatMap((g) => g.options)];

let groups = 0;
const tick = (kind, name, option, chosen) => el("label", { className: "tick" },
  el("input", { type: kind, name, value: option.value, checked: chosen.includes(option.value) }),
  el("span", {}, words(option.text), option.description ? el("div", { className: "hint" }, words(option.description)) : null));

// A menu whose entries the app gives while somebody types.
const searched = (e, held, scene, view, block) => {
  const list = el("datalist", { id: `list-${block.block_id}` });
  const chosen = held.selected_option;
  const input = el("input", { value: chosen ? words(chosen.text) : "", placeholder: "Type to search…" });
  input.setAttribute("list", list.id);
  input.entries = new Map(chosen ? [[words(chosen.text), chosen]] : []);
  const look = async () => {
    if (input.entries.has(input.value)) return;
    const answer = await fetch("/viewer/suggest", { method: "POST", body: JSON.stringify(
      { user: scene.me, view: view.id, block: block.block_id, text: input.value }) });
    const found = (await answer.json()).options ?? [];
    found.forEach((o) => input.entries.set(words(o.text), o));
    list.replaceChildren(...found.map((o) => el("option", { value: words(o.text) })));
  };
  input.onfocus = look;
  input.oninput = look;
  return el("div", {}, input, list);
};

const CONTROLS = {
  external_select: searched,
  plain_text_input: (e, held) => el(e.multiline ? "textarea" : "input", { value: held.value ?? "", rows: 4,
    placeholder: words(e.placeholder) }),
  number_input: (e, held) => el("input", { type: "number", value: held.value ?? "" }),
  email_text_input: (e, held) => el("input", { type: "email", value: held.value ?? "" }),
  url_text_input: (e, held) => el("input", { type: "url", value: held.value ?? "" }),
  datepicker: (e, held) => el("input", { type: "date", value: held.selected_date ?? "" }),
  timepicker: (e, held) => el("input", { type: "time", value: held.selected_time ?? "" }),
  static_select: (e, held) => {
    const out = el("select", {}, el("option", { value: "" }, words(e.placeholder) || "Choose…"),
      ...options(e).map((o) => el("option", { value: o.value }, words(o.text))));
    out.value = held.selected_option?.value ?? "";
    return out;
  },
  users_select: (e, held, scene) => {
    const out = el("select", {}, el("option", { value: "" }, words(e.placeholder) || "Choose a person…"),
      ...scene.people.filter((p) => !p.bot).map((p) => el("option", { value: p.id }, p.name)));
    out.value = held.selected_user ?? "";
    return out;
  },
  // Elements of several blocks may have one action_id: they are no group.
  radio_buttons: (e, held) => {
    const group = `${e.action_id}-${++groups}`;
    return el("div", {}, ...options(e).map((o) => tick("radio", group, o, [held.selected_option?.value])));
  },
  checkboxes: (e, held) => el("div", {}, ...options(e).map((o) =>
    tick("checkbox", e.action_id, o, (held.selected_options ?? []).map((x) => x.value)))),
  multi_static_select: (e, held) => el("div", {}, ...options(e).map((o) =>
    tick("checkbox", e.action_id, o, (held.selected_options ?? []).map((x) => x.value)))),
};

const field = (view) => (block, scene) => {
  const e = block.element, held = view.values[block.block_id]?.[e.action_id] ?? {};
  const make = CONTROLS[e.type] ?? (() => el("input", { placeholder: e.type, value: "" }));
  const input = make(e, held, scene, view, block);
  const error = view.errors[block.block_id];
  const out = el("div", { className: "field" },
    el("label", {}, words(block.label), block.optional ? el("span", { className: "opt" }, " (optional)") : null),
    input, error ? el("div", { className: "error" }, error) : null,
    block.hint ? el("div", { className: "hint" }, words(block.hint)) : null);
  out.dataset.block = block.block_id;
  return out;
};

export const read = (root) => {
  const values = {};
  for (const part of root.querySelectorAll(".field")) {
    const search = part.querySelector("input[list]");
    if (search) {
      values[part.dataset.block] = search.entries.get(search.value) ?? null;
      continue;
    }
    const ticks = [...part.querySelectorAll("input[type=radio], input[type=checkbox]")];
    if (ticks.length) {
      const chosen = ticks.filter((t) => t.checked).map((t) => t.value);
      values[part.dataset.block] = ticks[0].type === "radio" ? chosen[0] ?? null : chosen;
    } else {
      values[part.dataset.block] = part.querySelector("input, textarea, select").value || null;
    }
  }
  return values;
};

export const draw = (view, on, scene) => {
  const body = view.body;
  const form = el("form", {},
    el("h1", {}, words(body.title)),
    el("div", { className: "inside" }, ...blocks(body.blocks, { ...on, field: field(view) }, scene)),
    el("footer", {},
      el("button", { type: "button", className: "btn", onclick: () => on.close(view) }, words(body.close) || "Cancel"),
      body.submit ? el("button", { type: "submit", className: "btn primary" }, words(body.submit)) : null));
  form.noValidate = true;
  form.onsubmit = (event) => {
    event.preventDefault();
    on.submit(view, read(form));
  };
  return form;
};
