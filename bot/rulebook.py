"""The settings as verbs and rules take them: one reading for the service and for what is tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import (
    action_settings,
    automation_settings,
    automations_settings,
    channels,
    numbers,
    practice,
    windows,
)
from bot.editing import Editor
from bot.receiving import Receiving
from bot.redacting import redactor_of
from bot.settings import Settings
from bot.storm_settings import rules_of as storm_rules
from commands.automation.offers import Catalogue
from commands.context import Rulebook, Trust
from store.clock import DAY


def rulebook(settings: Settings) -> Rulebook:
    """What ``pixelview.yaml`` says of grouping, paging, shadow mode and drills."""
    return Rulebook(
        settings.grouping_rules(),
        frozenset(settings.intake.indexed_labels),
        settings.url.rstrip("/"),
        settings.found_by_email(),
        settings.paging.assign_lease,
        channels=frozenset((*channels.configured(settings.pagers), *channels.BY_HANDLE)),
        shadow=practice.shadow_of(settings.shadow),
        drills=tuple(drill.plan() for drill in settings.drills),
        noise=practice.noise_plan(settings.noise_report),
        editor=Editor(settings),
        senders=numbers.senders(settings),
        cover_approval=settings.oncall.cover_approval,
        ack_lease=settings.paging.ack_lease.minutes(),
        check_in=settings.paging.check_in,
        limits=settings.paging.limits(),
        receiving=Receiving(settings.intake.sources),
        write_back=frozenset(
            n for n, given in settings.intake.sources.items() if "write_back" in given
        ),
        monitors={name: trust_of(given) for name, given in settings.intake.sources.items()},
        maintenance=windows.planned(settings.maintenance),
        resolve_after={
            name: given["resolve_after"]
            for name, given in settings.intake.sources.items()
            if "resolve_after" in given
        },
        longest_silence=settings.silences.longest * DAY,
        mails=settings.mail is not None,
        voice=settings.stakeholders.voice(),
        status=settings.status.page() if settings.status else None,
        storms=storm_rules(settings.storms),
        rooms=settings.rooms.rules(settings.chats()),
        second={**settings.access.second(), **settings.privacy.second()},
        origins=settings.access.origins(),
        redact=redactor_of(settings),
        sensitive=settings.sensitive.sensitive(),
        tokens=settings.tokens.rules(),
        pages_by_hand=settings.limits.pages,
        sessions=settings.sessions.rules(),
        record=settings.audit.rules(),
        inventory=settings.inventory.rules(),
        automations=automations_settings.automations_of(settings.automations),
        offers=offers_of(settings),
        answerers=automation_settings.answerers(settings.stackstorm),
    )


def offers_of(settings: Settings) -> Catalogue:
    """Everything that can be run, as far as the settings tell; runners tell of theirs later."""
    known = {each.name: each for each in settings.inventory.resource_actions()}
    own = action_settings.offers(settings.actions, settings.stackstorm, known)
    runners = {name: one.rules() for name, one in settings.stackstorm.items()}
    return Catalogue((*own, *known.values()), runners)


def trust_of(given: Mapping[str, Any]) -> Trust:
    """``people`` and ``acknowledges`` of a source."""
    people = given.get("people")
    known = people.items() if isinstance(people, Mapping) else ()
    names = {str(name).strip().casefold(): str(handle) for name, handle in known}
    return Trust(names, given.get("acknowledges") is True)
