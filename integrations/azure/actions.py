"""What can be done to a virtual machine. Azure has no dry run: its state is looked at and said."""

from __future__ import annotations

from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations.azure.arm import Arm
from integrations.base import Acted, Permanent
from store.model.resource import Resource

VERSION = "2024-07-01"
_DONE_BY = {"azure.start": "start", "azure.restart": "restart", "azure.deallocate": "deallocate"}
_ALREADY = {"azure.start": {"running", "starting"},
            "azure.deallocate": {"deallocated", "deallocating"}}  # fmt: skip
_SAID = {"azure.start": "started", "azure.restart": "restarted",
         "azure.deallocate": "stopped and deallocated"}  # fmt: skip


async def act(arm: Arm, action: str, resource: Resource, dry_run: bool) -> Acted:
    """Do it, or say what would be done."""
    if action not in _DONE_BY:
        raise Permanent(f"Azure has no action {action}")
    state, _ = await power(arm, resource)
    name = f"{resource.name} in {resource.group or resource.account}"
    now = f"It is {state} now." if state else "Its state is not known."
    if state in _ALREADY.get(action, ()):
        return Acted(f"{name} is {state} already.", done=False)
    if action == "azure.restart" and state in {"deallocated", "stopped"}:
        return Acted(f"{name} is {state}: there is nothing to restart. Start it.", done=False)
    if dry_run:
        return Acted(
            f"{name} would be {_SAID[action]}. {now} Azure checks the right to do it only then.",
            done=False,
        )  # fmt: skip
    answer = await arm.post(f"{resource.key}/{_DONE_BY[action]}", VERSION, again=False)
    went = "Azure took it and does it now; that takes a minute or two." \
        if answer.status_code == 202 else "Azure did it."  # fmt: skip
    return Acted(f"{name} is being {_SAID[action]}. {went}", facts={"was": state})


async def power(arm: Arm, resource: Resource) -> tuple[str, dict[str, Any]]:
    """The power state of a machine, and all that its instance view says."""
    if "/virtualmachines/" not in resource.key:
        raise Permanent(f"{resource.name} is no virtual machine")
    view = await arm.get(f"{resource.key}/instanceView", VERSION)
    codes = (say(each, "code") for each in entries(view.get("statuses")))
    state = next((c.rpartition("/")[2] for c in codes if c.lower().startswith("powerstate/")), "")
    return state.lower(), view


async def detail(arm: Arm, resource: Resource) -> dict[str, str]:
    """What the machine and its agents say of themselves."""
    state, view = await power(arm, resource)
    told = {"power": state}
    for each in entries(view.get("statuses")):
        told[say(each, "code").partition("/")[0]] = fields.one_line(
            say(each, "displayStatus"), say(each, "message")
        )
    for each in entries(fields.dig(view, "vmAgent.statuses")):
        told["agent"] = fields.one_line(say(each, "displayStatus"), say(each, "message"))
    for each in entries(view.get("disks")):
        words = [say(status, "displayStatus") for status in entries(each.get("statuses"))]
        told[f"disk {say(each, 'name')}"] = ", ".join(filter(None, words))
    return {name: value for name, value in told.items() if value}
