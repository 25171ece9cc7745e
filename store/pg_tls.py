"""How a connection to PostgreSQL is encrypted: ``sslmode`` and ``sslrootcert`` of its address.

On another machine the certificate and the name are verified unless the address says otherwise; a
server that offers no TLS is refused then, and so is whoever stands between and says it does not.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from sqlalchemy.engine import URL, make_url

from store import tls

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def connecting(url: str) -> tuple[URL, dict[str, Any]]:
    """The address without what is about TLS, and what asyncpg is to be told instead. ValueError
    for a mode that is none, OSError where the root certificates can't be read."""
    found = make_url(url)
    query = dict(found.query)
    mode = _word(query.pop("sslmode", "") or query.pop("ssl", ""))
    query.pop("ssl", None)
    root = _word(query.pop("sslrootcert", ""))
    plain = found.set(query=query)
    if not mode:
        mode = "prefer" if _here(found, query) and not root else "verify-full"
    if mode not in MODES:
        raise ValueError(f"sslmode={mode} is none of {', '.join(MODES)}")
    if mode == "disable":
        return plain, {"ssl": False}
    if mode in ("allow", "prefer"):
        return plain, {"ssl": mode}
    if mode == "require" and not root:
        return plain, {"ssl": tls.blind()}
    context = tls.private("" if root == "system" else root)
    context.check_hostname = mode == "verify-full"
    return plain, {"ssl": context}


def _word(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[-1]


def _here(url: URL, query: dict[str, Any]) -> bool:
    """Whether it is on this machine: loopback, or a socket in the file system."""
    hosts = [url.host, query.get("host")]
    named = [_word(host) for host in hosts if host]
    return all(_loopback(host) for host in named)


def _loopback(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
