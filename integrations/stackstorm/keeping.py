"""The files of a workflow, put into StackStorm by its API: looked through there first, written into
its pack, and known at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from integrations.base import Permanent
from integrations.stackstorm.saying import Conflict, Elsewhere, Forbidden, NotThere
from integrations.stackstorm.shapes import part

_WORD = re.compile(r"[A-Za-z0-9_-]{1,120}")
_KNOWN = ("name", "pack", "runner_type", "description", "enabled", "entry_point", "parameters",
          "tags", "notify", "output_schema")  # fmt: skip


def keep(client: Any, sdk: Any, files: Mapping[str, str]) -> str:
    """Put them there; the action's ref. Permanent where they are wrong or are not taken."""
    paths = {_path(path): content for path, content in files.items()}
    place, about = _metadata(paths)
    for path, content in paths.items():
        if path.startswith("workflows/"):
            _look_through(client, content)
    body = {name: about[name] for name in _KNOWN if name in about}
    pack, name = str(about.get("pack") or "default"), str(about["name"])
    body |= {
        "name": name, "pack": pack, "enabled": about.get("enabled", True) is not False,
        "metadata_file": f"actions/{place}",
        "data_files": [{"file_path": path, "content": text} for path, text in paths.items()],
    }  # fmt: skip
    ref = f"{pack}.{name}"
    _put(client, ref, body)
    return ref


def forget(client: Any, ref: str) -> None:
    """Take it away, with its files where StackStorm does that; what is not there is gone."""
    try:
        try:
            client.actions.client.delete(f"/actions/{ref}", json={"remove_files": True})
        except NotThere:
            return
        except (Permanent, Forbidden):  # its files may be nobody's to remove
            client.actions.client.delete(f"/actions/{ref}")
    except NotThere:
        return
    except Forbidden as error:
        raise Permanent(f"the account may not remove actions: {error}") from None


def _put(client: Any, ref: str, body: Mapping[str, Any]) -> None:
    """A new one, or a known one written anew."""
    sender = client.actions.client
    try:
        try:
            sender.post("/actions", body)
        except Conflict:
            sender.put(f"/actions/{ref}", body)
    except Forbidden as error:
        raise Permanent(f"the account may not register actions: {error}") from None


def _path(path: str) -> str:
    """A place below the actions of a pack, where workflows are too."""
    bare = path.removeprefix("actions/")
    if bare.startswith("/") or ".." in bare.split("/") or not bare:
        raise Permanent(f"{path} is no place of a file in a pack")
    return bare


def _metadata(paths: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The action's description and its place."""
    for path, content in paths.items():
        if "/" not in path and path.endswith((".yaml", ".yml")):
            try:
                found = yaml.safe_load(content)
            except yaml.YAMLError as error:
                raise Permanent(f"{path} is no YAML: {str(error).splitlines()[0]}") from None
            if isinstance(found, dict) and _WORD.fullmatch(str(found.get("name") or "")):
                if not _WORD.fullmatch(str(found.get("pack") or "default")):
                    raise Permanent(f"{path} names a pack that can't be")
                return path, found
            raise Permanent(f"{path} has no name that StackStorm knows things by")
    raise Permanent("there is no actions/<name>.yaml among the files")


def _look_through(client: Any, definition: str) -> None:
    """StackStorm's own look at a workflow; one that has none is not asked."""
    try:
        found = client.workflows.inspect(definition)
    except (NotThere, Elsewhere, Forbidden):
        return
    if isinstance(found, list) and found:
        first = found[0] if isinstance(found[0], dict) else part({}, "")
        where = str(first.get("spec_path") or "")
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        said = " ".join(str(first.get("message") or found[0]).split())[:300]
        raise Permanent(f"StackStorm finds a fault at {where}: {said}{more}".replace(" at :", ":"))
