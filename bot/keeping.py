"""Hands a workflow that was made here to the system that is to run it; where that does not take it,
whoever made it gets its files. One that is removed is taken away from there."""

from __future__ import annotations

from commands.automation import unmaking, workflows
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Forgets, Misconfigured, Permanent

_ACTIONS = "actions/workflows/"


async def keep(door: Door, name: str) -> Landed | None:
    """None where it was handed over already. Raises Transient; again is no mistake."""
    one = await door.reader.read(lambda tx: workflows.wanted(tx, name))
    if one is None:
        return await _remove(door, name)
    version = one.version
    port = door.automation
    runner = port.runner(one.system) if port is not None else None
    try:
        if runner is None:
            raise Misconfigured(f"{one.system} is not in the settings", "stackstorm")
        files = {
            path.replace(_ACTIONS, "workflows/", 1) if path.startswith(_ACTIONS) else path: text
            for path, text in one.files.items()
        }
        ref = await runner.keep(files)
    except (Permanent, Misconfigured) as error:
        words = str(error)
        await door.system(lambda ctx: workflows.refused(ctx, name, version, words))
        return Landed("", "refused")
    await door.system(lambda ctx: workflows.kept(ctx, name, version, ref))
    return Landed("", ref)


async def _remove(door: Door, name: str) -> Landed | None:
    """None where it does not wait for that."""
    one = await door.reader.read(lambda tx: unmaking.leaving(tx, name))
    if one is None:
        return None
    runner = door.automation.runner(one.system) if door.automation is not None else None
    try:
        if runner is None:
            raise Misconfigured(f"{one.system} is not in the settings", "stackstorm")
        if not isinstance(runner, Forgets):
            raise Permanent(f"{one.system} can't remove actions: do it there")
        await runner.forget(one.ref)
    except (Permanent, Misconfigured) as error:
        words = str(error)
        await door.system(lambda ctx: unmaking.stays(ctx, name, words))
        return Landed("", "refused")
    await door.system(lambda ctx: unmaking.gone(ctx, name))
    return Landed("", "removed")
