"""XML of strangers as nested mappings, the way JSON would say it: no document type, no entities.

An element is the mapping of what stands in it, or its text; one that comes several times is a list,
and so is an element that holds nothing but such (``<alerts><alert/>…``). Attributes are named as
elements are; those of an element with text stand beside it: ``<state id="2">down</state>`` is
``state: down`` and ``state.id: 2``. Prefixes of namespaces, and SOAP's envelope, are left away.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from integrations._json import DEPTH
from integrations.base import Malformed, Request

_TYPES = frozenset(("text/xml", "application/xml"))
_LOOSE = frozenset(("", "text/plain"))
_MOST = 25_000
"""Elements and attributes of one body; a thousand alerts of twenty fields have less."""

_PIECE = 64 << 10
"""Expat gets a body in pieces: one call is one step, in which nothing else of the service runs. It
reads a tag that goes on beyond its piece from its start again, so a long one is refused."""

_SOAP = ("Envelope", "Body")


def is_xml(request: Request) -> bool:
    """Whether a body calls itself XML, or is text that begins as XML does."""
    kind = request.content_type
    if kind in _TYPES or kind.endswith("+xml"):
        return True
    return kind in _LOOSE and request.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def value(body: bytes) -> Any:
    """What an XML body says; Malformed names the line of what is no XML, or is refused."""
    return parsed(body)[1]


def parsed(body: bytes) -> tuple[str, Any]:
    """The name of the outermost element, and what it says."""
    if not body.strip():
        raise Malformed("the body is empty")
    building = _Building()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_doctype
    try:
        for start in range(0, len(body), _PIECE):
            parser.Parse(body[start : start + _PIECE], False)
            if start - parser.CurrentByteIndex > _PIECE:
                raise Malformed(f"a tag of more than {_PIECE} bytes")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise Malformed(f"not XML: {expat.ErrorString(error.code)}", where) from None
    except (ValueError, LookupError, UnicodeError):
        raise Malformed("not XML: its encoding is unknown", "line 1") from None
    return building.name, building.root


def _no_doctype(*_: Any) -> None:
    raise Malformed("XML with a document type is not read")


class _Element:
    __slots__ = ("children", "fields", "name", "words")

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        self.name, self.fields = name, fields
        self.words: list[str] = []
        self.children: dict[str, list[Any]] = {}


class _Building:
    """What is open at this point of the document, the innermost last."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._seen = 0
        self.name = ""
        self.root: Any = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH:
            raise Malformed(f"nested deeper than {DEPTH} levels")
        self._seen += 1 + len(attributes)
        if self._seen > _MOST:
            raise Malformed(f"more than {_MOST} elements and attributes")
        fields = {_bare(k): v for k, v in attributes.items() if k.partition(":")[0] != "xmlns"}
        self._open.append(_Element(_bare(name), fields))

    def text(self, words: str) -> None:
        self._open[-1].words.append(words)

    def end(self, _: str) -> None:
        done = self._open.pop()
        words = "".join(done.words).strip()
        if not self._open:
            self.name, self.root = done.name, _whole(done, words)
            return
        outer = self._open[-1]
        if done.children or not words:
            found = _inside(done, words)
        else:
            found = words
            for name, said in done.fields.items():
                outer.fields.setdefault(f"{done.name}.{name}", said)
        outer.children.setdefault(done.name, []).append(found)


def _whole(root: _Element, words: str) -> Any:
    found = _inside(root, words) or {}
    for name in _SOAP:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    return found


def _inside(element: _Element, words: str) -> Any:
    children, fields = element.children, element.fields
    if not children:
        return {**fields, **({"text": words} if words else {})} or ""
    if len(children) == 1 and not fields and not words:
        ((name, several),) = children.items()
        if len(several) > 1 or element.name.casefold() == f"{name.casefold()}s":
            return several
    said = {
        name: several[0] if len(several) == 1 else several for name, several in children.items()
    }
    return {**fields, **said, **({"text": words} if words and "text" not in said else {})}


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
