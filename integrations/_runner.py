"""What a module with RUNNER offers: actions that a system outside runs for us, followed to their
end.

Beside ``MANIFEST`` it has ``RUNNER`` (the settings of one system) and ``runner(name, settings) ->
Runner``; ``check_runner(settings)`` if it likes, which raises Misconfigured for what the settings
alone tell and asks nobody. Importing the module imports no SDK: that is done when the runner first
needs it. It runs in the server: every call has a time limit, blocking ones run in a few threads of
its own, what is read is bounded (``most`` bytes), and nothing that is larger than 256 KiB is parsed
on the loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from integrations._inventory import Param
from store.clock import Instant


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """An action as its system tells it. ``ref`` is its name there: ``pg.rotate_wal``. ``params``
    are those people may give, in the order of a form; what is immutable is not among them."""

    ref: str
    title: str = ""
    help: str = ""
    pack: str = ""
    runner: str = ""
    params: tuple[Param, ...] = ()
    tags: tuple[str, ...] = ()
    workflow: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Remote:
    """An execution as its system tells it. ``status`` in our words: ``requested``, ``running``,
    ``waiting`` (for an answer, or paused), ``canceling``, ``done``, ``failed``, ``timeout``,
    ``canceled``, ``abandoned``; ``said`` is the system's own. ``incident`` is one of ours that it
    carries (0: none), ``tag`` the mark it was started with, ``by`` who is named there."""

    id: str
    ref: str
    status: str
    said: str = ""
    tag: str = ""
    by: str = ""
    incident: int = 0
    parent: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    began_at: Instant | None = None
    ended_at: Instant | None = None
    url: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.status in OVER


OVER = frozenset({"done", "failed", "timeout", "canceled", "abandoned"})


@dataclass(frozen=True, slots=True)
class RemoteStep:
    """A task of a workflow; ``depth`` 0 hangs on the execution itself. ``status`` as in Remote."""

    id: str
    name: str
    status: str
    depth: int = 0
    ref: str = ""
    began_at: Instant | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What came of an execution. ``text`` is what a person reads: the output, or the result as
    YAML; ``error`` the one line that says what went wrong; ``code`` the exit status. ``cut`` says
    that there is more than ``text`` has."""

    text: str = ""
    error: str = ""
    code: int | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class RemoteInquiry:
    """A question that an execution waits for: ``id`` is that of the execution which asks,
    ``parent`` the outermost it belongs to. ``params`` are what is asked, as a form takes it,
    ``schema`` the JSON schema of the whole answer."""

    id: str
    parent: str = ""
    route: str = ""
    text: str = ""
    params: tuple[Param, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    asked_at: Instant | None = None
    expires_at: Instant | None = None


@runtime_checkable
class Runner(Protocol):
    """One system that runs actions.

    Raises Transient (``uncertain`` where what was asked may have been done, ``retry_after`` where
    the other side named it), Permanent where it says no and will say no again (``error`` in its
    own words, without its secrets), Misconfigured with the setting's name.
    """

    async def hello(self) -> str:
        """Its version, as one line; whether it can be reached and lets us in."""
        ...

    async def actions(self) -> Sequence[RemoteAction]:
        """Everything it can run for us, page by page, without what is disabled."""
        ...

    async def run(self, ref: str, params: Mapping[str, Any], tag: str, by: str) -> Remote:
        """Start an action, once: it carries the mark ``tag`` and the name of the person."""
        ...

    async def find(self, tag: str) -> Remote | None:
        """The execution that was started with this mark, however long ago; None where there is
        none."""
        ...

    async def look(self, execution: str) -> Remote:
        """How it is now; Permanent where it is not there."""
        ...

    async def steps(self, execution: str, most: int = 50) -> Sequence[RemoteStep]:
        """The tasks of a workflow in the order they began."""
        ...

    async def output(self, execution: str, most: int) -> str:
        """The last ``most`` bytes it printed so far; what is no text is said in words."""
        ...

    async def result(self, execution: str, most: int) -> RemoteResult:
        """What came of it."""
        ...

    async def cancel(self, execution: str) -> Remote:
        """Ask for its end; again is no mistake."""
        ...

    async def inquiries(self) -> Sequence[RemoteInquiry]:
        """The questions that wait for an answer."""
        ...

    async def answer(self, inquiry: str, response: Mapping[str, Any]) -> None:
        """Answer a question; Permanent where the answer does not fit, or it was answered."""
        ...

    async def tell(self, event: Mapping[str, Any], key: str) -> None:
        """One of our events, for rules there; ``key`` is the same when it is told again."""
        ...

    async def keep(self, files: Mapping[str, str]) -> str:
        """Put the files of a workflow there (``workflows/x.yaml``, ``actions/x.yaml``: text) and
        make it known; its ref. Permanent where it is not allowed."""
        ...

    def stream(self) -> AsyncIterator[Remote]:
        """Executions as they change, everybody's; goes on for ever, connecting again by itself.
        What was missed meanwhile is not told: one without an ``id`` says that it is connected
        (again), so that whoever follows some looks at them; ``said`` of such a one says why it is
        not, while it is not."""
        ...

    def link(self, execution: str) -> str:
        """Where people see it, "" where nowhere."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


@runtime_checkable
class LooksAtMany(Protocol):
    """A runner that tells of several executions in one answer."""

    async def looks(self, executions: Sequence[str]) -> Sequence[Remote]:
        """How up to a hundred are now; those that are not there are left out."""
        ...


@runtime_checkable
class TellsSince(Protocol):
    """A runner that can tell of what its stream left out while it was away."""

    async def since(self, at: Instant, most: int = 300) -> Sequence[Remote]:
        """Executions that began after ``at``, everybody's, the first first; without the tasks of
        workflows."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A runner that can take away what ``keep`` put there."""

    async def forget(self, ref: str) -> None:
        """It is there no more, which it may be already; Permanent where that is not allowed."""
        ...
