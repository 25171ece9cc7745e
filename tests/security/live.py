"""What comes alive in a rendering: mentions, links, formats, elements, lines. A stranger's words
must add none: what is alive with them in it is at most what is alive with harmless ones."""

from __future__ import annotations

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

from bot.cards import model
from bot.cards.page import Entry, Page, Part
from tests.support.discord.markup import FENCE, INLINE, LINE
from tests.support.slack.text import BARE_URL, walk

SHARED = Path(__file__).parents[3] / "shared" / "payloads" / "_hostile"
HARMLESS = "ok"
PLANTED = (
    "<!channel> <!here|here> <!everyone> <@U0ANA0001> <#C0GENERAL1> <!subteam^S0PLANTED1>",
    "<https://evil.example|click here> https://evil.example/x javascript:alert(1)",
    "*bold* _low_ ~gone~ `code` ```block``` :rotating_light: **b** __u__ ~~s~~ ||x||",
    "@everyone @here <@1> <@!22> <@&333> <#4444> [click](https://evil.example) <t:1:R>",
    "# heading\n> quote\n- item\n1. one\n-# small\n```\nfence\n```",
    "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:1'>x</a></p><style>",
    "\"'><svg/onload=alert(1)>&lt;b&gt;&#60;i&#62; {{7*7}} {% x %} ${7*7}",
    "end\r\nBcc: all@evil.example\r\nContent-Type: text/html\r\n\r\n<b>body</b>",
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\nATTACH:https://evil.example\\n;,:",
    "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1",
    "a|b=c\\d]e\"f\nCEF:0|forged|x|1|y|z|9|act=ok",
    "</Say></Response><Dial>+15550100</Dial><speak><break time='9s'/></speak>",
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x00\x08\x7f",
    "abc\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff\u2028line\u2029para",
    "half \ud83d pair", "W" * 3_000, "Z\u0300\u0301\u0302" * 300, "\\*not\\* \\<@1\\> \\",
)  # fmt: skip


def shared() -> Iterator[str]:
    """Every string of the hostile bodies that lie beside the checkout."""
    for path in sorted(SHARED.glob("inject_*.json")):
        yield from _strings(json.loads(path.read_text(encoding="utf-8")))


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(found, list):
        for value in found:
            yield from _strings(value)


def words() -> list[str]:
    """All that is tried: what is planted here, and what lies beside the checkout."""
    return list(dict.fromkeys((*PLANTED, *(s for s in shared() if len(s) < 20_000))))


# ---- poison --------------------------------------------------------------------------------------

OURS = {
    model.Span: {"person", "form"}, model.Head: {"url", "glyph"}, model.Press: {"token"},
    model.Input: {"name", "kind"}, model.Form: {"token", "again"},
}  # fmt: skip
"""Fields that no stranger's words reach: tokens, names of inputs, handles."""
NOT_DRAWN = {"Private", "Quietly", "Errors", "Sent", "Account", "Heard", "RoomMade"}
"""Nouns of the model that are no text of a card."""


def poisoned(noun: Any, word: str, *, own: bool = False) -> Any:
    """The noun with the word in every text in it, and in every address; with ``own`` also in the
    words that are said to be ours."""
    if isinstance(noun, model.Span) and noun.own and not own and not noun.url:
        return noun
    if not dataclasses.is_dataclass(noun) or isinstance(noun, type):
        if isinstance(noun, tuple):
            return tuple(poisoned(each, word, own=own) for each in noun)
        return f"x {word} y" if isinstance(noun, str) else noun
    ours = OURS.get(type(noun), set())
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if field.name in ours or value in ("", None):
            continue
        if field.name in ("url", "token") and isinstance(value, str):
            changed[field.name] = f"javascript:{word}" if word != HARMLESS else value
        elif field.name == "options":
            changed[field.name] = tuple((v, f"x {word} y") for v, _ in value)
        elif field.name == "mentions":
            continue
        else:
            changed[field.name] = poisoned(value, word, own=own)
    return dataclasses.replace(noun, **changed)


def _span(**more: Any) -> model.Span:
    return model.Span("text", **more)


LINE_OF = (
    _span(), _span(own=False), _span(bold=True, own=False), _span(code=True, own=False),
    _span(url="https://ok.example/x", own=False), _span(url="https://ok.example/y"),
    _span(person="ana", own=False), _span(person="ana", mention=True), _span(at=1_795_313_340_000),
)  # fmt: skip
ASKED = model.Confirm("title", "text", "yes", "no")
PRESSES = (model.Press("One", "cmd:ack:7:1", confirm=ASKED, says="says"),
           model.Press("Two", "cmd:note:7:1"))  # fmt: skip
BLOCKS: dict[type, Any] = {
    model.Value: model.Value("value"), model.Facts: model.Facts((LINE_OF,)),
    model.Rows: model.Rows((LINE_OF,)), model.Output: model.Output("output"),
    model.Picture: model.Picture("https://ok.example/p.png", "alt"),
}  # fmt: skip


def card() -> model.Card:
    """A card of everything that a card can be made of."""
    return model.Card(
        7, 1, 0, model.Head("🔴", "WORD", 1842, "title", "https://pv.example.eu/i/7"),
        model.State(LINE_OF), model.Actions(PRESSES, PRESSES),
        tuple(BLOCKS[kind] for kind in get_args(model.Block)), LINE_OF, short="short",
    )  # fmt: skip


NOTE = model.Note((LINE_OF, LINE_OF), ("ana",), actions=PRESSES, rest=(_span(),))
FORM = model.Form(
    "title", "cmd:note:7:1",
    tuple(
        model.Input(kind, "label", kind, options=(("a", "b"),), initial="a", hint="hint")
        for kind in ("text", "long", "choice", "person_or_team", "when", "flag", "incident")
    ),
    "submit", "intro",
)  # fmt: skip
PAGE = Page((LINE_OF,), PRESSES, (Part("title", (Entry(LINE_OF), Entry(LINE_OF, PRESSES))),),
            LINE_OF)  # fmt: skip


