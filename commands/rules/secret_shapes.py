"""What secrets look like: the shapes that vendors give theirs, and the names they stand behind.

Every pattern takes time in proportion to the text: no repetition stands inside another one, and
those that may begin anywhere are bounded. ``marks`` are words of which one is in every text (in
lower case) that holds such a secret, so that other texts cost a few searches for fixed words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of secret: ``hide`` is what is put in its place, with what stays visible. What is
    ``named`` is known by the word before it alone, and may be short."""

    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    hide: str
    named: bool = False


MASK = "[hidden]"
_B = r"(?<![A-Za-z0-9_])"
_HEX32 = r"[0-9a-f]{32}(?![0-9A-Za-z])"


def _token(marks: str, pattern: str) -> Shape:
    """A secret that is recognised by itself: all of it is hidden."""
    return Shape(tuple(marks.split()), re.compile(_B + pattern), MASK)


def _behind(marks: str, pattern: str, *, named: bool = True) -> Shape:
    """A secret after something that stays: the first group."""
    return Shape(tuple(marks.split()), re.compile(pattern), rf"\g<1>{MASK}", named)


SHAPES: tuple[Shape, ...] = (
    _token("pvi_ pvr_ pvs_ pvl_ pvb_", r"pv[a-z]_[A-Za-z0-9_-]{16,}"),
    _token("xox xapp-", r"(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{16,})"),
    _behind(
        "hooks.slack",
        r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[A-Za-z0-9_/-]{10,}",
        named=False,
    ),
    _behind(
        "/webhooks/",
        r"(discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{5,25}/)[\w-]{16,}",
        named=False,
    ),
    _behind("/calendar/", r"(/calendar/)[A-Za-z0-9_-]{20,128}(?=\.ics)", named=False),
    _behind("/private-", r"(/private-)[0-9a-f]{20,64}(?=/)", named=False),
    _behind(".webhook.office", r"(\.webhook\.office\.com/)[^\s\"'<>\\]{10,}", named=False),
    _token("akia asia abia acca", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    _token("github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    _token(
        "glpat- gldt- glrt- glptt- glcbt- glft- glsoat- glagent-",
        r"gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent)-[A-Za-z0-9_.-]{16,}",
    ),
    _token("aiza", r"AIza[A-Za-z0-9_-]{30,}"),
    _token("ya29.", r"ya29\.[A-Za-z0-9_-]{20,}"),
    _token("gocspx-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    _token("k_live_ k_test_", r"[prs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    _token("whsec_", r"whsec_[A-Za-z0-9+/=]{16,}"),
    _token("sk-", r"sk-(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{20,}"),
    _token("sg.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    _token("npm_", r"npm_[A-Za-z0-9]{30,}"),
    _token("pypi-", r"pypi-AgE[A-Za-z0-9_-]{20,}"),
    _token("hvs. hvb.", r"hv[sb]\.[A-Za-z0-9_-]{20,}"),
    _token("o_v1_", r"do[opr]_v1_[a-f0-9]{40,}"),
    _token("glsa_", r"glsa_[A-Za-z0-9]{20,}_[a-f0-9]{8}"),
    _token("glc_", r"glc_[A-Za-z0-9+/=]{32,}"),
    _token("nrak- nrii-", r"NR(?:AK|II)-[A-Z0-9a-z_-]{20,}"),
    _token("shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _token("atatt3", r"ATATT3[A-Za-z0-9_=-]{20,}"),
    _token("dapi", r"dapi[a-f0-9]{32}"),
    _token("pdus+ pdeu+", r"pd(?:us|eu)\+[A-Za-z0-9_+-]{20,}"),
    _token("age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    _token(":aa", r"\d{8,10}:AA[A-Za-z0-9_-]{30,}"),
    _token("eyj", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]{0,2000}){0,3}"),
    _behind(
        "@",
        r"(://[^\s/@:\"'<>]{0,100}:)(?!\[hidden\]@)[^\s/@\"'<>]{1,300}(?=@)",
    ),
    _behind("@", r"(://)(?=[A-Za-z_-]{0,80}\d)[^\s/@:\"'<>\[]{16,300}(?=@)"),
    _behind(
        "sig= signature= x-amz- key=",
        r"((?i:[?&;](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token"
        r"|(?:api|access)?_?key)=))(?=[^\s&\"'<>#]{0,60}\d)[^\s&\"'<>#\[]{12,}",
    ),
    _behind(
        "bearer basic",
        r"((?i:\b(?:bearer|basic)[ \t]{1,4}))(?=[A-Za-z._~+/-]{0,80}[\d=])[A-Za-z0-9._~+/=-]{12,}",
    ),
    _behind(
        "authorization",
        r"((?i:authorization\\{0,3}[\"']?\s{0,4}[:=]\s{0,4}\\{0,3}[\"']?"
        r"(?:(?:bearer|basic|token|digest|splunk|geniekey|apikey|bot|key|negotiate)[ \t]{1,4})?))"
        r"(?!\[hidden\]|\*|\$|<|(?i:bearer|basic|token|failed|denied|error|is|was|required|header)\b)"
        r"[^\s\"'<>,\\]{6,}",
    ),
    _behind(
        "cookie",
        r"((?i:\b(?:set-)?cookie\\{0,3}[\"']?\s{0,4}:\s{0,4}\\{0,3}[\"']?)[\w.-]{1,60}=)[^\s;\"'<>\\]{6,}",
    ),
)

DISCORD_BOT = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{23,28}(\.[\w-]{6,7}\.[\w-]{27,40})(?![\w-])")
"""A bot's token has no word of its own, but a form: an id, a time and a MAC, with dots between."""
DISCORD_END = re.compile(r"\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27}")

TWILIO = re.compile(rf"({_B}AC{_HEX32}[^\n]{{1,40}}?(?<![0-9A-Za-z])){_HEX32}")
TWILIO_ID = re.compile("AC[0-9a-f]{32}")
"""What stands beside the account's id has no word of its own either."""

PEM = re.compile(
    r"-----BEGIN[^-\n]{0,40}PRIVATE KEY[^-\n]{0,10}-----[A-Za-z0-9+/=\s:,.\\]*"
    r"(?:-(?!----)[A-Za-z0-9+/=\s:,.\\]*)*(?:-----END[^-\n]{0,50}-----)?"
)

WORDS = (
    "password", "passwd", "passphrase", "passwort", "pwd", "secret", "token", "api_key", "apikey",
    "access_key", "accesskey", "secret_key", "private_key", "privatekey", "routing_key",
    "service_key", "integration_key", "account_key", "accountkey", "auth_key", "authkey",
    "encryption_key", "signing_key", "credential", "credentials", "community_string",
)  # fmt: skip
"""A name that ends in one of these (``-`` and a space count as ``_``) has a secret for a value."""
HARD = frozenset(("password", "passwd", "passphrase", "passwort", "pwd"))
"""Behind these whatever stands there is hidden, behind the others what looks like a secret."""
MARKS = ("passw", "passphrase", "pwd", "secret", "token", "key", "credential", "community")

_NAME = "|".join(sorted((w.replace("_", "[_ .-]?") for w in WORDS), key=len, reverse=True))
NAME_END = re.compile(rf"(?i)({_NAME})s?\Z")
NAMED = re.compile(
    rf"(?i)(?P<name>{_NAME})(?P<sep>\\{{0,3}}[\"']?[ \t]{{0,4}}(?::=|=>|[:=])\s{{0,4}}|>"
    rf"|(?<=[a-z])[ \t]+(?=\\{{0,3}}[\"']))"
    r"(?:\\+\"(?P<esc>[^\"\\\n]{1,4000})|\"(?P<dbl>(?:[^\"\\\n]|\\.){1,4000})"
    r"|'(?P<sgl>[^'\n]{1,4000})"
    r"|(?P<bare>(?:[^\s\"'&,;)}\]<>\\]|&(?!#?\w{1,8};|[\w.%\[\]-]{1,60}=)){1,4000}))"
)
"""``password=…``, ``"token": "…"``, ``<secret>…``: the name, what stands between, the value."""
FLAG = re.compile(
    rf"(?i)((?<!\S)--?[a-z-]{{0,30}}(?:{_NAME})[ \t]+)(?P<bare>[^\s\"'<>-][^\s\"'<>]{{3,4000}})"
)
"""``--password hunter2``: what a command line says."""

PROSE = frozenset(
    (
        "a", "an", "and", "any", "are", "at", "be", "been", "by", "can", "cannot", "changed",
        "check", "denied", "does", "empty", "error", "expired", "expires", "expiring", "failed",
        "failure", "false", "for", "from", "has", "header", "id", "in", "incorrect", "invalid",
        "is", "isn", "issued", "length", "leaked", "limit", "lost", "manager", "mismatch",
        "missing", "must", "name", "near", "needed", "needs", "never", "no", "none", "not",
        "null", "of", "ok", "on", "or", "over", "policy", "problem", "provider", "refresh",
        "rejected", "required", "reset", "revoked", "rotate", "rotated", "rotation", "see",
        "service", "set", "should", "stale", "store", "sync", "synced", "than", "the", "this",
        "to", "too", "true", "type", "unauthorized", "undefined", "unknown", "updated", "usage",
        "used", "valid", "validation", "vault", "via", "was", "will", "with", "without",
        "wrong", "yes",
    )
)  # fmt: skip
"""Words that follow such a name where somebody writes of a secret and does not tell it."""
