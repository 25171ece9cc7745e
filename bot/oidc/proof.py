"""Whether a token of a provider is genuine, meant for us, fresh, and answers our own question
(OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6)."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from typing import Any

from bot.oidc.errors import Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")  # fmt: skip
"""Signatures that only the provider can make: no ``none``, none by a secret that we know too."""
OLDEST = 600
"""Seconds since an answer was made, after which it is none to what was asked just now."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class UnknownKey(Exception):
    """It is signed by a key that is not among those known; the provider may have new ones."""


def opened(token: str, keys: Mapping[str, Any], said: Collection[str] = ()) -> dict[str, Any]:
    """The claims of a token whose signature holds. ``said`` are the algorithms the provider says
    it uses. UnknownKey where another set of keys may help; Refused where nothing does."""
    from joserfc import jws, jwt
    from joserfc.errors import BadSignatureError, JoseError
    from joserfc.jwk import KeySet

    allowed = [a for a in ALGORITHMS if not said or a in said]
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("alg") not in allowed:
            raise Refused(f"it is signed by {header.get('alg')}")
        usable = [k for k in keys.get("keys", ()) if k.get("use") in (None, "sig")]
        if not _there(usable, header.get("kid")):
            raise UnknownKey
        return dict(jwt.decode(token, KeySet.import_key_set({"keys": usable}), allowed).claims)
    except BadSignatureError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError) as error:
        raise Refused(f"it can't be read ({type(error).__name__})") from None


def _there(keys: list[Any], kid: object) -> bool:
    return any(k.get("kid") == kid for k in keys) if kid is not None else len(keys) > 0


def id_token(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    client: str,
    nonce: str,
    now: int,
    leeway: int,
    access_token: str = "",
    alg: str = "RS256",
) -> None:
    """Refused where the claims of an ID token are not an answer to us; ``now`` in seconds."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    _meant(claims, issuer, client)
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise Refused("it answers another question (nonce)")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise Refused("it does not say who (sub)")
    _fresh(claims, now, leeway)
    if not _is_number(claims.get("exp")) or claims["exp"] + leeway <= now:
        raise Refused("it is too old (exp)")
    params = {"nonce": nonce, "client_id": client, "access_token": access_token}
    try:
        CodeIDToken(dict(claims), {"alg": alg}, {}, params).validate(now=now, leeway=leeway)
    except JoseError as error:
        raise Refused(f"it is not valid ({error.error})") from None


def logout_token(
    claims: Mapping[str, Any], *, issuer: str, client: str, now: int, leeway: int
) -> None:
    """Refused where it is no word of the provider that somebody signed out."""
    _meant(claims, issuer, client)
    _fresh(claims, now, leeway)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT), Mapping):
        raise Refused("it is about something else (events)")
    if "nonce" in claims:
        raise Refused("it is an ID token (nonce)")
    if not isinstance(claims.get("jti"), str):
        raise Refused("it has no name of its own (jti)")
    if not isinstance(claims.get("sub") or claims.get("sid"), str):
        raise Refused("it says neither who nor which session")


def _meant(claims: Mapping[str, Any], issuer: str, client: str) -> None:
    if claims.get("iss") != issuer:
        raise Refused("another issuer made it (iss)")
    meant = claims.get("aud")
    audience = [meant] if isinstance(meant, str) else meant
    if not isinstance(audience, list) or client not in audience:
        raise Refused("it is meant for somebody else (aud)")
    if len(audience) > 1 and "azp" not in claims:
        raise Refused("it is meant for several (azp)")
    if "azp" in claims and claims["azp"] != client:
        raise Refused("it was given to somebody else (azp)")


def _fresh(claims: Mapping[str, Any], now: int, leeway: int) -> None:
    made = claims.get("iat")
    if not _is_number(made):
        raise Refused("it does not say when it was made (iat)")
    if made - leeway > now or now - made > OLDEST + leeway:  # type: ignore[operator]
        raise Refused("it was not made just now (iat)")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
