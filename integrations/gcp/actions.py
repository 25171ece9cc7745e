"""What can be done to a virtual machine. Google has no dry run: its state is looked at and said."""

from __future__ import annotations

from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations.base import Acted, Permanent
from integrations.gcp.api import Api, last
from store.model.resource import Resource

_VERBS = {"gcp.start": "start", "gcp.reset": "reset", "gcp.stop": "stop"}
_SAID = {"gcp.start": "started", "gcp.reset": "reset", "gcp.stop": "stopped"}
_ALREADY = {
    "gcp.start": {"RUNNING", "STAGING", "PROVISIONING"},
    "gcp.stop": {"TERMINATED", "STOPPING"},
}


async def act(api: Api, action: str, resource: Resource, dry_run: bool) -> Acted:
    """Do it, or say what would be done."""
    if action not in _VERBS:
        raise Permanent(f"Google Cloud has no action {action}")
    state = say(await seen(api, resource), "status")
    name = f"{resource.name} in {resource.account}"
    if state in _ALREADY.get(action, ()):
        return Acted(f"{name} is {state} already.", done=False)
    if action == "gcp.reset" and state and state != "RUNNING":
        return Acted(f"{name} is {state}: only a running machine can be reset.", done=False)
    if dry_run:
        now = f"It is {state} now." if state else "Its state is not known."
        said = f"{name} would be {_SAID[action]}. {now}"
        return Acted(f"{said} Google checks the right to do it only then.", done=False)
    operation = await api.post(
        "compute", f"{_path(resource)}/{_VERBS[action]}", again=False
    )  # fmt: skip
    if errors := entries(fields.dig(operation, "error.errors")):
        raise Permanent(f"Google Cloud: {say(errors[0], 'message')[:200]}")
    return Acted(
        f"{name} is being {_SAID[action]}. Google took it and does it now.",
        facts={"was": state, "operation": say(operation, "name")},
    )


async def seen(api: Api, resource: Resource) -> dict[str, Any]:
    """The machine as it is now."""
    return await api.get("compute", _path(resource))


def _path(resource: Resource) -> str:
    prefix = "//compute.googleapis.com/"
    if not resource.key.startswith(prefix) or "/instances/" not in resource.key:
        raise Permanent(f"{resource.name} is no virtual machine")
    return "/compute/v1/" + resource.key.removeprefix(prefix)


async def detail(api: Api, resource: Resource) -> dict[str, str]:
    """What Compute Engine says of a machine now."""
    item = await seen(api, resource)
    return fields.facts(
        status=say(item, "status"), message=say(item, "statusMessage"),
        machine_type=last(say(item, "machineType")), last_start=say(item, "lastStartTimestamp"),
        last_stop=say(item, "lastStopTimestamp"), cpu_platform=say(item, "cpuPlatform"),
        deletion_protection=say(item, "deletionProtection"),
        on_host_maintenance=say(item, "scheduling.onHostMaintenance"),
        disks=", ".join(last(say(each, "source")) for each in entries(item.get("disks"))),
    )  # fmt: skip
