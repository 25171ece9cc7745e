"""What can be done to a cloud: move servers off a hypervisor, restart one, take a host out of
service. Each says first exactly what it would do, asks for nothing twice, and believes nothing but
what Nova says now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations._inventory import Acted, Action, Param
from integrations.base import Permanent, Transient
from integrations.openstack.beats import Beat, service
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, part, text
from integrations.openstack.looking import own_id
from store.model.resource import Resource

_TARGET = Param("host", help="The host to move to; the scheduler chooses without it.")
ACTIONS = (
    Action(
        "openstack.evacuate", "Evacuate", ("hypervisor", "server"),
        "Start the servers of a dead hypervisor, or one of them, on other hosts.",
        (_TARGET,), dangerous=True,
    ),
    Action(
        "openstack.live_migrate", "Live-migrate", ("server", "hypervisor"),
        "Move a running server, or all of a hypervisor, to another host without a stop.",
        (_TARGET,), dangerous=True,
    ),
    Action(
        "openstack.reboot", "Reboot", ("server",), "Restart a server.",
        (Param("type", "choice", "soft asks its system, hard pulls the plug.", default="soft",
               choices=("soft", "hard")),), dangerous=True,
    ),
    Action(
        "openstack.disable_service", "Disable service", ("hypervisor", "agent"),
        "Put no new servers on a host; those on it go on running.",
        (Param("reason", help="Why, for everybody who looks at the cloud.", required=True),),
    ),
    Action(
        "openstack.enable_service", "Enable service", ("hypervisor", "agent"),
        "Let new servers be put on a host again.",
    ),
)  # fmt: skip
MOST = 500
"""Servers moved by one action."""


async def act(
    here: Here, action: str, resource: Resource, params: Mapping[str, Any], *, dry_run: bool
) -> Acted:
    """Do it, or say what would be done. Permanent where it can't be done; Transient with
    ``uncertain`` where nobody knows whether it was."""
    known = {each.name: each for each in ACTIONS}
    if action not in known or resource.kind not in known[action].kinds:
        raise Permanent(f"{action} can't be done to a {resource.kind}")
    if not here.region:
        here.region = (await here.cloud.regions())[0]
    if action == "openstack.reboot":
        return await _reboot(here, resource, params, dry_run)
    if action == "openstack.evacuate":
        return await _move(here, resource, params, dry_run, dead=True)
    if action == "openstack.live_migrate":
        return await _move(here, resource, params, dry_run, dead=False)
    return await _service(here, resource, params, dry_run, enable=action.endswith("enable_service")
                          and "disable" not in action)  # fmt: skip


async def _reboot(
    here: Here, resource: Resource, params: Mapping[str, Any], dry_run: bool
) -> Acted:
    how = str(params.get("type") or "soft").lower()
    if how not in ("soft", "hard"):
        raise Permanent(f"{how} is no way to restart: soft or hard")
    server = await _server(here, own_id(resource))
    name, status = text(server, "name"), text(server, "status")
    if how == "soft" and status != "ACTIVE":
        raise Permanent(f"{name} is {status}: only an ACTIVE server can be restarted softly")
    plan = f"{how}-reboot server {name} ({text(server, 'id')}) on {_on(server)}"
    if dry_run:
        return Acted(f"Would {plan}; it is {status} now.", done=False)
    await _do(here, server, {"reboot": {"type": how.upper()}})
    return Acted(f"Asked Nova to {plan}.")


# ---- moving servers ------------------------------------------------------------------------------


async def _move(
    here: Here, resource: Resource, params: Mapping[str, Any], dry_run: bool, *, dead: bool
) -> Acted:
    servers = await _servers(here, resource)
    target = str(params.get("host") or "").strip()
    hosts = {text(each, "OS-EXT-SRV-ATTR:host") for each in servers}
    beats = await _computes(here)
    for host in sorted(hosts):
        _checked(beats.get(host), host, dead=dead)
    if target:
        _fit(beats.get(target), target, hosts)
    able, left = _sorted(servers, dead)
    word = "evacuate" if dead else "live-migrate"
    to = f"to {target}" if target else "to hosts that the scheduler chooses"
    plan = f"{word} {_count(able)} off {', '.join(sorted(filter(None, hosts))) or 'no host'} {to}"
    skipped = f" Left alone: {_names(left)}." if left else ""
    if not able:
        return Acted(f"There is nothing to {word}.{skipped}", done=False)
    if dry_run:
        return Acted(f"Would {plan}: {_names(able)}.{skipped}", done=False, facts=_ids(able))
    done, failed = await _each(here, able, _body(target, dead))
    said = f"Asked Nova to {plan}: {_names(done)}." if done else f"Nova moves nothing off {hosts}."
    if failed:
        said += " Refused: " + "; ".join(f"{name}: {why}" for name, why in failed.items()) + "."
    if not done:
        raise Permanent(said)
    return Acted(said + skipped, facts={**_ids(done), "refused": str(len(failed))})


async def _each(
    here: Here, servers: Sequence[Fields], body: Fields
) -> tuple[list[Fields], dict[str, str]]:
    """One after the other; it stops where nobody knows whether the last was done."""
    done: list[Fields] = []
    failed: dict[str, str] = {}
    for each in servers:
        name = text(each, "name") or text(each, "id")
        try:
            await _do(here, each, body)
            done.append(each)
        except Permanent as error:
            failed[name] = str(error)
        except Transient as error:
            raise Transient(
                f"{error}. Asked for before: {_names(done) or 'none'}; nobody knows about {name}; "
                "look before you try again", uncertain=True,
            ) from error  # fmt: skip
    return done, failed


def _body(target: str, dead: bool) -> Fields:
    if dead:
        return {"evacuate": {"host": target} if target else {}}
    return {"os-migrateLive": {"host": target or None, "block_migration": "auto"}}


def _checked(beat: Beat | None, host: str, *, dead: bool) -> None:
    """Evacuating servers whose host still runs them would run them twice."""
    if dead and (beat is None or (beat.up and not beat.forced)):
        state = "is up" if beat else "is not known to Nova"
        raise Permanent(f"{host} {state}: only servers of a host that is down can be evacuated")
    if not dead and beat is not None and not beat.up:
        raise Permanent(f"{host} is down: nothing can be live-migrated off it; evacuate instead")


def _fit(beat: Beat | None, target: str, hosts: set[str]) -> None:
    if beat is None:
        raise Permanent(f"there is no compute host {target}")
    if not beat.up or target in hosts:
        raise Permanent(f"{target} is {'where they are' if beat.up else 'down'}")


def _sorted(servers: list[Fields], dead: bool) -> tuple[list[Fields], list[Fields]]:
    """Those that can be moved, and those whose state forbids it."""
    good = ("ACTIVE", "SHUTOFF", "STOPPED", "ERROR") if dead else ("ACTIVE", "PAUSED")
    able = [each for each in servers if text(each, "status") in good
            and not text(each, "OS-EXT-STS:task_state")]  # fmt: skip
    return able[:MOST], [each for each in servers if each not in able] + able[MOST:]


async def _servers(here: Here, resource: Resource) -> list[Fields]:
    if resource.kind == "server":
        return [await _server(here, own_id(resource))]
    host = resource.facts.get("host") or own_id(resource)
    found: list[Fields] = []
    async for page in here.cloud.pages(
        here.region, "compute", "servers/detail", "servers", {"all_tenants": "1", "host": host}
    ):
        found += [each for each in page if text(each, "OS-EXT-SRV-ATTR:host") == host]
    return found


# ---- services ------------------------------------------------------------------------------------


async def _service(
    here: Here, resource: Resource, params: Mapping[str, Any], dry_run: bool, *, enable: bool
) -> Acted:
    host, binary = own_id(resource), "nova-compute"
    if resource.kind == "agent":
        binary = resource.key.rpartition("/")[0].rpartition("/")[2]
    elif resource.facts.get("host"):
        host = resource.facts["host"]
    if not binary.startswith("nova-"):
        raise Permanent(f"{binary} is no service of Nova")
    reason = str(params.get("reason") or "").strip()
    if not enable and not reason:
        raise Permanent("say why it is disabled")
    listed = await here.cloud.get(here.region, "compute", "os-services",
                                  {"binary": binary, "host": host})  # fmt: skip
    beats = [service(each) for each in listed.get("services") or () if isinstance(each, dict)]
    beat = next((each for each in beats if each.host == host and each.binary == binary), None)
    if beat is None:
        raise Permanent(f"Nova knows no {binary} on {host}")
    if beat.enabled is enable and (enable or beat.reason == reason):
        return Acted(f"{beat.name} is {beat.state} already.", done=False)
    plan = f"enable {beat.name}" if enable else f"disable {beat.name}: {reason}"
    if dry_run:
        effect = "New servers are put on it again." if enable else (
            "No new servers are put on it; those on it go on running.")  # fmt: skip
        return Acted(f"Would {plan}. It is {beat.state} now. {effect}", done=False)
    body: Fields = {"status": "enabled" if enable else "disabled"}
    if not enable:
        body["disabled_reason"] = reason[:255]
    await here.cloud.send("PUT", here.region, "compute", f"os-services/{beat.id}", body)
    return Acted(f"Asked Nova to {plan}.")


# ---- Nova ----------------------------------------------------------------------------------------


async def _server(here: Here, id: str) -> Fields:
    return part(await here.cloud.get(here.region, "compute", f"servers/{id}"), "server")


async def _computes(here: Here) -> dict[str, Beat]:
    listed = await here.cloud.get(
        here.region, "compute", "os-services", {"binary": "nova-compute"}
    )  # fmt: skip
    beats = [service(each) for each in listed.get("services") or () if isinstance(each, dict)]
    return {each.host: each for each in beats if each.binary == "nova-compute"}


async def _do(here: Here, server: Fields, body: Fields) -> None:
    path = f"servers/{text(server, 'id')}/action"
    await here.cloud.send("POST", here.region, "compute", path, body)


def _on(server: Fields) -> str:
    return text(server, "OS-EXT-SRV-ATTR:host") or "its host"


def _names(servers: Sequence[Fields], most: int = 20) -> str:
    names = [text(each, "name") or text(each, "id") for each in servers]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _count(servers: Sequence[Fields]) -> str:
    return "1 server" if len(servers) == 1 else f"{len(servers)} servers"


def _ids(servers: Sequence[Fields]) -> dict[str, str]:
    return {"servers": ",".join(text(each, "id") for each in servers)[:4000]}
