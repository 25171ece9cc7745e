"""What can be set of one StackStorm, and the settings as the client works with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from integrations.base import Misconfigured, Setting

RUNNER = (
    Setting(
        "url",
        "Where StackStorm's web server is, https://st2.example.eu: its API, sign-in and stream are "
        "behind /api, /auth and /stream there.",
    ),
    Setting("api_url", "The API by itself, such as http://st2.example.eu:9101, instead of url."),
    Setting("auth_url", "The sign-in by itself, such as http://st2.example.eu:9100."),
    Setting("stream_url", "The stream by itself, such as http://st2.example.eu:9102."),
    Setting("web_url", "What people open in a browser, where that is not url."),
    Setting("api_key", "An API key (st2 apikey create), the best way in.", secret=True),
    Setting("user", "The user to sign in as, instead of an API key."),
    Setting("password", "The user's password.", secret=True),
    Setting("token", "A token that is renewed by nobody, instead of an API key.", secret=True),
    Setting("token_ttl", "Seconds a token is asked for; it is renewed in time.", default=3600),
    Setting("ca_file", "The authority that signed its certificates, as a PEM file."),
    Setting("connect_timeout", "Seconds to wait for a connection.", default=5),
    Setting("read_timeout", "Seconds to wait for an answer.", default=20),
    Setting(
        "as_person",
        "Whether an execution has the person who asked for it as its user in StackStorm; false "
        "leaves PixelView's own there, with the person's name in the context.",
        default=True,
    ),
    Setting(
        "templates",
        "true lets parameters hold StackStorm's templates such as {{ st2kv.system.x }}; whoever "
        "may run an action can read the datastore then.",
        default=False,
    ),
    Setting(
        "events",
        "What is told to StackStorm, for rules there: of, a list of what happened (opened, "
        "acknowledged, escalated, resolved, …); secret, which signs it; trigger "
        "(pixelview.event), or webhook, the name of a webhook there instead of it.",
        default={},
    ),
)
"""Everything a system of the kind ``stackstorm`` understands, with its defaults."""

TRIGGER = "pixelview.event"
_EVENTS = ("of", "secret", "trigger", "webhook")
_NUMBERS = {each.name: each.default for each in RUNNER if type(each.default) is int}
_PORTS = {"auth": 9100, "api": 9101, "stream": 9102}


@dataclass(frozen=True, slots=True)
class System:
    """The settings of one StackStorm; times in seconds. ``way`` is the setting that is wrong when
    nobody is let in: ``api_key``, ``token`` or ``password``."""

    name: str
    api: str
    auth: str
    stream: str
    web: str
    way: str
    api_key: str
    user: str
    password: str
    token: str
    token_ttl: int
    ca_file: str
    connect_timeout: float
    read_timeout: float
    as_person: bool
    templates: bool
    trigger: str
    webhook: str
    secret: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read in an answer."""
        found = (self.api_key, self.password, self.token, self.secret)
        return tuple(each for each in found if each)


def system(name: str, settings: Mapping[str, Any]) -> System:
    """The settings, looked through; Misconfigured says which one is wrong."""
    numbers = {each: _number(settings, each) for each in _NUMBERS}
    texts = {each: _text(settings, each) for each in
             ("api_key", "user", "password", "token", "ca_file")}  # fmt: skip
    if texts["ca_file"] and not Path(texts["ca_file"]).is_file():
        raise Misconfigured(f"there is no file {texts['ca_file']}", "ca_file")
    urls = {each: _address(settings, f"{each}_url") for each in ("api", "auth", "stream", "web")}
    base = _address(settings, "url")
    way = _way(texts)
    if not (api := _of(base, urls["api"], urls["api"], "api")):
        raise Misconfigured("url or api_url is needed", "url")
    auth = _of(base, urls["auth"], urls["api"], "auth")
    if way == "password" and not auth:
        raise Misconfigured("auth_url is needed for a user and a password", "auth_url")
    if not (stream := _of(base, urls["stream"], urls["api"], "stream")):
        raise Misconfigured("stream_url is needed beside api_url", "stream_url")
    events = _events(settings.get("events"))
    return System(
        name=name,
        api=_versioned(api),
        auth=auth,
        stream=_versioned(stream),
        web=urls["web"] or base,
        way=way,
        token_ttl=int(numbers["token_ttl"]),
        connect_timeout=numbers["connect_timeout"],
        read_timeout=numbers["read_timeout"],
        as_person=_flag(settings, "as_person"),
        templates=_flag(settings, "templates"),
        trigger=str(events.get("trigger") or TRIGGER),
        webhook=str(events.get("webhook") or "").strip("/"),
        secret=str(events.get("secret") or ""),
        **texts,
    )


def _way(texts: Mapping[str, str]) -> str:
    """How we sign in."""
    ways = [each for each in ("api_key", "token", "user") if texts[each]]
    if len(ways) > 1:
        raise Misconfigured(f"{ways[0]} and {ways[1]}: one of them is enough", ways[1])
    if not ways:
        raise Misconfigured("an api_key is needed, or user and password", "api_key")
    if ways == ["user"]:
        if not texts["password"]:
            raise Misconfigured("a password is needed beside user", "password")
        return "password"
    return ways[0]


def _of(base: str, own: str, api: str, service: str) -> str:
    """Where a service is: where it says so, behind the web server, or beside the API."""
    if own:
        return own
    if base:
        return f"{base}/{service}/v1"
    if not api:
        return ""
    parts = urlsplit(api)
    if parts.port == _PORTS["api"]:
        where = parts.netloc.rpartition(":")[0]
        return urlunsplit((parts.scheme, f"{where}:{_PORTS[service]}", "", "", ""))
    path = parts.path.removesuffix("/v1")
    if path.endswith("/api"):
        return urlunsplit((parts.scheme, parts.netloc, path[:-3] + service, "", ""))
    return ""


def _versioned(url: str) -> str:
    return url if url.endswith("/v1") else f"{url}/v1"


def _address(settings: Mapping[str, Any], name: str) -> str:
    text = _text(settings, name).rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment:
        raise Misconfigured(f"{text[:120]} is no address such as https://st2.example.eu", name)
    if parts.username or parts.password:
        raise Misconfigured("who signs in is said in user and password, not in the address", name)
    return text


def _events(value: Any) -> Mapping[str, Any]:
    if value in (None, "", {}):
        return {}
    if not isinstance(value, Mapping):
        raise Misconfigured("write of, secret, trigger or webhook below it", "events")
    for each in value:
        if each not in _EVENTS:
            raise Misconfigured(
                f"no such setting: {each}; there are {', '.join(_EVENTS)}", "events"
            )
    return value


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    return "" if value is None else str(value).strip()


def _flag(settings: Mapping[str, Any], name: str) -> bool:
    value = settings.get(name)
    if value is None:
        return bool(next(each.default for each in RUNNER if each.name == name))
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false", "yes", "no", "on", "off"):
        raise Misconfigured(f"{value} is neither true nor false", name)
    return str(value).lower() in ("true", "yes", "on")


def _number(settings: Mapping[str, Any], name: str) -> float:
    value = settings.get(name)
    try:
        found = float(_NUMBERS[name] if value in (None, "") else value)
    except (TypeError, ValueError):
        raise Misconfigured(f"{value} is not a number", name) from None
    if not 0.05 <= found <= 1_000_000:
        raise Misconfigured(f"{value} is out of bounds", name)
    return found
