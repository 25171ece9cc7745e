"""TwiML: the small XML in which Twilio is told what to answer by SMS and what to say on a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

NOTHING = "<Response/>"
XML = "text/xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SECONDS = 6


def message(text: str) -> str:
    """An SMS in answer to one."""
    return f"{_HEAD}<Response><Message>{escape(text)}</Message></Response>"


def page(spoken: str, settings: Mapping[str, Any], key: str = "") -> str:
    """The page read aloud twice, each time with a wait for one key; without a way back to us it
    is only read. Voicemail hears it and presses nothing."""
    callback = str(settings.get("callback") or "")
    words = _say(spoken, settings)
    if not callback:
        pause = f'<Pause length="{_SECONDS - 4}"/>'
        return f"{_HEAD}<Response>{words}{pause}{words}</Response>"
    action = f"{callback}/key?{urlencode({'key': key})}" if key else f"{callback}/key"
    gather = (
        f'<Gather input="dtmf" numDigits="1" timeout="{_SECONDS}" method="POST" '
        f"action={quoteattr(action)}>{words}</Gather>"
    )
    end = _say("No key was pressed. Goodbye.", settings)
    return f"{_HEAD}<Response>{gather}{gather}{end}</Response>"


def goodbye(spoken: str, settings: Mapping[str, Any]) -> str:
    """The last words of a call."""
    return f"{_HEAD}<Response>{_say(spoken, settings)}<Hangup/></Response>"


def _say(text: str, settings: Mapping[str, Any]) -> str:
    language = quoteattr(str(settings.get("language") or "en-GB"))
    return f"<Say language={language}>{escape(text)}</Say>"
