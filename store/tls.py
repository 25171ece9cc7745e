"""The one place that makes TLS contexts: TLS 1.2 or newer, certificates verified, nothing old.

The standard library alone, so that every layer may use it.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Literal

Version = Literal["1.2", "1.3"]

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# Those of TLS 1.2 with forward secrecy and authenticated encryption (Mozilla's "intermediate");
# TLS 1.3 has no others.
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
    ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
    ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


_beside: list[str] = []


def believe(ca_file: str = "") -> None:
    """From now on this process believes the authorities of a file beside the public ones, wherever
    no file of its own is named."""
    _beside[:] = [ca_file] if ca_file else []


def beside() -> tuple[str, ...]:
    """The files of the authorities that are believed beside the public ones, for a library that
    makes its own contexts."""
    return tuple(_beside)


def trust(ca_file: str = "") -> ssl.SSLContext:
    """A client's context: the other side's certificate and name are checked, against ``ca_file``
    instead of the public roots where it is named. OSError where that can't be read.

    Made once for each file: reading the roots takes tens of milliseconds.
    """
    return _kept(ca_file, tuple(_beside))


@cache
def _kept(ca_file: str, beside: tuple[str, ...]) -> ssl.SSLContext:
    return _made(ca_file, beside)


def _made(ca_file: str, beside: tuple[str, ...]) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=ca_file or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    for each in beside if not ca_file else ():
        made.load_verify_locations(each)
    return made


def private(ca_file: str = "") -> ssl.SSLContext:
    """As ``trust``, but one's own: for who adds to it, or hands it to a library that does."""
    return _made(ca_file, tuple(_beside))


def blind() -> ssl.SSLContext:
    """A client's context that encrypts and believes anybody; only where a setting says so."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def server(
    cert: str | Path,
    key: str | Path | None = None,
    minimum: Version = "1.2",
    *,
    mail: bool = False,
) -> ssl.SSLContext:
    """A server's context for a certificate (with its chain) and its key. OSError where a file
    can't be read, ssl.SSLError (ValueError for a key with a pass phrase) where they don't fit."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = _VERSIONS[minimum]
    made.set_ciphers(_CIPHERS)
    made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    made.options |= ssl.OP_NO_RENEGOTIATION
    if not mail:
        made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(cert, key, password=_no_password)
    return made


def _no_password() -> str:
    """Without this OpenSSL would ask at the terminal, and the service would hang."""
    raise ValueError("the key has a pass phrase; take it off: openssl pkey -in KEY -out PLAIN")


def reason(error: Exception) -> str:
    """Why there is no safe connection, in one line for people."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"the certificate is not accepted: {found.verify_message}"
        if isinstance(found, ssl.SSLError):
            return (found.reason or str(found)).replace("_", " ").lower()
        found = found.__cause__ or found.__context__
    return " ".join(str(error).split())[:200] or type(error).__name__
