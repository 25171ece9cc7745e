"""A raw mail as headers, text and the names of what is attached, whatever its sender did wrong.

Only header blocks go through the standard library's parser: its own walk over nested parts takes
time and stack as a stranger likes. The bounds here are far above what any monitor sends.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from integrations.base import Malformed
from integrations.email import markup
from store.model import Instant

LARGEST = 1 << 20
"""Bytes that are looked at; what a mail says of an alert stands before what it brings along."""

_HEADERS, _HEADER, _NAMES = 64 << 10, 4 << 10, 1_000
_DEPTH, _PARTS = 8, 60
_TEXT = 256 << 10
_NAME = re.compile(rb"[A-Za-z0-9][\w.-]{0,100}[ \t]*:")
_ADDRESS = re.compile(r"[^\s<>\"',;:()@]{1,200}@[^\s<>\"',;:()@]{1,200}(?=>|\s|$|[\"',;)])")
_ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[BbQq]\?")
# Codecs that are no charset of text, or take quadratic time.
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
)
_ODD_NAMES = {"unknown-8bit": "utf-8", "x-unknown": "utf-8", "unicode-1-1-utf-7": "utf-7",
              "iso-8859-8-i": "iso-8859-8", "windows-874": "cp874", "cp-850": "cp850"}  # fmt: skip
_STUB = re.compile(r"(?:html|view (?:this|the)|display).{0,80}(?:client|browser|e-?mail|mail|reader"
                   r"|message|version)", re.IGNORECASE | re.DOTALL)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. ``headers`` by lower-case name, decoded, the first of each name;
    ``sender`` is the bare address in lower case. ``kind`` is the type of its whole body."""

    headers: Mapping[str, str]
    subject: str
    sender: str
    sender_name: str
    text: str
    html: str = ""
    attachments: tuple[str, ...] = ()
    kind: str = "text/plain"
    parameters: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        """A header by its name, "" where it has none."""
        return self.headers.get(name.lower(), "")

    def sent(self) -> Instant | None:
        """When it says it was sent."""
        try:
            when = parsedate_to_datetime(self.header("date")[:200])
            return int(when.timestamp() * 1000)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None


@dataclass(slots=True)
class _Found:
    """What was met so far on the way through the parts."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    parts: int = 0


def parse(raw: bytes) -> Mail:
    """A mail of its bytes; Malformed where they are none."""
    head, body = _split(_after_envelope(raw[:LARGEST]))
    whole = _block(head)
    headers = dict(_headers(whole))
    if not headers:
        raise Malformed("this is no mail: it has no headers", "headers", 422)
    found = _Found()
    _walk(whole, body, found, 0)
    plain, html = "\n".join(found.plain).strip(), "\n".join(found.html)
    text = plain
    if html and (not plain or (len(plain) < 300 and _STUB.search(plain))):
        text = markup.text_of(html) or plain
    name, address = _mailbox(headers.get("from", ""))
    return Mail(
        headers, " ".join(headers.get("subject", "").split()), address, name, text, html,
        tuple(found.attachments), whole.get_content_type(), _parameters(whole),
        frozenset(found.kinds),
    )  # fmt: skip


# ---- header blocks -----------------------------------------------------------------------------


def _after_envelope(raw: bytes) -> bytes:
    """Without a mailbox file's ``From `` line, a byte order mark and empty lines before it all."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    return raw


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """The header block, and what follows the first empty line."""
    at = _first(raw, b"\r\n\r\n", b"\n\n")
    head = raw if at is None else raw[: at[0]]
    body = b"" if at is None else raw[at[1] :]
    if raw.startswith((b"\r\n", b"\n")):
        return b"", raw.lstrip(b"\r\n")
    return head[:_HEADERS], body


def _first(raw: bytes, *marks: bytes) -> tuple[int, int] | None:
    found = [(at, at + len(mark)) for mark in marks if (at := raw.find(mark)) >= 0]
    return min(found, default=None)


def _block(head: bytes) -> Message:
    """A header block as a message without a body; lines that are no header are left out."""
    lines: list[bytes] = []
    for line in head.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if lines and len(lines[-1]) < _HEADER:
                lines[-1] += b" " + line.strip()
        elif _NAME.match(line) and len(lines) < _NAMES:
            lines.append(line)
    text = b"\n".join(line[:_HEADER] for line in lines).replace(b"\x00", b"")
    return HeaderParser().parsestr(_bytes_as_text(text))


