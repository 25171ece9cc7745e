"""files.*: an upload in three steps, and what an image block may show of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..model import JSON, File
from ..workspace import Workspace
from .registry import Refused, Request, method

MOST_ALT = 1000
MOST_BYTES = 10**9
SIGNS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")

__all__ = ["NotYet", "check_files", "take_bytes"]


class NotYet(Refused):
    """A file that Slack has not looked through: a client waits, it did nothing wrong."""


@method("files.getUploadURLExternal", "files:write")
def upload_url(request: Request) -> JSON:
    """Where the bytes go."""
    ws, name = request.workspace, str(request.need("filename"))
    try:
        length = int(request.need("length"))
    except ValueError:
        raise Refused("invalid_arguments") from None
    if not 0 < length <= MOST_BYTES:
        raise Refused("invalid_arguments")
    alt = str(request.args.get("alt_txt") or "")
    if len(alt) > MOST_ALT:
        raise Refused("alt_txt_too_large")
    made = File(ws.ids.next("F"), name, length, alt, refusals=ws.file_refusals)
    ws.files[made.id] = made
    return {"ok": True, "upload_url": f"{request.base}/upload/v1/{made.id}", "file_id": made.id}


def take_bytes(ws: Workspace, name: str, content: bytes) -> tuple[int, str]:
    """The second step: a POST of exactly as many bytes as were named."""
    file: File | None = ws.files.get(name)
    if file is None:
        return 404, "no such upload"
    if len(content) != file.length:
        ws.violate(f"{file.name}: {file.length} bytes were named and {len(content)} came")
        return 400, "wrong length"
    file.content = content
    return 200, f"OK - {len(content)}"


@method("files.completeUploadExternal", "files:write")
def complete(request: Request) -> JSON:
    """The third: without a channel the file stays the bot's alone."""
    ws, given = request.workspace, request.need("files")
    try:
        wanted = json.loads(given) if isinstance(given, str) else given
        found = [ws.files[str(one["id"])] for one in wanted]
    except (ValueError, TypeError):
        raise Refused("invalid_arguments") from None
    except KeyError:
        raise Refused("file_not_found") from None
    if not found or any(not file.content for file in found):
        raise Refused("file_not_found")
    for file, one in zip(found, wanted, strict=True):
        file.complete, file.title = True, str(one.get("title") or file.name)
        if request.args.get("channel_id"):
            file.shared.append(request.channel("channel_id").id)
    # What kind it is Slack finds out later.
    return {"ok": True, "files": [
        {"id": f.id, "name": f.name, "title": f.title, "mimetype": "", "size": f.length}
        for f in found
    ]}  # fmt: skip


def check_files(request: Request, blocks: list[JSON]) -> None:
    """What image blocks show of files: images alone, whose poster may see them, looked through."""
    for at, node in _shown(blocks, "/blocks"):
        wrong = f"invalid slack file [json-pointer:{at}/slack_file]"
        extra = {"errors": [wrong], "response_metadata": {"messages": [f"[ERROR] {wrong}"]}}
        file: File | None = request.workspace.files.get(str(node.get("id")))
        if file is None or not file.complete or not file.content.startswith(SIGNS):
            raise Refused("invalid_blocks", **extra)
        if file.refusals > 0:
            file.refusals -= 1
            raise NotYet("invalid_blocks", **extra)


def _shown(node: Any, at: str) -> Iterator[tuple[str, JSON]]:
    if isinstance(node, list):
        for i, one in enumerate(node):
            yield from _shown(one, f"{at}/{i}")
    elif isinstance(node, dict):
        if isinstance(node.get("slack_file"), dict):
            yield at, node["slack_file"]
        for key in ("elements", "accessory"):
            yield from _shown(node.get(key), f"{at}/{key}")
