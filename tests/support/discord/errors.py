"""Discord's way of saying no: numeric codes and a nested tree of what is wrong with which field,
so that a client's error handling meets the same shapes here as it does in life."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]

# code -> (HTTP status, words); the codes are listed in Discord's "Opcodes and Status Codes".
KNOWN: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30003: (400, "Maximum number of pins reached for the channel (250)"),
    30013: (400, "Maximum number of guild channels reached (500)"),
    30010: (400, "Maximum number of reactions reached (20)"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30033: (400, "Maximum number of thread participants has been reached (1000)"),
    30034: (400, "Maximum number of daily application command creates has been reached (200)"),
    30060: (400, "Maximum number of channel permission overwrites reached (1000)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160004: (400, "A thread has already been created for this message"),
}
# What a client that was written with care never provokes; others happen to anybody (a message
# that a person deleted, a closed DM, a thread that somebody archived).
CLIENTS_FAULT = frozenset({30032, 30034, 40005, 40060, 50006, 50035, 50109, 10062})


class ApiError(Exception):
    """A refusal with Discord's code; `errors` is the nested tree of a 50035."""

    def __init__(self, code: int, errors: JSON | None = None, *, because: str = "") -> None:
        self.code = code
        self.status, self.words = KNOWN[code]
        self.errors = errors
        self.because = because
        super().__init__(f"{code} {self.words} {because}".rstrip())

    @property
    def body(self) -> JSON:
        """The JSON body of the answer."""
        body: JSON = {"message": self.words, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class Unavailable(Exception):
    """A guild that Discord has an outage of: its answers are a 503."""


class Problems:
    """Collects what is wrong with a form, by dotted path, and raises all of it at once."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def add(self, path: str, code: str, words: str) -> None:
        """Notes one mistake at `path`, e.g. `embeds.0.title`."""
        self.found.append((path.strip("."), code, words))

    def length(self, path: str, value: object, low: int, high: int) -> bool:
        """A text of `low` to `high` characters; False (and noted) when it is not."""
        if not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
            return False
        if low <= len(value) <= high:
            return True
        if not low:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        else:
            words = f"Must be between {low} and {high} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", words)
        return False

    def number(self, path: str, value: object, low: float, high: float) -> bool:
        """A number from `low` to `high`; False (and noted) when it is not."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
            return False
        if not low <= value <= high:
            words = f"int value should be between {low} and {high}."
            self.add(path, "NUMBER_TYPE_RANGE", words)
            return False
        return True

    def required(self, path: str) -> None:
        """Notes that a field is missing."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def choices(self, path: str, allowed: object) -> None:
        """Notes a value outside an enumeration."""
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    def raise_any(self) -> None:
        """Raises 50035 with every mistake found, or does nothing."""
        if not self.found:
            return
        tree: JSON = {}
        for path, code, words in self.found:
            node = tree
            for part in path.split(".") if path else []:
                node = node.setdefault(part, {})
            node.setdefault("_errors", []).append({"code": code, "message": words})
        said = "; ".join(f"{path}: {words}" for path, _, words in self.found)
        raise ApiError(50035, tree, because=said)
