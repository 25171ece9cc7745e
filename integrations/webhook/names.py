"""The names tools give to the fields of an alert, as ``items.plain`` writes them, best first."""

from __future__ import annotations

import re
from functools import lru_cache


def _list(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LISTS = frozenset(
    _list(
        """alerts incidents messages records events alarms problems notifications findings
        detections outages activealerts newalerts firingalerts newissues newincidents"""
    )
)
"""Lists whose objects are alerts."""

WRAPPERS = frozenset(
    _list(
        """alert incident event data payload issue problem monitor check detail details object
        context body message heartbeat notification attributes rule build job run pipeline stage
        deployment deploy error fault alarm trigger customdetails customfields essentials
        objectattributes workflowrun workflowjob checksuite annotations labels tags commonlabels
        commonannotations sns resource attachments embeds fields facts ticket violation outage
        finding execution transaction scan backup"""
    )
)
"""Objects that hold the alert's own fields. A name in any other object (user, account, team) is
the name of something else."""

WRAPPER_ENDS = (
    "data",
    "alert",
    "event",
    "alarm",
    "details",
    "context",
    "params",
    "status",
    "payload",
    "info",
)
"""``alarmData``, ``webhook_event_data``, ``check_params``, ``commit_status``."""

NO_WRAPPERS = ("previous", "last", "old", "prior", "first", "next", "meta")
"""How the names of objects begin that tell of another time, or of the message."""

HEADLINES = _list("title alerttitle eventtitle issuetitle headline subject summary")
RULES = _list(
    """alertname rulename alertrule monitorname checkname alarmname conditionname incidentname
    alertfriendlyname monitorfriendlyname searchname policyname healthrulename triggername jobname
    eventtypecode detailtype arule"""
)
"""What people search, silence and talk by; the sentence comes before it."""

GROUPS = _list("workflowname pipelinename policyname detailtype")
"""What it is one of: named beside its own name."""

EVENTS = _list("eventname reason")
"""Names of what happened, where they are no state: Kubernetes' ``BackOff``."""

TITLES = _list("displayname friendlyname name label")
SENTENCES = _list(
    """message alertmessage errormessage msg text reason description problem cause failurereason
    output details body content memo"""
)
BRIEF = _list("message alertmessage errormessage msg text cause failurereason problem output")
"""Sentences that go beside a name, where they are short."""

DESCRIPTIONS = _list(
    """description message alertmessage errormessage text output longoutput details body msg reason
    cause failurereason note notes comment summary"""
)
SERVICES = _list("service servicename servicedesc servicedescription check")
VAGUE = _list("monitor rule trigger sensor probe item metric alias alert")
"""Titles where nothing better is: a monitor may be the tool's own name."""

DEEP_TITLES = HEADLINES + _list("atitle") + RULES + _list("displayname name")

CERTAIN_HOSTS = _list(
    """host hostname fqdn hostaddress node nodename server servername serveraddress device
    devicename computer computername machine vm pod ahost"""
)
HOSTS = _list(
    """resource resourcename host hostname fqdn hostaddress serveraddress instance node nodename
    server servername device devicename computername machine vm agent pod container target entity
    monitorhost involvedobject regarding monitorurl checkurl"""
)
"""Who names one of these has something to say of it, even where no state is told."""

AFFECTED = _list(
    """impactedentities impactedresources affectedresources affectedentities affectedhosts
    affecteddevices affectedservices affectedcomponents components configurationitems
    affectedconfigurationitems resources alerttargetids targetids targetresourceids entities"""
)
"""What a problem is about, where it may be several things."""

PLACES = _list(
    """endpoint site website asset domain siteurl websiteurl requesturl endpointurl component
    repofullname projectfullname repositoryfullname repository repo application app applicationname
    servicename service appname project projectname repositoryname cluster clustername dimensions
    hosts targets url ip address source client"""
)
RESOURCES = HOSTS + AFFECTED + PLACES
DEEP_RESOURCES = (
    CERTAIN_HOSTS
    + _list("ahost")
    + AFFECTED
    + _list("site endpoint asset repofullname repository project application app component entity")
)
READABLE_IDS = _list("resourceid hostid instanceid deviceid entityid serviceid projectid")
"""Ids that may be words people know: ``i-0abc``, ``binary_sensor.leak``, ``my-project``."""

HAPPENED = _list(
    """alerttransition transition notificationtype eventtype eventaction alertaction incidentaction
    messagetype actiontype type action event webhookevent eventname notification alerttype
    alerttypefriendlyname actiongroup"""
)
STATES = _list(
    """alertstatus status statusname statusmessage alertstate state statename currentstate newstate
    newstatevalue statevalue current monitorcondition conclusion buildresult result outcome
    statusextended health phase condition currentstatus newstatus statuscategory
    statuscode color"""
)
LATE_STATES = _list("astate alert check")
"""Looked at where no other says a word we know."""

SEVERITIES = _list(
    """severity alertseverity severityname severitylevel priority urgency level loglevel
    alertlevel criticality importance importancelevel impact severitylabel severitytext
    prioritylabel prioritylevel prioritytext risk risklevel riskfactor aseverity"""
)
TYPES = _list("type alerttype eventtype notificationtype category class")
"""Where some tools have the word for how bad it is."""

LOUD = frozenset(
    _list("critical crit warning warn emergency fatal disaster info down error err ok")
)
"""States that are as good as a severity."""

GRADES = frozenset(_list("critical error warning warn fatal emergency info notice normal"))
"""Types that are as good as a severity."""

STARTS = _list(
    """startsat startedat starttime startdate triggeredat triggeredtime firedat fireddatetime
    openedat activatedat incidentstartedat firstseen firstseenat since createdat"""
)
ENDS = _list(
    """endsat endedat endtime enddate resolvedat resolveddatetime closedat clearedat
    recoveredat"""
)

IDS = _list(
    """fingerprint dedupkey deduplicationkey dedupid incidentkey alertkey aggregkey alias alertuid
    monitorid checkid ruleid alarmid alarmarn alertid issueid incidentid entityid"""
)
OWNERS = frozenset(
    _list(
        """alert incident issue problem monitor check rule alarm fault error site ticket violation
        outage finding"""
    )
)
"""Objects whose plain ``id`` is the alert's and not the message's."""

PARTS = re.compile(
    r"(?:alert|monitor|check|event|entity|incident|issue|alarm|service|host|server|resolution|job|build)"
    r"(status|state|friendlyname|message|output|description|severity|result|details)(?:name|text)?"
)
"""``check_status`` is a ``status``, where there is no plain one."""

PARTS_OF_OWNERS = frozenset(
    _list("name title url host hostname fullname status state severity message label")
)
"""``{"monitor": {"name": …}}`` says the same as ``monitor_name``."""

TROUBLE = frozenset(_list("alert incident issue problem alarm outage fault ticket violation"))
"""Things that are bad as long as they are there: one that is ``started`` fires."""

_TROUBLED = re.compile(r"(?:alert|incident|problem|alarm|outage|ticket)[a-z]{2,20}")
_RUN = frozenset(
    _list("commit commitid commitsha branch ref sha headsha revision repository repo pipeline")
)

KINDS = (
    WRAPPERS
    | TROUBLE
    | frozenset(_list("service host server node device project task webhook release"))
)
"""Words that name a kind of thing and not one of them."""

_OTHERS = (
    "previous", "prev", "old", "last", "prior", "initial", "former", "from", "http", "commit",
    "sender", "agent", "reporter", "probe",
)  # fmt: skip
_KINDS_OF = (
    (
        re.compile(
            r"(?:saved)?(?:alert|rule|monitor|check|alarm|condition|policy|trigger|job|search|test"
            r"|scan|task|probe|definition|builder|backup|schedule|query)"
            r"(?:rule|definition|policy|check|monitor)?(?:name|title|displayname|label)"
            r"|buildername|testname|scanname|taskname"
        ),
        "arule",
    ),
    (
        re.compile(
            r".{2,40}(?:status|state|result|outcome|conclusion)(?:name|text|label|category)?"
        ),
        "astate",
    ),
    (
        re.compile(r".{2,40}(?:severity|priority|criticality|urgency)(?:name|text|label|string)?"),
        "aseverity",
    ),
    (
        re.compile(
            r".{0,40}(?:host|server|node|device|machine|computer|resource|entity|instance|asset|target)"
            r"(?:displayname|name|address)"
        ),
        "ahost",
    ),
    (re.compile(r".{2,40}(?:title|subject|headline|summary)"), "atitle"),
)


@lru_cache(4096)
def kinds(name: str) -> tuple[str, ...]:
    """What a plain name that no list has names, by its end: ``ticketstatus`` is a state."""
    if len(name) > 60 or name.startswith(_OTHERS):
        return ()
    return tuple(kind for pattern, kind in _KINDS_OF if pattern.fullmatch(name))


@lru_cache(4096)
def part(name: str) -> str | None:
    """``check_status`` is a ``status``, where there is no plain one."""
    if match := PARTS.fullmatch(name):
        return match[1]
    return "severity" if name.endswith("severity") else None


@lru_cache(4096)
def is_troubled(name: str) -> bool:
    """Whether a body that has this plain name tells of something bad."""
    return _TROUBLED.fullmatch(name) is not None


def is_run(name: str) -> bool:
    """Whether a body that has this plain name tells of a run of a job."""
    return name in _RUN


PEOPLE = frozenset(
    _list(
        """user users account author sender assignee assignees owner team teams organization org
        creator committer commit member members responder responders actor customer client"""
    )
)
"""Objects whose names are not the alert's."""

LABELS = _list("labels tags commonlabels customfields")
CHANGING = frozenset(
    _list(
        """status state severity level priority value values currentvalue time timestamp date
        startsat endsat startedat endedat createdat updatedat count duration url link message
        description summary title"""
    )
)
"""Labels that are no part of an identity."""

TEXTS = CHANGING | frozenset(_list("text body msg output details"))
"""Fields that are shown elsewhere or change with every post: not made into labels."""

LINKS = (
    ("runbook", "Runbook"), ("playbook", "Runbook"), ("dashboard", "Dashboard"),
    ("panel", "Panel"), ("silence", "Silence"), ("graph", "Graph"), ("log", "Logs"),
)  # fmt: skip
SOURCES = frozenset(
    _list(
        """url link href alerturl incidenturl eventurl issueurl weburl htmlurl buildurl targeturl
        permalink generatorurl monitorurl checkurl detailsurl externalurl ruleurl resultslink"""
    )
)
NO_LINKS = _list("image avatar icon logo api webhook callback response")
"""Addresses nobody wants to open at night."""
