"""Signatures of SNS: who signed, what is signed, and which addresses may be asked.

Only AWS's own hosts are ever asked: ``sns.<region>.amazonaws.com`` (China: ``.cn``), by https.
The certificate is fetched by the caller of ``wanted``; nothing here speaks to the network.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations import _json, _read, _sign
from integrations.base import FETCHED, Malformed, Misconfigured, Request

OFF, CHECKED, REQUIRED = "off", "checked", "required"

_HOST = r"https://sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/[A-Za-z0-9_-]{1,120}\.pem")
_SUBSCRIBE = re.compile(_HOST + r"/\?[A-Za-z0-9%&=:._/+-]{1,1500}")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_A_DAY = 86400
_UNSIGNED = "the message is not signed; raw message delivery needs signature: off"


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where a setting can't work."""
    if _mode(settings) not in (OFF, CHECKED, REQUIRED):
        raise Misconfigured("is one of checked, required, off", "signature")
    if settings.get("certificate"):
        _public_key(str(settings["certificate"]).encode())


def subscribe_url(body: Mapping[str, Any]) -> str:
    """Where a subscription is confirmed; Malformed where that is not AWS."""
    url = _read.first(body, "SubscribeURL")
    if not _SUBSCRIBE.fullmatch(url) or "Action=ConfirmSubscription" not in url:
        raise Malformed("subscriptions are confirmed at sns.<region>.amazonaws.com only",
                        "SubscribeURL")  # fmt: skip
    return url


def wanted(request: Request) -> tuple[str, ...]:
    """The certificates that ``verify`` needs, at AWS's hosts; Malformed 401 where one is not."""
    settings = request.settings
    if _mode(settings) == OFF or settings.get("certificate"):
        return ()
    return tuple({_certificate_url(envelope) for envelope in _envelopes(request)})


def proof(settings: Mapping[str, Any]) -> str:
    """How a source's messages prove that they are AWS's."""
    mode = _mode(settings)
    if mode == CHECKED and not settings.get("certificate"):
        return "signed where AWS can be asked"
    return "token only" if mode == OFF else "signed"


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless each message is signed by AWS and of a topic that is taken.

    ``secrets[FETCHED]`` has the certificates by address; None for one that AWS could not give.
    """
    topics = _read.words(secrets.get("topics"))
    mode = _mode(secrets)
    if mode == OFF and not topics:
        return ""
    certain = mode != OFF
    for envelope in _envelopes(request):
        if topics and _read.first(envelope, "TopicArn") not in topics:
            raise Malformed("this topic is not taken", "TopicArn", 401)
        if mode != OFF:
            certain = _verify(envelope, secrets, mode) and certain
        if mode == REQUIRED:
            _sign.fresh(request, _read.first(envelope, "Timestamp"), "Timestamp", _A_DAY)
    return _sign.mark(request.body) if certain else ""


def _verify(envelope: Mapping[str, Any], secrets: Mapping[str, Any], mode: str) -> bool:
    pinned = secrets.get("certificate")
    if pinned:
        pem: bytes | None = str(pinned).encode()
    else:
        pem = secrets.get(FETCHED, {}).get(_certificate_url(envelope))
    if pem is None:
        if mode == REQUIRED:
            raise Malformed("AWS's certificate can't be fetched; try again", "SigningCertURL", 503)
        return False
    _is_signed(envelope, pem)
    return True


def _is_signed(envelope: Mapping[str, Any], pem: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    version = _read.first(envelope, "SignatureVersion")
    # Version 1 is SHA-1 by AWS's definition.
    made = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(version)  # noqa: S303  # nosec B303
    if made is None:
        raise Malformed("unknown version of the signature", "SignatureVersion", 401)
    try:
        signature = base64.b64decode(_read.first(envelope, "Signature"), validate=True)
        _public_key(pem).verify(signature, signed_text(envelope), padding.PKCS1v15(), made)
    except (InvalidSignature, binascii.Error, ValueError, Misconfigured):
        raise Malformed("the signature does not fit the message", "Signature", 401) from None


def signed_text(envelope: Mapping[str, Any]) -> bytes:
    """The names and values that are signed, each on a line; a missing Subject is left out."""
    names = _NOTIFICATION if envelope.get("Type") == "Notification" else _CONFIRMATION
    lines = (f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None)
    return "".join(lines).encode("utf-8", "surrogatepass")


def _public_key(pem: bytes) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError:
        raise Misconfigured("is no PEM certificate", "certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise Misconfigured("is no certificate of an RSA key", "certificate")
    return key


def _envelopes(request: Request) -> Iterator[dict[str, Any]]:
    """The messages of a body; Malformed 401 for one that has no signature."""
    body = _read.an_object(_json.parse(_json.body(request)))
    records = [_read.part(each, "Sns") for each in _read.parts(body.get("Records"), _read.MOST)]
    for envelope in records or [body]:
        if not _read.first(envelope, "Signature") and _mode(request.settings) != OFF:
            raise Malformed(_UNSIGNED, "Signature", 401)
        yield envelope


def _certificate_url(envelope: Mapping[str, Any]) -> str:
    """Lambda writes the same field in other letters."""
    url = _read.first(envelope, "SigningCertURL", "SigningCertUrl")
    if not _CERTIFICATE.fullmatch(url):
        raise Malformed("certificates come from sns.<region>.amazonaws.com only",
                        "SigningCertURL", 401)  # fmt: skip
    return url


def _mode(settings: Mapping[str, Any]) -> str:
    """YAML reads a bare ``off`` as false."""
    found = settings.get("signature", CHECKED)
    return OFF if found is False else str(found)
