"""Makes the official client for a source: kubeconfig, in-cluster or settings; TLS is always
verified and the way out is the operator's."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path
from typing import Any

from integrations import _wire
from integrations.base import Misconfigured
from integrations.kubernetes.settings import Source
from store import tls

_CONNECTIONS = 24
_NAMED = 10


def client(source: Source) -> Any:
    """An ApiClient of the official library. Misconfigured where the settings lead nowhere."""
    from kubernetes.client import ApiClient, Configuration

    made: Any = Configuration(proxy="", no_proxy="")
    _signed_in(made, source)
    if source.server_name:
        made.tls_server_name = source.server_name
    if source.ca_file:
        made.ssl_ca_cert = source.ca_file
        made.verify_ssl = True
    if not made.verify_ssl:
        raise Misconfigured(
            "the certificate is always checked: name the authority instead of "
            "insecure-skip-tls-verify", "ca_file",
        )  # fmt: skip
    made.proxy = made.proxy or _wire.proxy(made.host)
    made.retries = False
    made.connection_pool_maxsize = _CONNECTIONS
    made.socket_options = _kept_alive()
    api = ApiClient(configuration=made)
    if made.host.startswith("https"):
        kept = api.rest_client.pool_manager.connection_pool_kw
        try:
            kept["ssl_context"] = _context(made)
        except OSError as error:
            raise Misconfigured(f"the authority can't be read: {error}", "ca_file") from None
    return api


def _signed_in(made: Any, source: Source) -> None:
    from kubernetes import config as official

    config: Any = official
    if source.api_server:
        made.host = source.api_server.rstrip("/")
        _by_settings(made, source)
        return
    try:
        if source.kubeconfig or source.context:
            _there(source)
            config.load_kube_config(
                config_file=source.kubeconfig or None,
                context=source.context or None,
                client_configuration=made,
                persist_config=False,
            )
        else:
            config.load_incluster_config(client_configuration=made)
    except Misconfigured:
        raise
    except Exception as error:  # noqa: BLE001  whatever a plugin or a file may raise
        setting = "context" if source.context and "context" in str(error) else "kubeconfig"
        if not source.kubeconfig and not source.context:
            setting = "kubeconfig"
            error = Exception("no kubeconfig and no api_server are set, and this is no pod")
        raise Misconfigured(" ".join(str(error).split())[:300], setting) from None
    _by_settings(made, source)


def _there(source: Source) -> None:
    """Misconfigured where the context that is meant is not in the kubeconfig."""
    from kubernetes.config import kube_config as official

    files: Any = official
    try:
        path = source.kubeconfig or files.KUBE_CONFIG_DEFAULT_LOCATION
        known = files.KubeConfigMerger(path).config.value
        wanted = source.context or str(known.get("current-context") or "")
        names = [str(each["name"]) for each in known.get("contexts") or ()]
    except Exception:  # noqa: BLE001  a file that can't be read is said where it is loaded
        return
    if wanted and wanted not in names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        are = f"is {names[0]}" if len(names) == 1 else f"are {', '.join(names[:_NAMED])}{more}"
        there = f"; there {are}" if names else ""
        raise Misconfigured(f"kubeconfig has no context {wanted}{there}", "context")


def _by_settings(made: Any, source: Source) -> None:
    """What the settings say goes over what a kubeconfig says."""
    if source.token:
        made.api_key["BearerToken"] = f"Bearer {source.token}"
        made.refresh_api_key_hook = None
    elif source.token_file:
        _by_file(made, Path(source.token_file))
    if source.client_certificate:
        made.cert_file, made.key_file = source.client_certificate, source.client_key or None


def _by_file(made: Any, path: Path) -> None:
    seen = [0]

    def look(configuration: Any) -> None:
        now = path.stat().st_mtime_ns
        if now != seen[0]:
            configuration.api_key["BearerToken"] = f"Bearer {path.read_text().strip()}"
            seen[0] = now

    try:
        look(made)
    except OSError as error:
        raise Misconfigured(f"the token can't be read: {error}", "token_file") from None
    made.refresh_api_key_hook = look


def _context(made: Any) -> ssl.SSLContext:
    context = tls.private(made.ssl_ca_cert or "")
    if made.ssl_ca_cert:
        # Authorities that clusters make for themselves lack an extension that 3.13 asks for.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def _kept_alive() -> list[tuple[int, int, int]]:
    """A connection whose other side is gone is noticed within about a minute."""
    import socket

    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
               (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]  # fmt: skip
    for name, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 4)):
        with contextlib.suppress(AttributeError):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options
