"""What goes to and fro between the server and its worker: JSON, each with its length before it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.inventory.words import BROKEN, MISCONFIGURED, PERMANENT, TRANSIENT
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient

LONGEST = 64 << 20
_ENCODE = msgspec.json.Encoder(enc_hook=str).encode
_DECODE = msgspec.json.Decoder().decode


class Pipe:
    """One end of the way between both. What is sent is whole, whoever sends at the same time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, end: socket.socket) -> Pipe:
        """One end of a pair of sockets."""
        return cls(*await asyncio.open_connection(sock=end, limit=1 << 20))

    def send(self, said: Any) -> None:
        """Send without waiting; how much may be under way is agreed upon by both ends."""
        try:
            text = _ENCODE(said)
        except UnicodeEncodeError:  # halves of characters, as some JSON has them
            text = _ENCODE(_whole(said))
        self._writer.write(len(text).to_bytes(4, "big") + text)

    async def drain(self) -> None:
        """Wait while much is under way."""
        await self._writer.drain()

    async def receive(self) -> Any:
        """What the other end sent next; EOFError once it is gone."""
        try:
            head = await self._reader.readexactly(4)
            size = int.from_bytes(head, "big")
            if size > LONGEST:
                raise EOFError(f"{size} bytes at once")
            return _DECODE(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError("the other end is gone") from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise EOFError("what it says is not understood") from error

    def close(self) -> None:
        """Let go of it."""
        self._writer.close()


def _whole(said: Any) -> Any:
    """The same with ``?`` for what no text can hold."""
    if isinstance(said, str):
        return said.encode("utf-8", "replace").decode()
    if isinstance(said, Mapping):
        return {_whole(str(name)): _whole(value) for name, value in said.items()}
    return [*map(_whole, said)] if isinstance(said, (list, tuple)) else said


def error_words(error: BaseException) -> dict[str, Any]:
    """An error as JSON can say it."""
    match error:
        case Misconfigured(setting=setting):
            return {"kind": MISCONFIGURED, "error": str(error), "setting": setting}
        case Permanent():
            return {"kind": PERMANENT, "error": str(error)}
        case Transient(retry_after=after, uncertain=uncertain):
            said = {"kind": TRANSIENT, "error": str(error)}
            return {**said, "retry_after": after, "uncertain": uncertain}
        case IntegrationError():
            return {"kind": TRANSIENT, "error": str(error)}
    return {"kind": BROKEN, "error": f"{type(error).__name__}: {str(error)[:300]}"}


def error_of(said: Mapping[str, Any], *, acting: bool) -> IntegrationError:
    """The error that was said so. What went wrong in an unforeseen way may have been done."""
    text = str(said.get("error", ""))
    match said.get("kind"):
        case "misconfigured":
            return Misconfigured(text, str(said.get("setting", "")))
        case "permanent":
            return Permanent(text)
        case "broken":
            return Transient(text, uncertain=acting)
    return Transient(text, said.get("retry_after"), uncertain=bool(said.get("uncertain")))
