"""The record in the formats of others: nothing in a row can break out of its field."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from typing import Any

import pytest

from bot.record import formats, syslog
from store.audit import Entry
from store.audit.chain import digest_of
from store.model import MINUTE

AT = 1_795_313_340_123
SALT = bytes(range(16))


def entry(**changed: Any) -> Entry:
    """A row of the record."""
    detail = {"name": "Ana Petrova", "surface": "web", "address": "10.1.2.3", "say": "Done."}
    detail |= changed.pop("detail", {})
    given: dict[str, Any] = {
        "writer": "main", "seq": 7, "at": AT, "actor": "person:ana", "verb": "ack",
        "outcome": "ok", "incident_id": 12, "detail": detail, "erased": False, "salt": SALT,
        "digest": digest_of(SALT, detail), "prev": bytes(32), "mac": b"\x01" * 32,
    }  # fmt: skip
    return Entry(**{**given, **changed})


# JSON lines


def test_a_json_line_can_be_held_against_its_digest_without_us() -> None:
    row = json.loads(formats.jsonl([entry(detail={"say": "ü € \U0001f600 \u2028"})]))
    text = json.dumps(row["detail"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = hashlib.sha256(bytes.fromhex(row["salt"]) + text.encode()).hexdigest()
    assert found == row["digest"]
    assert (row["writer"], row["seq"], row["at"]) == ("main", 7, "2026-11-22T02:09:00.123Z")


def test_one_row_is_one_line_whatever_it_says() -> None:
    text = formats.jsonl([entry(detail={"say": "a\nb\r\nc"}), entry()])
    assert text.count("\n") == 2


def test_of_an_erased_row_the_place_is_left() -> None:
    row = json.loads(formats.jsonl([entry(detail={}, erased=True, salt=None)]))
    assert row["detail"] is None and row["salt"] is None and row["mac"] == "01" * 32


# CSV


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝", "＋", "－", "＠"]
)
def test_no_cell_is_a_formula(start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    (row,) = csv.DictReader(
        io.StringIO(formats.header("csv") + formats.csv_([entry(detail={"name": name})]))
    )
    assert row["name"] == f"'{name}"
    assert json.loads(row["detail"])["name"] == name


def test_csv_has_a_column_for_everything_and_reads_back() -> None:
    text = formats.header("csv") + formats.csv_([entry(detail={"say": 'a,"b"\nc'})])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert json.loads(row["detail"])["say"] == 'a,"b"\nc'
    assert tuple(row) == formats.COLUMNS and row["incident"] == "12"


# CEF


def of_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """A strict reader: header fields by unescaped bars, then keys and values."""
    parts = re.findall(r"((?:[^|\\]|\\.)*)\|", line)[:7]
    parts.append(line[sum(len(part) + 1 for part in parts) :])
    assert len(parts) == 8 and parts[0] == "CEF:0", parts
    keys = list(re.finditer(r"(?:^| )([A-Za-z0-9_]+)=", parts[7]))
    fields = {}
    for key, after in zip(keys, [*keys[1:], None], strict=True):
        raw = parts[7][key.end() : after.start() if after else None]
        assert not re.search(r"(?<!\\)(?:\\\\)*=", raw), raw
        fields[key[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), raw)
    return parts, fields


def test_a_cef_event_says_who_what_where_and_its_place_in_the_chain() -> None:
    parts, fields = of_cef(formats.cef(entry()))
    assert parts[1:3] == ["PixelView", "PixelView"] and parts[4] == "ack"
    assert fields["rt"] == str(AT) and fields["src"] == "10.1.2.3"
    assert (fields["suid"], fields["suser"]) == ("person:ana", "Ana Petrova")
    assert (fields["cs4Label"], fields["cs4"]) == ("mac", "01" * 32)
    assert fields["externalId"] == "main/7" and fields["cn1"] == "12"


HOSTILE = "x|y\\z=1\nCEF:0|evil\r\n src=6.6.6.6 \\"


def test_nothing_in_a_cef_event_breaks_out_of_its_field() -> None:
    line = formats.cef(entry(verb="a|b\\c", detail={"name": HOSTILE, "address": HOSTILE}))
    assert "\n" not in line and "\r" not in line
    parts, fields = of_cef(line)
    assert parts[4] == "a\\|b\\\\c" and fields["suser"] == HOSTILE.replace("\r\n", "\n")
    assert "src" not in fields


def test_what_was_refused_is_more_severe() -> None:
    said = [of_cef(formats.cef(entry(outcome=o)))[0][6] for o in ("ok", "denied")]
    assert said == ["3", "6"]


# RFC 5424

_HEADER = re.compile(rb"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) ([\x21-\x7e]{1,32}) ")


def of_syslog(message: bytes) -> tuple[re.Match[bytes], dict[str, str], str]:
    """A strict reader of RFC 5424."""
    head = _HEADER.match(message)
    assert head, message
    rest = message[head.end() :].decode()
    element = re.match(r'\[([^\s\]="]{1,32})((?: [!-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]', rest)
    assert element and element[1] == "pixelview@32473", rest
    params = {
        name: re.sub(r"\\([\"\\\]])", r"\1", value)
        for name, value in re.findall(r' ([!-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"', element[2])
    }
    return head, params, rest[element.end() :]


def test_a_syslog_message_is_rfc_5424() -> None:
    head, params, words = of_syslog(syslog.message(entry()))
    assert int(head[1]) == 13 * 8 + 6 and head[2] == b"2026-11-22T02:09:00.123Z"
    assert (head[4], head[6]) == (b"pixelview", b"ack")
    assert (params["writer"], params["seq"], params["mac"]) == ("main", "7", "01" * 32)
    assert words == " \ufeffAna Petrova ack #12, from the console (10.1.2.3)"
    digest = hashlib.sha256(bytes.fromhex(params["salt"]) + params["detail"].encode())
    assert digest.hexdigest() == params["digest"]


def test_nothing_in_a_syslog_message_breaks_out_of_its_field() -> None:
    name = 'a"] [evil@1 x="\\\n<13>1 - - - - - -'
    message = syslog.message(entry(verb="sign in\n", writer="hôst:1", detail={"name": name}))
    head, params, _ = of_syslog(message)
    assert b"\n" not in message
    assert head[6] == b"sign_in_" and head[5] == b"h_st:1"
    assert json.loads(params["detail"])["name"] == name


def test_a_syslog_message_may_be_cef_inside() -> None:
    message = syslog.message(entry(outcome="denied"), "cef").decode()
    head, _, event = message.partition(" - CEF:")
    assert head.startswith(f"<{13 * 8 + 4}>1 ")
    of_cef(f"CEF:{event}")


def test_frames_are_counted_in_octets() -> None:
    assert syslog.frame("ü".encode()) == "2 ü".encode()


def test_every_minute_has_its_own_time() -> None:
    first, later = (syslog.message(entry(at=at)) for at in (AT, AT + MINUTE))
    assert first.split()[1] < later.split()[1]
