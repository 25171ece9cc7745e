"""What a runner has is what people may run: its own actions, and those of the settings that stand
on them, with the parameters it tells of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from bot.action_settings import ActionSettings
from bot.automation_settings import RunnerSettings
from commands.automation.offers import REMOTE, Offer
from integrations.base import Param, RemoteAction

log = logging.getLogger("pixelview.automation")


def offers(
    system: str,
    one: RunnerSettings,
    actions: Mapping[str, ActionSettings],
    there: Sequence[RemoteAction],
) -> Iterator[Offer]:
    """What can be run by this system. An action that the settings shape is run as they shape it,
    and not beside that."""
    mine = {
        name: own.run.partition(":")[2]
        for name, own in actions.items()
        if own.run.partition(":")[0] == system and own.run
    }
    by_ref = {each.ref: each for each in there if each.enabled}
    for name, ref in mine.items():
        action = by_ref.get(ref)
        if action is not None:
            yield _shaped(name, actions[name], system, one, action)
    for each in by_ref.values():
        if each.ref not in mine.values() and _fits(each.ref, one.offer):
            yield Offer(
                f"{system}:{each.ref}", REMOTE, system, each.ref, each.title, each.help,
                _hidden(each.params, one.secrets), dry=_dry(each.params), deadline=one.deadline,
                workflow=each.workflow,
            )  # fmt: skip


def _shaped(
    name: str, own: ActionSettings, system: str, one: RunnerSettings, action: RemoteAction
) -> Offer:
    params = _hidden(action.params, one.secrets)
    made = own.offer(
        name, one.deadline, via=REMOTE, system=system, ref=action.ref, title=action.title,
        help=action.help, params=params, workflow=action.workflow,
    )  # fmt: skip
    return made if made.dry else replace(made, dry=_dry(params))


def unknown(offers: Iterable[Offer]) -> Iterator[str]:
    """Parameters that the settings name and the action has not, in words."""
    for one in offers:
        there = {param.name for param in one.params}
        dry = (one.dry,) if one.dry else ()
        for name in dict.fromkeys((*one.given, *one.fixed, *one.allow, *dry)):
            if name not in there and name not in one.fixed:
                yield f"action {one.name}: {one.system}:{one.ref} has no parameter {name}"


def _hidden(params: Iterable[Param], globs: Iterable[str]) -> tuple[Param, ...]:
    """With those marked that hold a secret by their name."""
    patterns = [glob.casefold() for glob in globs]
    return tuple(
        replace(each, secret=True) if _fits(each.name.casefold(), patterns) else each
        for each in params
    )


def _dry(params: Iterable[Param]) -> str:
    """The parameter that makes it a dry run, by the names that are usual."""
    names = {each.name for each in params if each.kind == "flag"}
    return next((name for name in ("dry_run", "dryrun", "check_mode", "noop") if name in names), "")


def _fits(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