# ---- what is alive -------------------------------------------------------------------------------

Alive = Counter[str]
_TOKEN = re.compile(r"<([^<>\n]*)>")
_FORMATS = re.compile(r"(?<![\w\\])([*_~`])(?=\S)[^\n]*?(?<=\S)\1(?!\w)")
_EMOJI = re.compile(r":(?=[0-9_+'-]*[a-z])[a-z0-9_+'-]+:")
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def harmful(text: str) -> list[str]:
    """Control characters, what turns a line, half characters."""
    return _HARMFUL.findall(text)


def slack(body: Any) -> Alive:
    """A message, a modal or a Home tab: blocks, attachments and the notification's text."""
    found: Alive = Counter()
    texts = [(body.get("text", ""), False)] if isinstance(body.get("text"), str) else []
    for item in walk(body):
        kind, text = item.get("type"), item.get("text")
        if kind in ("mrkdwn", "markdown") and isinstance(text, str):
            texts.append((text, True))
            if not item.get("verbatim"):
                found.update(f"bare {url}" for url in BARE_URL.findall(_TOKEN.sub("", text)))
        elif kind in ("user", "usergroup", "broadcast", "channel", "link", "date", "color"):
            said = {k: v for k, v in item.items() if k not in ("text", "style", "fallback")}
            found[json.dumps(said, sort_keys=True)] += 1
        elif kind in ("image", "button") and (url := item.get("image_url") or item.get("url")):
            found[f"{kind} {url}"] += 1
    for text, formats in texts:
        found.update(f"<{inner.partition('|')[0]}>" for inner in _TOKEN.findall(text))
        if formats:
            bare = _TOKEN.sub(" ", text)
            found.update(f"format {mark}" for mark in _FORMATS.findall(bare))
            found.update(f"emoji {name}" for name in _EMOJI.findall(bare))
            found["quote"] += sum(li.startswith(("&gt;", ">")) for li in bare.split("\n"))
    return +found


def discord(body: Any) -> Alive:
    """A message or a modal: content, embeds, text displays, and whom it may ping."""
    found: Alive = Counter()
    allowed = body.get("allowed_mentions") if isinstance(body, dict) else None
    if allowed is not None:
        found[f"allowed {json.dumps(allowed, sort_keys=True)}"] += 1
    elif "content" in body or "components" in body:
        found["anybody may be pinged"] += not body.get("custom_id")
    for embed in body.get("embeds") or ():
        parts = [embed, *(embed.get("fields") or ()), embed.get("footer") or {}]
        for text in (part.get(n) for part in parts for n in ("title", "description", "name",
                                                             "value", "text")):  # fmt: skip
            found += _markdown(text or "")
    for item in walk(body):
        if isinstance(item.get("content"), str):
            found += _markdown(item["content"])
        for name in ("url", "media"):
            if item.get(name):
                found[f"{name} {item[name]}"] += 1
    return +found


def _markdown(text: str) -> Alive:
    found: Alive = Counter(["fence"] * len(FENCE.findall(text)))
    for line in FENCE.sub("", text).split("\n"):
        if mark := LINE.match(line):
            found[f"line {mark['mark'].rstrip('0123456789')}"] += 1
        for piece in INLINE.finditer(line):
            kind = piece.lastgroup or ""
            if kind != "escaped":
                found[f"{kind} {piece['url'] or piece['id'] or ''}"] += 1
    return found


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Alive = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        for name, value in attrs:
            where = value if name in ("href", "src", "action", "style") else ""
            self.found[f"{tag} {name} {where}"] += 1

    def handle_decl(self, decl: str) -> None:
        self.found[f"!{decl}"] += 1

    def handle_comment(self, data: str) -> None:
        self.found["comment"] += 1


def html(text: str) -> Alive:
    """Elements, attributes and addresses of a page."""
    parser = _Html()
    parser.feed(text)
    parser.close()
    return parser.found


def xml(text: str) -> Alive:
    """Elements and attributes; a text that is no XML raises."""
    root = ET.fromstring(text.encode())
    return Counter(
        word
        for node in root.iter()
        for word in (node.tag, *(f"{node.tag} {a}" for a in node.attrib))
    )


def mail(message: EmailMessage) -> Alive:
    """Headers and parts, as the other side reads them from the wire."""
    raw = message.as_bytes(policy=policy.SMTP)
    read = BytesParser(policy=policy.default).parsebytes(raw)
    found: Alive = Counter(f"header {name}" for name in read)
    for part in read.walk():
        found[f"part {part.get_content_type()}"] += 1
        if part.get_content_type() == "text/html":
            found += html(part.get_content())
        found.update(f"defect {type(d).__name__}" for d in part.defects)
    recipients = (str(read[name]) for name in ("To", "Cc", "Bcc") if read[name])
    found.update(f"to {each}" for each in recipients)
    return found


def calendar(text: str) -> Alive:
    """Properties of an iCalendar, unfolded."""
    unfolded = text.replace("\r\n ", "")
    return Counter(line.split(":", 1)[0] for line in unfolded.split("\r\n") if line)


def rows(text: str) -> Alive:
    """Cells that a spreadsheet would run, and how many rows there are."""
    import csv
    import io

    read = list(csv.reader(io.StringIO(text, newline="")))
    cells = [cell for row in read for cell in row]
    live = [c for c in cells if c.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝＋－＠") and c]
    return Counter({"rows": len(read), "formulas": len(live)})
