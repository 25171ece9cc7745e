"""What is said to a person's device, and what comes back of it: the nouns of pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One page to one person, in every form a channel may need; texts are already cleaned.

    ``key`` is unique per page wanted and the same again for a repeat; ``copy`` says that it may
    have arrived before. ``incident`` is 0 where it is about none (a test, a code, a shift).
    ``subject`` is the notification line (≤ 110 characters), ``text`` the lines of the card,
    ``short`` one GSM-7 segment (≤ 160), ``spoken`` is read aloud; a follow-up has no ``short``
    where a message of its own would say that person nothing new. Addresses are empty where there
    is nothing to open; ``acknowledge`` and ``escalate`` open pages whose POST acts. ``again`` names
    the answer after which nobody has it any more, "" where nobody had it before.
    """

    key: str
    subject: str
    text: str
    short: str
    spoken: str
    incident: int = 0
    severity: str = "info"
    url: str = ""
    acknowledge: str = ""
    escalate: str = ""
    copy: bool = False
    resolved: bool = False
    again: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered a page from outside: by SMS, a key on a call, a receipt, another pager.

    ``sender`` is the address it came from (a phone number, an account) or "" where ``key`` (that of
    the page, or what ``page`` returned) says it all. ``verb`` is ack, escalate, resolve, unack or
    reopen; ``repeat`` (read it once more), ``stop`` and ``start`` (pages to that address are
    refused, are welcome again). ``incident`` is 0 for "the last one sent to that address"; ``text``
    are words that came with it, or the name of the account. ``id`` is the provider's own of this
    answer, which counts once; ``channel`` the way it came by (that of the integration where it has
    only one).
    """

    verb: str
    sender: str = ""
    incident: int = 0
    key: str = ""
    text: str = ""
    id: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a provider says of a page it took: ``state`` is delivered, unanswered (it rang and
    nobody took it) or failed. ``key`` is that of the page, where the provider gives it back."""

    provider_id: str
    state: str
    error: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ``Answered``, for the provider's answer to whoever sent it.

    ``say`` is one GSM-7 segment, ``spoken`` the same read aloud; ``message`` is the page it is
    about as it is now, for ``repeat``. A stranger's has neither.
    """

    event: Answered
    done: bool
    say: str = ""
    spoken: str = ""
    message: PageMessage | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider expects to be answered."""

    body: str = ""
    content_type: str = "text/plain"
    status: int = 200
