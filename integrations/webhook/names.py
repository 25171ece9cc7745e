"""The names tools give to the fields of an alert, as ``items.plain`` writes them, best first."""

from __future__ import annotations

import re


def _list(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LISTS = frozenset(_list("alerts incidents messages records events alarms problems"))
"""Lists whose objects are alerts."""

WRAPPERS = frozenset(
    _list(
        """alert incident event data payload issue problem monitor check detail details object
        context body message heartbeat notification attributes rule build job run pipeline stage
        deployment deploy error fault alarm trigger customdetails customfields essentials
        objectattributes workflowrun workflowjob checksuite annotations labels tags commonlabels
        commonannotations sns resource attachments embeds fields facts"""
    )
)
"""Objects that hold the alert's own fields. A name in any other object (user, account, team) is
the name of something else."""

WRAPPER_ENDS = ("data", "alert", "event", "alarm", "details", "context", "params", "status")
"""``alarmData``, ``webhook_event_data``, ``check_params``, ``commit_status``."""

NO_WRAPPERS = ("previous", "last", "old", "prior", "first", "next", "meta")
"""How the names of objects begin that tell of another time, or of the message."""

HEADLINES = _list("title alerttitle eventtitle issuetitle headline subject summary")
RULES = _list(
    """alertname rulename alertrule monitorname checkname alarmname conditionname eventname
    incidentname alertfriendlyname monitorfriendlyname searchname policyname healthrulename
    triggername jobname workflowname eventtypecode detailtype"""
)
"""What people search, silence and talk by; the sentence comes before it."""

TITLES = _list("friendlyname displayname name")
SENTENCES = _list(
    "message alertmessage msg text reason description problem output details body content"
)
DESCRIPTIONS = _list(
    """description message alertmessage text output longoutput details body msg reason note notes
    comment summary"""
)
SERVICES = _list("service servicename servicedesc servicedescription check")
VAGUE = _list("monitor rule alert")
"""Titles where nothing better is: a monitor may be the tool's own name."""

HOSTS = _list(
    """resource resourcename host hostname hostaddress instance node nodename server servername
    device devicename computername machine vm agent pod container target entity monitorhost
    involvedobject regarding monitorurl checkurl"""
)
"""Who names one of these has something to say of it, even where no state is told."""

RESOURCES = HOSTS + _list(
    """domain component application app applicationname servicename service repository project
    impactedentities affectedresources configurationitems dimensions hosts targets resources url
    ip address"""
)

HAPPENED = _list(
    """alerttransition transition notificationtype eventtype eventaction messagetype type action
    event notification alerttype alerttypefriendlyname actiongroup"""
)
STATES = _list(
    """alertstatus status statusname statusmessage alertstate state statename currentstate newstate
    newstatevalue statevalue current monitorcondition conclusion buildresult result outcome
    statusextended health phase condition color"""
)
SEVERITIES = _list(
    """severity alertseverity severityname severitylevel priority urgency level loglevel
    alertlevel criticality importance importancelevel impact"""
)
LOUD = frozenset(_list("critical crit warning warn emergency fatal disaster info down error err"))
"""States that are as good as a severity."""

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
OWNERS = frozenset(_list("alert incident issue problem monitor check rule alarm fault error"))
"""Objects whose plain ``id`` is the alert's and not the message's."""

PARTS = re.compile(
    r"(?:alert|monitor|check|event|entity|incident|issue|alarm|service|host|server|resolution|job|build)"
    r"(status|state|friendlyname|message|output|description|severity|result|details)(?:name|text)?"
)
"""``check_status`` is a ``status``, where there is no plain one."""

PARTS_OF_OWNERS = frozenset(_list("name title url host hostname status state severity message"))
"""``{"monitor": {"name": …}}`` says the same as ``monitor_name``."""

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
