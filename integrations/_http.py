"""What every webhook needs before it is read: unfolding compressed bodies without a bomb."""

from __future__ import annotations

import zlib

from integrations.base import Malformed

_GZIP = 31
_ZLIB = 15
_RAW_DEFLATE = -15
_MEMBERS = 16  # each costs a copy of what follows it
_WBITS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


def unfold(body: bytes, encoding: str, limit: int) -> bytes:
    """The plain body of at most ``limit`` bytes, whatever its Content-Encoding.

    Never holds more than ``limit`` bytes of output. Malformed: 413 when it is longer, 415 for an
    encoding we don't know, 400 when it is cut off or not in the encoding it claims.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise _too_long(limit)
        return body
    wbits = _WBITS.get(encoding)
    if wbits is None:
        raise Malformed(f"unknown encoding {encoding[:40]!r}", "content-encoding", 415)
    # RFC 9110 says zlib for deflate; some senders leave its two-byte header out.
    if wbits == _ZLIB and not _has_zlib_header(body):
        wbits = _RAW_DEFLATE
    return _inflate(body, wbits, encoding, limit)


def _inflate(body: bytes, wbits: int, encoding: str, limit: int) -> bytes:
    plain = bytearray()
    rest = body
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(wbits)
        try:
            plain += member.decompress(rest, limit - len(plain) + 1)
        except zlib.error as error:
            raise Malformed(f"is not {encoding} as its Content-Encoding says") from error
        if len(plain) > limit:
            raise _too_long(limit)
        if not member.eof:
            raise Malformed(f"the {encoding} body is cut off")
        rest = member.unused_data
        if not rest:
            return bytes(plain)
    raise Malformed(f"more than {_MEMBERS} {encoding} streams in one body")


def _has_zlib_header(body: bytes) -> bool:
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0


def _too_long(limit: int) -> Malformed:
    return Malformed(f"longer than {limit} bytes", status=413)
