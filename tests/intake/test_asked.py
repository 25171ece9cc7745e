"""What a webhook asks to be fetched or opened: certificates, and confirmations before an answer."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from integrations._client import Client
from tests.intake.support import Station
from tests.support import sns

Site = Callable[[httpx.Request], httpx.Response]


def stand_in(station: Station, site: Site) -> list[str]:
    """Amazon's site, answered here; the addresses that were opened."""
    opened: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        opened.append(str(request.url))
        return site(request)

    station.app.hooks.fetcher._connect = lambda: Client(
        "AWS", transport=httpx.MockTransport(answer)
    )
    return opened


def amazon(request: httpx.Request) -> httpx.Response:
    """It has the certificate, and confirms."""
    if request.url.path.endswith(".pem"):
        return httpx.Response(200, content=sns.certificate())
    return httpx.Response(200, text="<ConfirmSubscriptionResponse/>")


async def test_an_alarm_is_taken_once_its_signature_fits_and_the_certificate_is_kept(
    station: Station,
) -> None:
    opened = stand_in(station, amazon)
    fired = await station.post("aws_sns", sns.message(sns.alarm()), content_type="text/plain")
    assert fired.status == 202 and fired.body["incident_id"]
    over = await station.post("aws_sns", sns.message(sns.alarm("OK")), content_type="text/plain")
    assert over.body["incidents"] == fired.body["incidents"]
    assert opened == [sns.CERTIFICATE]


async def test_a_forged_alarm_leaves_nothing(station: Station) -> None:
    stand_in(station, amazon)
    forged = {**sns.message(sns.alarm("OK")), "Message": '{"AlarmName": "x"}'}
    answer = await station.post("aws_sns", forged)
    assert (answer.status, answer.body["where"]) == (401, "Signature")
    elsewhere = {**sns.message(sns.alarm()), "SigningCertURL": "https://evil.example/c.pem"}
    answer = await station.post("aws_sns", elsewhere)
    assert (answer.status, answer.body["where"]) == (401, "SigningCertURL")
    assert (await station.stored())["alerts"] == 0


async def test_a_subscription_is_confirmed_before_sns_is_answered(station: Station) -> None:
    opened = stand_in(station, amazon)
    answer = await station.post("aws_sns", sns.confirmation())
    assert answer.status == 202
    assert opened == [sns.CERTIFICATE, sns.CONFIRM]
    assert (await station.stored())["incidents"] == 0


@pytest.mark.parametrize(("code", "status"), [(503, 503), (403, 422)])
async def test_a_confirmation_that_fails_is_asked_for_again_or_said(
    station: Station, code: int, status: int
) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        return amazon(request) if request.url.path.endswith(".pem") else httpx.Response(code)

    stand_in(station, site)
    answer = await station.post("aws_sns", sns.confirmation())
    assert (answer.status, answer.body["where"]) == (status, "follow_up")
    assert ("Retry-After" in answer.headers) == (status == 503)


async def test_while_amazon_is_out_of_reach_alarms_still_come_through(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    def site(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    opened = stand_in(station, site)
    for _ in range(3):
        answer = await station.post("aws_sns", sns.message(sns.alarm()))
        assert answer.status == 202
    assert opened == [sns.CERTIFICATE], "asked again only after a while"
    assert "can't be fetched" in caplog.text


async def test_a_certificate_that_amazon_does_not_have_proves_nothing(station: Station) -> None:
    """Else a forger would only have to name one that is not there."""
    opened = stand_in(station, lambda _: httpx.Response(404))
    for _ in range(2):
        answer = await station.post("aws_sns", sns.message(sns.alarm()))
        assert (answer.status, answer.body["where"]) == (401, "Signature")
    assert len(opened) == 1 and (await station.stored())["alerts"] == 0


async def test_no_redirect_is_followed_and_no_large_certificate_is_kept(station: Station) -> None:
    def site(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/"})

    opened = stand_in(station, site)
    assert (await station.post("aws_sns", sns.message(sns.alarm()))).status == 202
    assert opened == [sns.CERTIFICATE]


async def test_pagerduty_is_a_source_with_its_token_and_never_echoes_us(
    station: Station,
) -> None:
    incident = {"id": "PX1", "title": "Shop is slow", "incident_key": "k1"}
    body = {"event": {"event_type": "incident.triggered", "data": incident}}
    answer = await station.post("pagerduty", body)
    assert answer.status == 202 and answer.body["incident_id"]
    ours = {"event": {**body["event"], "data": {**incident, "incident_key": "pixelview-1"}}}
    quiet = await station.post("pagerduty", ours)
    assert (quiet.status, quiet.body["accepted"]) == (202, 0)


async def test_a_sender_that_verifies_the_address_reads_its_own_answer_with_200(
    station: Station,
) -> None:
    """Slack and Discord take nothing but 200 for a yes."""
    for integration, body, said in (
        ("slack", {"type": "url_verification", "challenge": "3eZbrw1a"}, {"challenge": "3eZbrw1a"}),
        ("discord", {"type": 1, "application_id": "1"}, {"type": 1}),
    ):
        answer = await station.post(integration, body)
        assert (answer.status, answer.body) == (200, said)
    assert (await station.post("slack", {"text": "db-3 is down"})).status == 202
