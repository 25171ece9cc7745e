"""PixelView over its HTTP API, for the actions of this pack. Runs on Python 3.8 and later."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

import requests

WITHIN = 300
"""Seconds after which a signature is too old."""
_BEGINS = re.compile(r"\{(?=[{%])|<(?=%)")


class Refused(Exception):
    """PixelView said no; its words."""


class Client:
    """``config`` is the pack's. ``delivery`` makes a call that is made again count once."""

    def __init__(self, config, delivery=""):
        self._url = str(config.get("url") or "").rstrip("/")
        if not self._url or not config.get("token"):
            raise Refused("url and token are missing in the configuration of the pack pixelview")
        self._timeout = config.get("timeout") or 15
        self._verify = config.get("ca_file") or config.get("verify", True)
        self._headers = {
            "Authorization": f"Bearer {config['token']}",
            "Accept": "application/json",
        }
        self._delivery = delivery

    def command(self, name, args):
        """Run a command of PixelView; what it answers."""
        headers = dict(self._headers)
        if self._delivery:
            headers["Idempotency-Key"] = self._delivery
        return self._asked("POST", f"commands/{name}", headers, json=args)

    def incident(self, number):
        """One incident with its alerts and timeline."""
        return self._asked("GET", f"incidents/{int(number)}", self._headers)

    def _asked(self, method, path, headers, **more):
        try:
            answer = requests.request(
                method, f"{self._url}/api/{path}", headers=headers, timeout=self._timeout,
                verify=self._verify, allow_redirects=False, **more,
            )  # fmt: skip
        except requests.exceptions.SSLError:
            raise Refused("PixelView's certificate is not believed") from None
        except requests.exceptions.RequestException as error:
            raise Refused(f"PixelView can't be reached: {type(error).__name__}") from None
        return _read(answer)


def _read(answer):
    try:
        said = answer.json()
    except ValueError:
        said = {}
    if 200 <= answer.status_code < 300:
        return said
    words = said.get("error") if isinstance(said, dict) else ""
    raise Refused(f"{answer.status_code}: {words or 'no words'}")


def canonical(event):
    """What is signed of an event: all of it but the signature, as JSON in one way only."""
    bare = {name: value for name, value in event.items() if name != "signature"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def signature(secret, sent, body):
    """``v1=`` and the HMAC-SHA256 of the time of sending, a dot and the body, in hex."""
    made = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256)
    return f"v1={made.hexdigest()}"


def check(secret, given, sent, body, now):
    """Why a signed body is not taken, or "" where it is PixelView's and fresh."""
    if not secret:
        return "no secret is in the configuration of the pack pixelview"
    if not given or not sent:
        return "it is not signed"
    if not hmac.compare_digest(signature(secret, sent, body).encode(), given.encode()):
        return "the signature is not PixelView's"
    if not sent.isdigit() or abs(now - int(sent)) > WITHIN:
        return "it was signed more than five minutes ago"
    return ""


def event_of(body):
    """What PixelView posted as an event: what an action of its settings posts says neither what
    happened nor, where it is about no incident, of what; ValueError where it is neither."""
    if not isinstance(body, dict):
        raise ValueError("this is no event of PixelView")
    if not isinstance(body.get("incident"), dict):
        raise ValueError("there is no incident in it")
    return inert({"event": "ran", "by": "", "text": str(body.get("why") or ""), **body})


def inert(value):
    """The same with the marks of Jinja and YAQL broken by a space: what strangers wrote in an alert
    would be evaluated where a workflow is given it."""
    if isinstance(value, str):
        return _BEGINS.sub(r"\g<0> ", value)
    if isinstance(value, dict):
        return {inert(name): inert(each) for name, each in value.items()}
    return [inert(each) for each in value] if isinstance(value, list) else value
