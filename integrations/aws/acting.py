"""What is done to instances and groups, or what would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.aws.calls import Calls
from integrations.aws.errors import Refused, WouldWork
from integrations.aws.reading import number, part, parts, tags, text
from integrations.base import Acted, Permanent
from store.model.resource import Resource

_OPERATIONS = {"aws.reboot": "RebootInstances", "aws.start": "StartInstances",
               "aws.stop": "StopInstances"}  # fmt: skip
_SAID = {
    "aws.reboot": ("would be rebooted", "is being rebooted"),
    "aws.start": ("would be started", "is starting"),
    "aws.stop": ("would be stopped", "is stopping"),
}
_ALREADY = {"aws.start": ("running", "pending"), "aws.stop": ("stopped", "stopping")}


async def act(
    calls: Calls, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
) -> Acted:
    """Do it, or let AWS check whether it could be done."""
    if action == "aws.scale":
        return await _scale(calls, resource, params, dry_run)
    if action not in _OPERATIONS:
        raise Permanent(f"AWS has no action {action}")
    return await _instance(calls, action, resource, params, dry_run)


async def _instance(
    calls: Calls, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
) -> Acted:
    ident = resource.key.rpartition("/")[2]
    if ":instance/" not in resource.key:
        raise Permanent(f"{resource.name} is no EC2 instance")
    where = (resource.account, resource.region)
    found = await calls.ask(*where, "ec2", "DescribeInstances", {"InstanceIds": [ident]})
    raw = next((one for g in parts(found, "Reservations") for one in parts(g, "Instances")), {})
    state = text(part(raw, "State").get("Name"))
    name = tags(raw.get("Tags")).get("Name") or resource.name or ident
    if not raw or state == "terminated":
        raise Permanent(f"{ident} is there no more")
    facts = {"instance": ident, "state": state}
    if state in _ALREADY.get(action, ()):
        return Acted(f"{name} is {state} already.", done=False, facts=facts)
    if action == "aws.reboot" and state != "running":
        raise Permanent(f"{name} is {state}: only what runs can be rebooted")
    asked: dict[str, Any] = {"InstanceIds": [ident]}
    if action == "aws.stop" and params.get("force") in (True, "true", "yes"):
        asked["Force"] = True
    would, done = _SAID[action]
    if dry_run:
        await _checked(calls, where, _OPERATIONS[action], asked)
        return Acted(f"{name} ({ident}, {state}) {would}. AWS allows it.", done=False, facts=facts)
    await calls.ask(*where, "ec2", _OPERATIONS[action], asked)
    return Acted(f"{name} ({ident}) {done}.", facts=facts)


async def _checked(
    calls: Calls, where: tuple[str, str], operation: str, asked: Mapping[str, Any]
) -> None:
    """AWS's own dry run; Permanent where it would say no."""
    try:
        await calls.ask(*where, "ec2", operation, {**asked, "DryRun": True})
    except WouldWork:
        return
    except Refused as error:
        raise Permanent(f"AWS would not allow it: {error}") from None


async def _scale(
    calls: Calls, resource: Resource, params: Mapping[str, Any], dry_run: bool
) -> Acted:
    wanted, more = number(params.get("desired")), number(params.get("by"))
    if (wanted is None) is (more is None):
        raise Permanent("say desired, how many instances there are to be, or by, how many more")
    if wanted is not None and (wanted != int(wanted) or wanted < 0):
        raise Permanent("desired is how many instances the group is to have")
    if more is not None and (more != int(more) or not more):
        raise Permanent("by is how many more instances, such as 1 or -1")
    where, name = (resource.account, resource.region), resource.name
    found = await calls.ask(
        *where, "autoscaling", "DescribeAutoScalingGroups", {"AutoScalingGroupNames": [name]}
    )
    raw = next(iter(parts(found, "AutoScalingGroups")), None)
    if raw is None:
        raise Permanent(f"there is no Auto Scaling group {name}")
    least, most, now = (
        int(number(raw.get(each)) or 0) for each in ("MinSize", "MaxSize", "DesiredCapacity")
    )
    if wanted is None:
        wanted = now + int(more or 0)
    facts = {"group": name, "from": now, "to": int(wanted)}
    if not least <= wanted <= most:
        raise Permanent(f"{name} has between {least} and {most} instances, not {int(wanted)}")
    if wanted == now:
        return Acted(f"{name} is to have {now} instances already.", done=False, facts=facts)
    if dry_run:
        said = f"{name} would go from {now} to {int(wanted)} instances (at least {least}, at most "
        return Acted(f"{said}{most}).", done=False, facts=facts)
    await calls.ask(
        *where, "autoscaling", "SetDesiredCapacity",
        {"AutoScalingGroupName": name, "DesiredCapacity": int(wanted), "HonorCooldown": False},
    )  # fmt: skip
    return Acted(f"{name} goes from {now} to {int(wanted)} instances.", facts=facts)
