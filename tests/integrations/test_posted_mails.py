"""Mails that a mail service took, and posts as a form or as JSON."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

import integrations
from integrations.base import Malformed
from tests.integrations.reading import FIRING, RESOLVED, one

FORM = "application/x-www-form-urlencoded"
DOWN = "Subject: DOWN: shop\r\nFrom: m@acme.example\r\n\r\nThe shop is down.\r\n"


def posted(subject: str) -> list[dict[str, Any]]:
    """One mail as each service posts it."""
    sender, text = "Monitor <m@acme.example>", "It is what the subject says.\nHost: db-1"
    return [
        {"sender": "m@acme.example", "from": sender, "recipient": "ops@acme.example",
         "subject": subject, "body-plain": text, "message-headers": '[["X-Mailer", "cron"]]'},
        {"from": sender, "to": "ops@acme.example", "subject": subject, "text": text,
         "headers": "X-Mailer: cron\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n"},
        {"From": sender, "To": "ops@acme.example", "Subject": subject, "TextBody": text,
         "Headers": [{"Name": "X-Mailer", "Value": "cron"}]},
        {"headers": {"x_mailer": "cron"}, "from": sender, "subject": subject, "plain": text},
    ]  # fmt: skip


@pytest.mark.parametrize("service", range(4))
def test_a_recovery_that_is_posted_ends_what_the_problem_began(service: int) -> None:
    down = one("email", posted("Problem: disk is full on db-1")[service])
    up = one("email", posted("Resolved: disk is full on db-1")[service])
    assert (down.status, up.status, down.key == up.key) == (FIRING, RESOLVED, True)


def test_a_form_and_json_say_the_same() -> None:
    fields = posted("Problem: Platte voll auf größe-1")[0]
    form = one("email", urlencode(fields).encode(), content_type=FORM)
    assert form == one("email", fields)
    assert "größe-1" in form.title


def test_a_mail_that_is_posted_whole_is_read_as_it_is() -> None:
    as_it_is = one("email", DOWN.encode(), content_type="message/rfc822")
    assert one("email", {"body-mime": DOWN, "subject": "no"}) == as_it_is
    assert one("email", DOWN.encode(), content_type=FORM) == as_it_is


def test_a_subject_cannot_bring_headers_along() -> None:
    alert = one("email", {"from": "m@a.example", "subject": "Down\nAuto-Submitted: auto-replied"})
    assert "Auto-Submitted" in alert.title


@pytest.mark.parametrize("body", [{"a": 1}, {"headers": "[", "subject": "x"}, [1], {"from": {}}])
def test_what_holds_no_mail_is_refused(body: Any) -> None:
    with pytest.raises(Malformed):
        one("email", json.dumps(body).encode(), content_type="application/json")


def test_mail_services_are_other_names_of_mail() -> None:
    assert integrations.load("email") is not None
    from integrations import _names

    assert {_names.meant(each, ["email"]) for each in ("Mailgun", "sendgrid")} == {"email"}
