"""What proves that a webhook is its sender's, for every source: the tool's own way where it has
one, and otherwise a secret in a header or a signature as the source's settings describe it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from integrations import _sign
from integrations.base import Malformed, Misconfigured, Request, Setting

SETTINGS = (
    _sign.SECRET,
    Setting(
        "secret_header",
        "For tools that sign nothing and send headers of one's own: which header the secret comes "
        "in. In Authorization it may be the password of Basic or follow Bearer.",
        default="Authorization",
    ),
    Setting(
        "signature",
        "For tools that sign in a way of their own: header, and where they differ algorithm "
        "(sha256, sha512, sha1), encoding (hex or base64), prefix, timestamp (the header of the "
        "signed time) and join (what stands between time and body).",
    ),
)
"""Settings of each source whose tool has no scheme of its own here."""

SIGNED, SENT, TOKEN = "signed", "secret sent", "token only"

_ALGORITHMS = ("sha256", "sha512", "sha1")
_ENCODINGS = ("hex", "base64")
_PARTS = ("header", "algorithm", "encoding", "prefix", "timestamp", "join")

_SECRETS = ("secret", "webhook_secrets", "client_secret", "shared_secret", "signing_secret",
            "public_key")  # fmt: skip

Verify = Callable[[Request, Mapping[str, Any]], str | None]


def check_of(receiver: object) -> Verify:
    """What refuses (Malformed 401) a request that is not its sender's; it returns the mark that
    tells a repeat, "" or None where there is none."""
    own = getattr(receiver, "verify_webhook", None) or getattr(receiver, "verify", None)
    found: Verify = own or (_nothing if _means_else(receiver) else verify)
    return found


def _means_else(receiver: object) -> bool:
    """An integration from elsewhere may look at a secret of its own while it reads."""
    manifest = getattr(receiver, "MANIFEST", None)
    own = {setting.name for setting in manifest.settings} if manifest is not None else set()
    return not own.isdisjoint(setting.name for setting in SETTINGS)


def _nothing(request: Request, settings: Mapping[str, Any]) -> str:
    return ""


def has_own(receiver: object) -> bool:
    """Whether a tool proves itself in a way of its own."""
    return check_of(receiver) is not verify


def kind(receiver: object, settings: Mapping[str, Any]) -> str:
    """How a source's webhooks prove that they are its sender's."""
    if (own := getattr(receiver, "proof", None)) is not None:
        return str(own(settings))
    names = getattr(receiver, "SECRETS", ("secret",))
    if not any(name in settings for name in names) or check_of(receiver) is _nothing:
        return TOKEN
    if has_own(receiver):
        return SENT if getattr(receiver, "SECRET_IS_SENT", False) else SIGNED
    return SIGNED if settings.get("signature") else SENT


def empty(settings: Mapping[str, Any]) -> str:
    """The setting of a source that should hold a secret and is empty; "" where none is."""
    for name in _SECRETS:
        try:
            _sign.secrets(settings, name)
        except Malformed:
            return name
    return ""


def _check(settings: Mapping[str, Any]) -> None:
    form = settings.get("signature")
    if form is not None:
        _check_form(form)
    if "secret" not in settings:
        name = "signature" if form is not None else "secret_header"
        raise Misconfigured("is checked with a secret, and there is none", name)


def _check_form(form: Any) -> None:
    if not isinstance(form, Mapping) or not form.get("header"):
        raise Misconfigured("says in header where it comes", "signature")
    if unknown := sorted(str(name) for name in form if name not in _PARTS):
        raise Misconfigured(f"has no {unknown[0]}; there are {', '.join(_PARTS)}", "signature")
    if form.get("algorithm", "sha256") not in _ALGORITHMS:
        raise Misconfigured(f"is one of {', '.join(_ALGORITHMS)}", "signature.algorithm")
    if form.get("encoding", "hex") not in _ENCODINGS:
        raise Misconfigured(f"is one of {', '.join(_ENCODINGS)}", "signature.encoding")


def verify(request: Request, settings: Mapping[str, Any]) -> str:
    """Malformed 401 unless it comes with the source's secret, or signed with it, where it has
    one; Misconfigured where its settings can't work."""
    form = settings.get("signature")
    if form is None and "secret" not in settings and "secret_header" not in settings:
        return ""
    _check(settings)
    known = _sign.secrets(settings)
    if form is not None:
        return _signed(request, known, form)
    header = str(settings.get("secret_header") or "Authorization")
    _sign.told(_credentials(request.headers.get(header.lower(), "")), known, header)
    return ""


def _signed(request: Request, known: list[bytes], form: Mapping[str, Any]) -> str:
    """Without a signed time two bodies that are alike may both be meant: no mark."""
    before, header = b"", str(form["header"]).lower()
    timed = str(form.get("timestamp") or "").lower()
    if timed:
        stamp = request.headers.get(timed, "")
        _sign.fresh(request, stamp, timed)
        before = f"{stamp}{form.get('join', '.')}".encode("utf-8", "replace")
    prefix, algorithm = str(form.get("prefix") or ""), str(form.get("algorithm", "sha256"))
    if form.get("encoding", "hex") == "base64":
        mark = _sign.signed_base64(request, known, header, algorithm, prefix=prefix, before=before)
    else:
        mark = _sign.signed(
            request, known, header, prefix=prefix, algorithm=algorithm, before=before
        )
    return mark if timed else ""


def _credentials(header: str) -> str:
    """The secret of a header: a password of Basic, what follows Bearer, or all of it."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return header.strip()
