"""How mails of monitors are read: by their tool's template, by their words, by a mapping."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import trial
from integrations import email
from integrations.base import Malformed, Misconfigured, Request
from integrations.email.steady import headline, steady
from integrations.email.subject import state_of
from store.model import AlertReading, AlertStatus, AlertType, Severity
from tests.inbox.mails import CLEARED, NAGIOS, PAIRS, TRUENAS, Pair, mail, one

FIRING, RESOLVED, INFO = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.INFO


def read(raw: bytes, **settings: Any) -> tuple[AlertReading, ...]:
    """The alerts of a mail."""
    return email.read(Request(raw, "message/rfc822", settings=settings)).alerts


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_mail_of_a_recovery_ends_what_that_of_the_problem_began(pair: Pair) -> None:
    problem = one(read(mail(pair.problem, pair.text, sender=pair.sender)))
    recovery = one(read(mail(pair.recovery, pair.over, sender=pair.sender)))
    assert (problem.status, recovery.status) == (FIRING, RESOLVED)
    assert problem.key == recovery.key
    assert problem.severity == pair.severity
    assert problem.resource == pair.resource
    assert problem.title == pair.title


@pytest.mark.parametrize(
    ("problem", "recovery"),
    [
        ("[Triggered] CPU is high on host:web-1", "[Recovered] CPU is high on host:web-1"),
        ("Violation opened - High response time", "Violation closed - High response time"),
        ("[P3][Open] Disk space low - srv-1", "[P3][Closed] Disk space low - srv-1"),
        (
            "shop.example.eu is down (HTTP 503)",
            "shop.example.eu is up again (HTTP 200) after 5 min",
        ),
        ("Your monitor Shop is DOWN", "Your monitor Shop is back UP (was down for 3 minutes)"),
        ("*** CRITICAL *** Temperature in rack 7", "*** NORMAL *** Temperature in rack 7"),
        ("Switch sw-12 port 5 link down", "Switch sw-12 port 5 link up"),
        ("BGP peer 10.1.1.1 Down", "BGP peer 10.1.1.1 Established"),
        (
            "sw-1 - Traffic is above threshold of 80 with 93",
            "sw-1 - Traffic restored with value 12",
        ),
        ("Power supply 1 failed", "Power supply 1 is operating normally"),
        ("nightly-etl: FAILURE", "nightly-etl: SUCCESS"),
        ("Backup report: 3 of 5 jobs failed", "Backup report: 5 of 5 jobs successful"),
        ("borg on db-3: exit code 2 (error)", "borg on db-3: exit code 0 (success)"),
        ("Störung: Pumpe 7 ausgefallen", "Entstörung: Pumpe 7 läuft wieder"),
        ("Alerte: serveur web-1 en panne", "Rétablissement: serveur web-1"),
        ("Incident #8231 opened: API errors", "Incident #8231 resolved: API errors"),
        ("LOW BATTERY on sensor door-3", "Battery OK on sensor door-3"),
        ("UPS-RACK-1: Utility power failed", "UPS-RACK-1: Utility power restored"),
        ("ESXi host esx-3 lost connectivity", "ESXi host esx-3 connectivity restored"),
    ],
)
def test_words_alone_tie_a_recovery_to_its_problem(problem: str, recovery: str) -> None:
    fires, ends = one(read(mail(problem))), one(read(mail(recovery)))
    assert (fires.status, ends.status) == (FIRING, RESOLVED)
    assert fires.key == ends.key


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        ("TEST alert from UPS", "info"),
        ("** ACKNOWLEDGEMENT Service Alert: db-3/Disk is CRITICAL **", "acknowledged"),
        ("** DOWNTIMESTART Host Alert: db-3 is UP **", "info"),
        ("** FLAPPINGSTART Service Alert: db-3/Disk is WARNING **", "info"),
        ("Check_MK: db-3/Disk Acknowledged (CRIT)", "acknowledged"),
        ('INSUFFICIENT_DATA: "HighCPU" in EU (Ireland)', "info"),
        ("[PRTG Network Monitor (P)] web01 HTTP Down (Acknowledged) (no answer)", "acknowledged"),
        ("AWS Notification - Subscription Confirmation", "info"),
        ("SMART error (EmailTest) detected on host: db-3", "info"),
        ("RebuildStarted event on /dev/md0:db-3", "info"),
        ("Logwatch for db-3 (Linux)", "info"),
        ("[Fail2Ban] sshd: banned 203.0.113.9 from db-3", "info"),
        ("monit alert -- Monit instance changed db-3", "info"),
        ("Weekly newsletter", "info"),
        ("Scheduled maintenance on Sunday", "info"),
        ("Disk usage is not critical any more", "resolved"),
        ("Web is no longer reachable", "firing"),
        ("Web is not responding", "firing"),
        ("Backup completed with 2 errors", "firing"),
        ("0 errors found in backup", "resolved"),
        ("ALERT: db-3 recovered", "resolved"),
        ("Failed to recover db-3", "firing"),
        ("Something new under the sun", "firing"),
        ("Pump 7 acts up", "firing"),
        ("Host db-3 up", "resolved"),
    ],
)
def test_a_subject_says_how_things_are(subject: str, status: str) -> None:
    assert one(read(mail(subject))).status == status


@pytest.mark.parametrize(
    ("subject", "text", "headers", "severity"),
    [
        ("Disk", "", {"X_Priority": "1 (Highest)"}, "critical"),
        ("Disk", "", {"X_Priority": "2"}, "error"),
        ("Disk", "", {"X_Priority": "5"}, "info"),
        ("Disk", "", {"Importance": "high"}, "error"),
        ("Disk", "", {"Importance": "low"}, "info"),
        ("Disk", "", {"Priority": "urgent"}, "critical"),
        ("Disk", "", {}, "error"),
        ("[P2] Disk", "", {}, "error"),
        ("Warning: Disk", "", {"Importance": "high"}, "warning"),
        ("Disk", "Severity: Average\n", {}, "warning"),
        ("Problem: Disk", "Priority: P1 - Critical\n", {}, "critical"),
        ("Cron <root@db-3> /usr/bin/backup", "tar: no space left", {}, "warning"),
        ("🔥 Disk is warm", "", {}, "error"),
        ("⚠️ Disk is warm", "", {}, "warning"),
    ],
)
def test_how_bad_it_is_stands_in_words_fields_and_headers(
    subject: str, text: str, headers: dict[str, str], severity: str
) -> None:
    assert one(read(mail(subject, text, **headers))).severity == severity


@pytest.mark.parametrize(
    ("subject", "resource"),
    [
        ("Disk full on db-3", "db-3"),
        ("Host web is down", "web"),
        ("[nas-1] Volume 1 has crashed", "nas-1"),
        ("Certificate for shop.example.eu expires in 7 days", "shop.example.eu"),
        ("10.0.0.7 went down", "10.0.0.7"),
        ("Server room is hot", None),
        ("Load 5.3 at 03:08 on 2026-11-26", None),
        ("Cron <root@db-3> /usr/bin/backup", "db-3"),
    ],
)
def test_what_it_is_about_is_written_like_a_host(subject: str, resource: str | None) -> None:
    assert one(read(mail(subject))).resource == resource


@pytest.mark.parametrize(
    ("these", "same"),
    [
        (("Disk 94 % full on db-3", "Disk 12 % full on db-3"), True),
        (("Re: Fwd: Disk full", "Disk full"), True),
        (("Disk full at 2026-11-26 03:08:11", "Disk full at 2026-11-27 04:09:12"), True),
        (("Queue length = 91 on mq-1", "Queue length = 12 on mq-1"), True),
        (("5 errors in app", "7 errors in app"), True),
        (("node 3 is down", "node 4 is down"), False),
        (("db-3 is down", "db-4 is down"), False),
        (("Disk full on db-3", "Memory full on db-3"), False),
    ],
)
def test_numbers_that_change_are_no_part_of_the_key(these: tuple[str, str], same: bool) -> None:
    first, second = (one(read(mail(subject))).key for subject in these)
    assert (first == second) is same


def test_the_same_words_of_another_sender_are_another_alert() -> None:
    first = one(read(mail("db-3 is down", sender="Nagios <nagios@a.example>")))
    assert first.key != one(read(mail("db-3 is down", sender="nagios@b.example"))).key
    assert first.key == one(read(mail("db-3 is up", sender="NAGIOS@A.example"))).key


def test_a_subject_that_says_nothing_is_told_apart_by_the_text() -> None:
    said = [one(read(mail("Alert", f"Host: db-{n}\nState: DOWN\n"))) for n in (3, 4)]
    assert said[0].key != said[1].key
    assert said[0].key == one(read(mail("Alert", "Host: db-3\nState: UP\n"))).key
    assert [each.resource for each in said] == ["db-3", "db-4"]


def test_what_the_check_said_stands_first() -> None:
    subject = "** PROBLEM Service Alert: db-3/Disk /var is CRITICAL **"
    found = one(read(mail(subject, NAGIOS.format(kind="PROBLEM", state="CRITICAL"))))
    first, _, rest = found.description.partition("\n\n")
    assert first == "DISK CRITICAL - free space: /var 112 MB (2%)"
    assert rest.startswith("Notification Type: PROBLEM")


def test_truenas_lists_its_alerts() -> None:
    pool, disk = read(mail("TrueNAS nas.example.eu: Alerts", TRUENAS))
    assert (pool.status, disk.status) == (FIRING, FIRING)
    assert pool.resource == "nas.example.eu"
    gone, still = read(mail("TrueNAS nas.example.eu: Alerts", CLEARED))
    assert (gone.status, gone.key) == (RESOLVED, pool.key)
    assert (still.status, still.key) == (FIRING, disk.key)


@pytest.mark.parametrize(
    ("subject", "headers", "why"),
    [
        ("🔴 CRITICAL · #12 Disk full", {"X_PixelView": "page"}, "own"),
        ("Automatic reply: db-3 is DOWN", {}, "auto-reply"),
        ("Abwesenheitsnotiz: db-3 is DOWN", {}, "auto-reply"),
        ("db-3 is DOWN", {"Auto_Submitted": "auto-replied"}, "auto-reply"),
        ("Undeliverable: db-3 is DOWN", {"Return_Path": "<>"}, "bounce"),
        ("Re: db-3 is DOWN", {"In_Reply_To": "<pv.12@example.eu>"}, "reply"),
    ],
)
def test_a_mail_nobody_is_to_be_woken_by_opens_nothing(
    subject: str, headers: dict[str, str], why: str
) -> None:
    found = one(read(mail(subject, **headers)))
    assert (found.status, found.severity) == (INFO, Severity.INFO)
    assert found.labels["mail"] == why


def test_a_person_who_answers_the_mail_of_an_alert_opens_nothing() -> None:
    text = "I am on it.\n\nOn Thu, Nov 26, 2026 Nagios wrote:\n> ** PROBLEM db-3 is DOWN **\n"
    assert one(read(mail("Re: db-3 is DOWN", text, In_Reply_To="<1@mon.example>"))).status is INFO
    assert one(read(mail("Re: db-3 is DOWN", In_Reply_To="<1@mon.example>"))).status is FIRING


def test_a_bounce_and_a_machines_own_mark_are_told_apart() -> None:
    bounce = (
        b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nDisk full on db-3\n--b--\n"
    )
    assert one(read(bounce)).labels["mail"] == "bounce"
    told = one(read(mail("db-3 is DOWN", Auto_Submitted="auto-generated", Precedence="bulk")))
    assert told.status is FIRING


# ---- what the text is --------------------------------------------------------------------------


def test_html_is_read_as_a_person_would() -> None:
    raw = (
        b"From: a@b.example\nSubject: Alarm\nContent-Type: text/html; charset=utf-8\n\n"
        b"<html><head><style>p{color:red}</style></head><body><p>It is &ouml;ffentlich</p>"
        b"<table><tr><td>Host</td><td>db-3</td></tr><tr><td>State</td><td>CRITICAL</td></tr></table>"
        b"<a href='https://mon.example.eu/x?id=1'>Open the graph</a>"
        b"<a href='https://mon.example.eu/unsubscribe'>no more</a><script>alert(1)</script></body>"
    )
    found = one(read(raw))
    assert (found.resource, found.severity) == ("db-3", "critical")
    assert found.description.startswith("It is öffentlich\nHost: db-3\nState: CRITICAL")
    assert "alert(1)" not in found.description and "color" not in found.description
    assert [(link.name, link.url) for link in found.links] == [
        ("Open the graph", "https://mon.example.eu/x?id=1")
    ]


def test_text_goes_before_html_unless_it_only_says_that_there_is_html() -> None:
    found = one(read(mail("x", "Host: plain-1\n", html="<p>Host: html-1</p>")))
    assert found.resource == "plain-1"
    found = one(read(mail("x", "Your client shows no HTML mail.", html="<p>Host: html-1</p>")))
    assert found.resource == "html-1"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (b"Subject: =?utf-8?B?UGxhdHRlIHZvbGwgw7xiZXJhbGw=?=\n\nx", "Platte voll überall"),
        (b"Subject: =?iso-8859-1?Q?Temp=E9ra?= =?iso-8859-1?Q?ture?=\n\nx", "Température"),
        ("Subject: Größe überschritten\n\nx".encode(), "Größe überschritten"),
        ("Subject: Größe überschritten\n\nx".encode("latin-1"), "Größe überschritten"),
        (b"Subject: =?gb2312?B?tMXFzML6?=\n\nx", "磁盘满"),
        (b"Subject: =?nonsense?Q?Disk?=\n\nx", "Disk"),
        (b"Subject: Disk\r\n is\r\n\tnearly out\r\n\r\nx", "Disk is nearly out"),
        (b"From root Thu Nov 26\nSubject: Disk\n\nx", "Disk"),
        (b"\xef\xbb\xbfSubject: Disk\n\nx", "Disk"),
    ],
)  # fmt: skip
def test_subjects_are_read_in_any_charset(raw: bytes, title: str) -> None:
    assert one(read(raw)).title == title


def test_texts_are_read_in_any_charset_and_encoding() -> None:
    head = b"Subject: x\nContent-Type: text/plain; charset="
    assert one(read(head + b"iso-8859-1\n\nGr\xf6\xdfe")).description == "Größe"
    assert one(read(head + b"utf-16\n\n" + "Größe".encode("utf-16"))).description == "Größe"
    assert one(read(head + b"lies\n\nGr\xc3\xb6\xc3\x9fe")).description == "Größe"
    folded = head + b"utf-8\nContent-Transfer-Encoding: "
    assert one(read(folded + b"base64\n\nR3LDtsOf\nZQ=")).description == "Größe"
    assert one(read(folded + b"quoted-printable\n\nGr=C3=B6=\n=C3=9Fe")).description == "Größe"


def test_what_is_attached_is_named_and_not_read() -> None:
    from email.message import EmailMessage

    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.example", "Report: backup failed"
    made.set_content("Host: db-3\n")
    made.add_attachment(b"Host: wrong-1\n", maintype="text", subtype="plain", filename="log.txt")
    made.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="graph é.png")
    found = one(read(made.as_bytes()))
    assert found.labels["attachments"] == "log.txt, graph é.png"
    assert found.resource == "db-3"
    assert found.description == "Host: db-3\n\nAttached: log.txt, graph é.png"


def test_the_token_in_an_address_is_never_shown() -> None:
    token = "pvi_" + "a" * 32
    found = one(read(mail(f"Alert to {token}@pv.example", f"Sent to {token}@pv.example\n")))
    assert token not in repr(found)


@pytest.mark.parametrize("raw", [b"", b"\n", b"hello", b'{"title": "x"}', b"From: a@b.example\n\n"])
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        read(raw)
    assert refused.value.status == 422


# ---- a mapping ---------------------------------------------------------------------------------

DISK = "Kind: pump\nPump ID: 17\nZustand: kaputt\nWhere: Halle 4\n"


def test_a_mapping_comes_before_what_is_guessed() -> None:
    fields = {
        "title": "join(' ', ['Pump', fields.pumpid, fields.where])", "key": "fields.pumpid",
        "status": "fields.zustand", "severity": {"const": "warning"}, "resource": "fields.where",
        "type": {"const": "metric"}, "labels": {"hall": "fields.where", "by": "from_name"},
    }  # fmt: skip
    words = {"kaputt": "firing", "heil": "resolved"}
    found = one(
        read(mail("Anlage", DISK, sender="Werk <w@a.example>"), map=fields, status_map=words)
    )
    assert (found.title, found.key, found.status) == ("Pump 17 Halle 4", "17", FIRING)
    assert (found.severity, found.type, found.resource) == ("warning", AlertType.METRIC, "Halle 4")
    assert (found.labels["hall"], found.labels["by"]) == ("Halle 4", "Werk")
    healed = mail("Anlage", DISK.replace("kaputt", "heil"))
    assert one(read(healed, map=fields, status_map=words)).status is RESOLVED


def test_between_gives_what_stands_in_a_sentence() -> None:
    fields = {
        "resource": "between(subject, 'Pumpe ', ' meldet')",
        "key": "between(text, 'Nr. ', '')",
    }
    found = one(read(mail("Pumpe P17 meldet sich", "Vorgang Nr. 4711\nEnde\n"), map=fields))
    assert (found.resource, found.key) == ("P17", "4711")
    found = one(read(mail("Anderes", "ohne"), map=fields))
    assert found.key.endswith("anderes")


def test_one_alert_for_each_line_that_the_mapping_chooses() -> None:
    text = "- db-3 is down\n- db-4 is up\nThe end.\n"
    chosen = {"alerts": "lines[?starts_with(@, '- ')]"}
    first, second = read(mail("Report of tonight", text), map=chosen)
    assert (first.status, first.resource) == (FIRING, "db-3")
    assert (second.status, second.resource) == (RESOLVED, "db-4")


def test_a_table_of_words_alone_is_enough() -> None:
    found = one(read(mail("Brenner: STOERUNG"), status_map={"*": "info"}))
    assert found.status is INFO
    found = one(read(mail("CRITICAL: Brenner"), severity_map={"critical": "info"}))
    assert (found.status, found.severity) == (FIRING, "info")


def test_a_mapping_that_can_not_work_is_named() -> None:
    with pytest.raises(Misconfigured):
        read(mail("x"), map={"title": "between(subject"})
    with pytest.raises(Misconfigured):
        read(mail("x"), map={"title": "match(subject, 'a')"})


def test_the_words_of_a_subject_by_themselves() -> None:
    assert state_of("Job nightly: FAILED").word == "FAILED"
    assert steady("[FIRING:1] Disk 94 % full on db-3") == steady("Recovered: disk on db-3")
    assert headline("[FIRING:1] [P1] PROBLEM: Disk full") == "Disk full"
    assert headline("DOWN") == "DOWN"


def test_try_reads_a_file_of_a_mail(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail("** PROBLEM Host Alert: db-3 is DOWN **"))
    out = io.StringIO()
    assert trial.run(["email", str(file)], out) == 0
    said = json.loads(out.getvalue())
    assert (said["status"], said["severity"], said["resource"]) == ("firing", "critical", "db-3")
