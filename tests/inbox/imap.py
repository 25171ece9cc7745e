"""A strict small IMAP server on loopback: the commands a reader of mail needs, each in its state.

What it does not know is an error the test sees, so that nothing is sent by accident.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Self

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass
class Message:
    """A mail with its UID and flags."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Server:
    """What is in it, and how it behaves; ``seen`` are the commands that came, without tags."""

    messages: list[Message] = field(default_factory=list)
    moved: dict[str, list[Message]] = field(default_factory=dict)
    validity: int = 7
    capabilities: str = "IMAP4rev1 UIDPLUS"
    password: str = "sesame"
    silent: bool = False
    hang_up_before: str = ""
    seen: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    port: int = 0
    _next: int = 1
    _server: asyncio.Server | None = None
    _idling: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._client, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self.problems == []

    def put(self, *mails: bytes, seen: bool = False) -> None:
        """New mails; whoever is in IDLE is told."""
        for raw in mails:
            flags = {"\\Seen"} if seen else set()
            self.messages.append(Message(self._next, raw.replace(b"\n", b"\r\n"), flags))
            self._next += 1
        for writer in self._idling:
            writer.write(f"* {len(self.messages)} EXISTS\r\n".encode())

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._idling.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            await asyncio.Event().wait()
        writer.write(f"* OK [CAPABILITY {self.capabilities}] ready\r\n".encode())
        state = "new"
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            tag, _, command = line.partition(" ")
            self.seen.append(command)
            if self.hang_up_before and command.startswith(self.hang_up_before):
                self.hang_up_before = ""
                return
            name = command.upper().removeprefix("UID ").split(" ", 1)[0]
            words = [(a or b).replace("\\\\", "\\") for a, b in _QUOTED.findall(command)]
            if name == "IDLE" and state == "selected":
                await self._idle(reader, writer, tag)
                continue
            answer, state = self._answer(name, words, command, state)
            writer.write(answer[0] + f"{tag} {answer[1]}\r\n".encode())
            await writer.drain()
            if name == "LOGOUT":
                return

    async def _idle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tag: str
    ) -> None:
        if "IDLE" not in self.capabilities:
            self.problems.append("IDLE without the capability")
        writer.write(b"+ idling\r\n")
        self._idling.add(writer)
        done = (await reader.readline()).strip()
        self._idling.discard(writer)
        if done.upper() == b"DONE":
            writer.write(f"{tag} OK done\r\n".encode())
        elif done:
            self.problems.append(f"{done!r} in IDLE")

    def _answer(
        self, name: str, words: list[str], command: str, state: str
    ) -> tuple[tuple[bytes, str], str]:
        if name == "CAPABILITY":
            return (f"* CAPABILITY {self.capabilities}\r\n".encode(), "OK done"), state
        if name == "LOGIN" and state == "new":
            right = words[1:] == ["alerts", self.password]
            return (b"", "OK in" if right else "NO [AUTHENTICATIONFAILED] wrong"), (
                "authenticated" if right else state
            )
        if name in ("NOOP", "LOGOUT"):
            return (b"", "OK done"), state
        if state != "new" and name in ("LIST", "CREATE"):
            there = name == "LIST" and words[-1] in self.moved
            if name == "CREATE":
                self.moved[words[-1]] = []
            return (f'* LIST () "/" {words[-1]}\r\n'.encode() if there else b"", "OK done"), state
        if state != "new" and name == "SELECT":
            if words[1] != "INBOX":
                return (b"", "NO no such folder"), state
            head = (
                f"* {len(self.messages)} EXISTS\r\n* FLAGS (\\Seen \\Flagged)\r\n"
                f"* OK [UIDVALIDITY {self.validity}] ok\r\n* OK [UIDNEXT {self._next}] ok\r\n"
            )
            return (head.encode(), "OK [READ-WRITE] selected"), "selected"
        if state == "selected" and command.upper().startswith("UID "):
            return self._by_uid(name, words, command), state
        self.problems.append(f"{command!r} in state {state}")
        return (b"", "BAD what?"), state

    def _by_uid(self, name: str, words: list[str], command: str) -> tuple[bytes, str]:
        if name == "SEARCH":
            found = " ".join(str(m.uid) for m in self._matching(words[2:]))
            return f"* SEARCH {found}\r\n".encode(), "OK done"
        chosen = [m for m in self.messages if str(m.uid) in words[2].split(",")]
        if name == "FETCH":
            return b"".join(self._fetched(m, command) for m in chosen), "OK done"
        if name == "STORE":
            for message in chosen:
                message.flags |= set(re.findall(r"\\\w+", command.partition("FLAGS")[2]))
            return b"", "OK done"
        if name in ("MOVE", "COPY"):
            if name == "MOVE" and "MOVE" not in self.capabilities:
                self.problems.append("MOVE without the capability")
            self.moved[words[3]] += [Message(m.uid, m.raw, set(m.flags)) for m in chosen]
            if name == "MOVE":
                self.messages = [m for m in self.messages if m not in chosen]
            return b"", "OK done"
        if name == "EXPUNGE":
            self.messages = [
                m for m in self.messages if m not in chosen or "\\Deleted" not in m.flags
            ]
            return b"", "OK done"
        self.problems.append(command)
        return b"", "BAD what?"

    def _matching(self, words: list[str]) -> list[Message]:
        if words[:1] == ["UID"]:
            first = int(words[1].split(":")[0])
            last = self.messages[-1].uid if self.messages else 0
            return [m for m in self.messages if m.uid >= first or m.uid == last]
        unread = "UNSEEN" in words
        if "SINCE" not in words:
            self.problems.append(f"SEARCH {words}")
        return [m for m in self.messages if not (unread and "\\Seen" in m.flags)]

    def _fetched(self, message: Message, command: str) -> bytes:
        partial = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", command)
        if partial is None:
            self.problems.append(f"{command!r} marks it as read, or fetches all of it")
            return b""
        raw = message.raw[: int(partial[1])]
        head = (
            f'* 1 FETCH (UID {message.uid} INTERNALDATE "22-Nov-2026 02:08:00 +0000" '
            f"BODY[]<0> {{{len(raw)}}}\r\n"
        )
        return head.encode() + raw + b")\r\n"
