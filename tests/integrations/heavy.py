"""A mebibyte of each kind: honest bodies, and what a careless reader would take seconds for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from integrations.base import Request

SIZE = 1_000_000
"""With what stands around it less than the mebibyte the intake takes."""
JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml"
WORDS = "some words and more "


@cache
def honest() -> dict[str, Request]:
    """What a real sender may post: each of them is read."""
    text = WORDS * (SIZE // len(WORDS) - 20)
    alert = {"title": "Disk full", "status": "down", "host": "db-3", "severity": "critical"}
    rows = [{**alert, "host": f"db-{i}", "message": WORDS * 46} for i in range(900)]
    xml = "".join(
        f'<alert id="{i}"><name>Disk full</name><status>down</status><host>h{i}</host>'
        f"<text>{WORDS * 47}</text></alert>"
        for i in range(900)
    )
    form = f"title=Disk+full&status=down&text={text.replace(' ', '+')}"
    escaped = "payload=" + json.dumps({**alert, "message": text[: SIZE // 2]}).replace(" ", "%20")
    return {
        "JSON, one alert with a long text": _json({**alert, "message": text}),
        "JSON, 900 alerts": _json(rows),
        "XML, one alert with a long text": _xml(
            f"<alert><name>Disk full</name><status>down</status><text>{text}</text></alert>"
        ),
        "XML, 900 alerts": _xml(f"<alerts>{xml}</alerts>"),
        "a form with a long text": _form(form),
        "a form that holds JSON": _form(escaped),
    }


@cache
def hostile() -> dict[str, Request]:
    """What is read or refused; either way at once."""
    flood = " ".join(f'a{i}="b"' for i in range(SIZE // 12))
    spaces = " ".join(f'xmlns:a{i}="b"' for i in range(SIZE // 18))
    return {
        "XML, attributes without end": _xml(f"<a {flood}/>"),
        "XML, namespaces without end": _xml(f"<a {spaces}/>"),
        "XML, elements without end": _xml("<a>" + "<b/>" * (SIZE // 4) + "</a>"),
        "XML, elements and attributes": _xml("<a>" + '<b c="d" e="f"/>' * (SIZE // 16) + "</a>"),
        "XML, entities": _xml('<!DOCTYPE a [<!ENTITY b "c">]><a>' + "&b;" * (SIZE // 3) + "</a>"),
        "XML, references": _xml("<a><t>" + "&#65;" * (SIZE // 5) + "</t></a>"),
        "XML, nested": _xml("<a>" * (SIZE // 3)),
        "XML, one long name": _xml("<" + "a" * SIZE + "/>"),
        "XML, lines": _xml("<a><name>x</name><t>" + "\n" * SIZE + "</t></a>"),
        "XML, space before it": Request(b"\n" * SIZE + b"<a/>", XML),
        "JSON, nested lists": Request(b"[" * SIZE, JSON),
        "JSON, nested objects": Request(b'{"a":' * (SIZE // 5), JSON),
        "JSON, empty lists": Request(b"[" + b"[]," * (SIZE // 3) + b"[]]", JSON),
        "JSON, empty objects": Request(b"[" + b"{}," * (SIZE // 3) + b"{}]", JSON),
        "JSON, large numbers": Request(b'{"a":[' + b"1.5e300," * (SIZE // 8) + b"1]}", JSON),
        "JSON, one long number": Request(b'{"title": ' + b"9" * SIZE + b"}", JSON),
        "JSON, surrogates": Request(b'{"title":"' + rb"\ud800" * (SIZE // 6) + b'"}', JSON),
        "JSON, 100,000 names": Request(
            b"{" + b",".join(b'"%d":1' % i for i in range(100_000)) + b"}", JSON
        ),
        "JSON, 60,000 labels": _json(
            {"title": "x", "labels": {f"l{i}": "v" for i in range(60_000)}}
        ),
        "JSON, 40,000 objects": _json({f"x{i}data": {"a": "b"} for i in range(SIZE // 25)}),
        "JSON, combining marks": _json({"title": "e" + "\u0301" * (SIZE // 6)}),
        "JSON, escape sequences": _json({"title": "\x1b[" + "1;" * (SIZE // 2)}),
        "JSON, brackets in a title": _json({"title": "[firing " * (SIZE // 8)}),
        "JSON, variables in a title": _json({"title": "${" * (SIZE // 2)}),
        "a form of fields": _form("a=b&" * (SIZE // 4)),
        "a form of escapes": _form("title=x&text=" + "%41" * (SIZE // 3)),
        "a form of percent signs": _form("title=" + "%" * SIZE),
    }


def all_of_them() -> Mapping[str, Request]:
    """Both kinds."""
    return {**honest(), **hostile()}


def _json(value: Any) -> Request:
    return Request(json.dumps(value).encode(), JSON)


def _xml(text: str) -> Request:
    return Request(text.encode(), XML)


def _form(text: str) -> Request:
    return Request(text.encode(), FORM, {"content-type": FORM})