def _bytes_as_text(found: bytes) -> str:
    """Headers should be ASCII; what is not is mostly UTF-8, else Western."""
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        return found.decode("cp1252", "replace")


def _headers(block: Message) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name, value in block.raw_items():
        low = str(name).strip().lower()
        if low not in seen:
            seen.add(low)
            yield low, decoded(str(value))


def decoded(value: str) -> str:
    """A header's text with its encoded words read, RFC 2047."""
    if not _ENCODED.search(value):
        return value.strip()
    try:
        parts = decode_header(value)
    except (ValueError, binascii.Error, LookupError, AttributeError, TypeError):
        return value.strip()
    said = (
        part if isinstance(part, str) else _in_charset(part, charset or "ascii")
        for part, charset in parts
    )
    return "".join(said).strip()


def _mailbox(value: str) -> tuple[str, str]:
    """Name and address; a value without an address is a name.

    The standard library's parser of addresses recurses as deep as a stranger nests comments.
    """
    found = _ADDRESS.search(value[:1000])
    if found is None:
        return value.strip(' "<>')[:200], ""
    name = value[: found.start()].strip(" \"<'")[:200]
    return name, found[0].lower()[:300]


def _parameters(part: Message) -> dict[str, str]:
    """The parameters of a part's content type."""
    found = part.get_params(failobj=[], unquote=True)
    return {str(pair[0]).lower(): _plain(pair[1]) for pair in (found or [])[1:20]}


def _plain(value: object) -> str:
    try:
        return collapse_rfc2231_value(value)  # type: ignore[arg-type]
    except (LookupError, ValueError, TypeError):
        return str(value)


# ---- parts -------------------------------------------------------------------------------------


def _walk(part: Message, body: bytes, found: _Found, depth: int) -> None:
    """The text of a part, or of the parts in it."""
    found.parts += 1
    kind = part.get_content_type()
    found.kinds.add(kind)
    boundary = _parameters(part).get("boundary", "") if kind.startswith("multipart/") else ""
    if boundary:
        if depth < _DEPTH:
            for inner in _parts(body, boundary):
                if found.parts >= _PARTS:
                    return
                head, rest = _split(inner)
                _walk(_block(head), rest, found, depth + 1)
        return
    name = _file_name(part)
    if name or kind.partition("/")[0] not in ("text", "multipart"):
        if kind != "multipart/mixed" and len(found.attachments) < _PARTS:
            found.attachments.append(name or kind)
        return
    if kind in ("text/plain", "text/html"):
        said = _text(part, body)
        (found.html if kind == "text/html" else found.plain).append(said)


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the lines of a boundary, up to the closing one."""
    line = b"--" + boundary.encode("utf-8", "replace")[:200].rstrip()
    at = 0 if body.startswith(line) else body.find(b"\n" + line)
    while at >= 0:
        begin = body.find(b"\n", at + len(line))
        after = body.find(line, at) + len(line)
        if begin < 0 or body[after : after + 2] == b"--":
            return
        end = body.find(b"\n" + line, begin)
        yield body[begin + 1 : end if end >= 0 else len(body)]
        at = end


def _file_name(part: Message) -> str:
    """The name of what is attached; a text that is only shown has none."""
    disposition = str(part.get("content-disposition", ""))[:_HEADER].lower()
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):
        name = ""
    name = " ".join(decoded(str(name)).split())[:200]
    if disposition.startswith("attachment"):
        return name or part.get_content_type()
    return name


def _text(part: Message, body: bytes) -> str:
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        body = _base64(body[: _TEXT * 2])
    elif encoding == "quoted-printable":
        body = quopri.decodestring(body[: _TEXT * 2])
    charset = _parameters(part).get("charset", "") or "utf-8"
    return _in_charset(body[:_TEXT], charset).replace("\r\n", "\n").replace("\r", "\n")


def _base64(body: bytes) -> bytes:
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return base64.b64decode(kept[: len(kept) // 4 * 4])


def _in_charset(found: bytes, name: str) -> str:
    """Text in the charset it claims; in UTF-8 or the Western one where it is not in that."""
    wanted = name.strip("\"' ").lower()[:40]
    for charset in (_ODD_NAMES.get(wanted, wanted), "utf-8"):
        try:
            if codecs.lookup(charset).name.replace("-", "_") in _NO_CHARSETS:
                continue
            return found.decode(charset)
        except (LookupError, ValueError, UnicodeError):
            continue
    return found.decode("cp1252", "replace")
