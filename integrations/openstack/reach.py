"""The way to a cloud: openstacksdk's reading of clouds.yaml, keystoneauth's session and tokens,
our certificates, proxy and time limits. It blocks: it is called in threads.
"""

from __future__ import annotations

import threading
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from integrations import _wire
from integrations.base import Misconfigured, Permanent, Transient
from integrations.openstack.settings import Source
from store import tls

KEYSTONE = "Keystone"
REDIRECTS = 3
LARGEST, _CHUNK = 128 << 20, 64 << 10
"""Bytes of an answer at most, unpacked."""
Access = Any
"""keystoneauth's AccessInfo."""


class Unanswered(Transient):
    """No answer, or one that is none. ``how``: ``unreachable``, ``hangs``, ``tls``, ``error`` (it
    answers with 5xx), ``busy``; ``status`` where there was one, ``service`` who did not answer."""

    def __init__(
        self, error: str, how: str, status: int = 0, retry_after: float | None = None, *,
        service: str = "", uncertain: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(error, retry_after, uncertain=uncertain, broken=how == "error")
        self.how = how
        self.status = status
        self.service = service


class Reach:
    """A session of one scope: of the project that is signed in to, or of the system."""

    def __init__(self, source: Source, *, system: bool = False) -> None:
        self._source = source
        self._system = system
        self._lock = threading.Lock()
        self._session: Any = None
        self._sockets: Any = None
        self.config: Any = None
        self.regions: tuple[str, ...] = ()

    def session(self) -> Any:
        """keystoneauth's session. Misconfigured where the settings do not make one."""
        with self._lock:
            if self._session is None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._session = self._made()
            return self._session

    def access(self) -> Access:
        """Who we are and the catalogue, from the token in hand or a new one."""
        session = self.session()
        with _Errors(KEYSTONE):
            return session.auth.get_access(session)

    def send(self, method: str, url: str, service: str, **more: Any) -> Any:
        """One request and its answer whatever its status; Unanswered without, be it by Keystone,
        which is asked for a token first. A token that is refused is asked for again, once."""
        session, token = self.session(), more.get("authenticated", True)
        for left in (1, 0):
            if token:
                self.access()
            with _Errors(service, uncertain=method != "GET"):
                answer = self._asked(method, url, **more)
            if answer.status_code != 401 or not token or not left:
                break
            session.invalidate()
        return answer

    def _asked(self, method: str, url: str, **more: Any) -> Any:
        """One answer. A redirect is followed within the same place alone: whoever else it names is
        given no token of ours."""
        for left in range(REDIRECTS, -1, -1):
            answer = self._session.request(
                url, method, raise_exc=False, allow_reauth=False, connect_retries=0,
                status_code_retries=0, redirect=False, stream=True, **more,
            )  # fmt: skip
            _read(answer, time.monotonic() + 2 * self._source.read_timeout + 10)
            where = urljoin(url, answer.headers.get("Location") or "")
            moved = answer.status_code in (301, 302, 303, 307, 308) and method == "GET"
            if not (moved and left) or _place(where) != _place(url) or where == url:
                break
            url, more = where, {**more, "params": None}
        return answer

    def close(self) -> None:
        """Let go of the connections."""
        if self._sockets is not None:
            self._sockets.close()

    def _made(self) -> Any:
        from keystoneauth1.session import Session
        from openstack import exceptions as refused
        from openstack.config import OpenStackConfig
        from yaml import YAMLError

        def build(**more: Any) -> Session:
            return Session(session=self._sockets, **more)

        source = self._source
        files = [source.clouds_file] if source.clouds_file else None
        secure = [str(Path(each).parent / "secure.yaml") for each in files or ()] or None
        try:
            loader: Any = OpenStackConfig(
                config_files=files, secure_files=secure, load_envvars=False, app_name="PixelView",
                load_yaml_config=bool(source.cloud),
                session_constructor=build,  # type: ignore[arg-type]
            )  # fmt: skip
            entry = self._entry(loader)
            self.config = entry
            _sound(entry.config)
            self._sockets = self._sockets_to(str(entry.config["auth"].get("auth_url", "")))
            made = entry.get_session()
        except (refused.SDKException, YAMLError, OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"the cloud can't be set up: {error}", "cloud") from error
        made.timeout = (source.connect_timeout, source.read_timeout)
        return made

    def _entry(self, loader: Any) -> Any:
        source, more = self._source, dict[str, Any]()
        if source.auth:
            more["auth"] = dict(source.auth)
            if "application_credential_id" in source.auth:
                more["auth_type"] = "v3applicationcredential"
        if source.interface:
            more["interface"] = source.interface
        if source.ca_file:
            more["cacert"] = source.ca_file
        if source.regions:
            more["region_name"] = source.regions[0]
        first = loader.get_one(source.cloud or None, **more)
        named = loader.cloud_config.get("clouds", {}).get(source.cloud, {}) if source.cloud else {}
        self.regions = _regions(named)
        if not self._system:
            return first
        auth = {
            name: value for name, value in first.config["auth"].items()
            if not name.startswith(("project", "tenant"))
        }  # fmt: skip
        if "application_credential_id" in auth:
            raise Misconfigured("an application credential is of a project", "system_scope")
        again = {k: v for k, v in more.items() if k != "auth"}
        bare = type(loader)(load_yaml_config=False, load_envvars=False,
                            session_constructor=loader._session_constructor)  # fmt: skip
        kept = {name: first.config[name] for name in ("interface", "cacert", "cert", "key")
                if first.config.get(name)}  # fmt: skip
        return bare.get_one(**{**kept, **again, "auth": {**auth, "system_scope": "all"}})

    def _sockets_to(self, url: str) -> Any:
        import requests
        from requests.adapters import HTTPAdapter

        context = cache(tls.private)

        class Ours(HTTPAdapter):
            def build_connection_pool_key_attributes(self, *args: Any, **more: Any) -> Any:
                host, pool = super().build_connection_pool_key_attributes(*args, **more)
                return host, {**pool, "ssl_context": context()}

        made = requests.Session()
        made.trust_env = False
        made.mount("https://", Ours(pool_maxsize=8))
        made.mount("http://", HTTPAdapter(pool_maxsize=8))
        if url and (proxy := _wire.proxy(url)):
            made.proxies = {"http": proxy, "https": proxy}
        return made


def _read(answer: Any, until: float) -> None:
    """The whole of an answer, unless it is larger or drips longer than any is meant to."""
    import requests
    from keystoneauth1.exceptions import ConnectFailure

    read = bytearray()
    try:
        for chunk in answer.iter_content(_CHUNK):
            read += chunk
            if len(read) > LARGEST or time.monotonic() > until:
                answer.close()
                raise ConnectFailure("an answer without end")
    except requests.exceptions.RequestException as error:
        raise ConnectFailure(str(error)) from error
    answer._content = bytes(read)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _sound(config: Any) -> None:
    """Misconfigured where an entry believes any certificate, or has a user without a password."""
    verified = str(config.get("verify", True)).strip().lower() in ("true", "yes", "on", "1")
    if not verified or config.get("insecure") is True:
        raise Misconfigured(
            "clouds.yaml says verify: false; name the authority in cacert instead", "cloud"
        )
    auth = config.get("auth") or {}
    if (auth.get("username") or auth.get("user_id")) and not auth.get("password"):
        raise Misconfigured("there is no password for the user", "password")


def _regions(entry: Any) -> tuple[str, ...]:
    """The regions that an entry of clouds.yaml names."""
    listed = entry.get("regions") or ()
    if one := entry.get("region_name"):
        return (str(one),)
    return tuple(str(each["name"] if isinstance(each, dict) else each) for each in listed)


class _Errors:
    """keystoneauth's errors as ours."""

    def __init__(self, service: str, *, uncertain: bool = False) -> None:
        self._service, self._uncertain = service, uncertain

    def __enter__(self) -> None:
        """Nothing to do before."""

    def __exit__(self, kind: Any, error: BaseException | None, where: Any) -> None:
        if error is None:
            return
        from keystoneauth1 import exceptions as ks

        name, late = self._service, self._uncertain
        if isinstance(error, ks.ConnectTimeout):
            _unanswered(name, "does not answer in time", "hangs", error, late)
        if isinstance(error, ks.SSLError):
            _unanswered(name, "shows a certificate that is not believed", "tls", error, False)
        if isinstance(error, ks.ConnectFailure | ks.DiscoveryFailure):
            how, said = _discovered(str(error))
            _unanswered(name, said, how, error, late)
        if isinstance(error, ks.HttpError):
            _http(name, error)
        if isinstance(error, ks.ClientException):
            _unanswered(name, f"can't be asked: {error}"[:300], "unreachable", error, late)


def _unanswered(name: str, said: str, how: str, error: BaseException, uncertain: bool) -> NoReturn:
    raise Unanswered(f"{name} {said}", how, service=name, uncertain=uncertain) from error


def _discovered(text: str) -> tuple[str, str]:
    """What kept a version document from being read, by the words of keystoneauth."""
    if "SSL exception" in text:
        return "tls", "shows a certificate that is not believed"
    if "timed out" in text.lower():
        return "hangs", "does not answer in time"
    if "(HTTP 5" in text:
        return "error", "answers with errors"
    return "unreachable", "can't be reached"


def _http(name: str, error: Any) -> None:
    """What Keystone says to a sign-in."""
    status = int(error.http_status or 0)
    if status in (401, 403):
        raise Misconfigured("Keystone refuses the sign-in", "auth") from error
    if status in (413, 429):
        wait = _seconds(error)
        raise Unanswered(f"{name} asks to wait", "busy", status, wait, service=name) from error
    if status >= 500:
        raise Unanswered(f"{name} answers {status}", "error", status, service=name) from error
    raise Permanent(f"{name} answers {status}: {error.message}"[:300]) from error


def _seconds(error: Any) -> float | None:
    value = getattr(error, "retry_after", None)
    return float(value) if value else None
