"""Web Push alone: only the browser reads it, and its push service knows who sends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from integrations import _push_crypto as crypto
from integrations import webpush
from integrations.base import Misconfigured, Permanent, Transient
from integrations.webpush import Gone, WebPush
from tests.channels.messages import message
from tests.support.pagers import Browser, FakePushService
from tests.support.pagers.push import padless, unpadded

NOW = 1_795_313_340


@pytest.fixture
async def service() -> AsyncIterator[FakePushService]:
    async with FakePushService(NOW) as fake:
        yield fake


@pytest.fixture
async def pager() -> AsyncIterator[WebPush]:
    made = webpush.connect(
        {
            "private_key": webpush.new_key(),
            "now": lambda: NOW * 1000,
            "services": ["127.0.0.1"],
            "subject": "mailto:ops@example.eu",
        }
    )
    yield made
    await made.close()


def address(browser: Browser) -> str:
    return json.dumps(browser.subscription())


def test_the_example_of_rfc_8291_comes_out_to_the_byte() -> None:
    """Appendix A: the keys, the salt and the message it gives, and the body it ends with."""
    body = crypto.sealed(
        b"When I grow up, I want to be a watermelon",
        unpadded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        unpadded("BTBZMqHH6r4Tts7J_aSIgg"),
        mine=crypto.private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        salt=unpadded("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert padless(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_"
        "Qulcy4a-fN"
    )


async def test_the_browser_shows_the_line_with_what_its_buttons_open(
    service: FakePushService, pager: WebPush
) -> None:
    browser = service.subscribe(pager.public_key)
    where = await pager.page(address(browser), message())
    assert (service.violations, where) == ([], f"{service.url}/message/1")
    shown = browser.shown[0]
    assert shown["title"].startswith("🔴 #1842 Disk 94 % full on db-3")
    assert (shown["tag"], shown["acknowledge"]) == ("1842", "https://pv.example.eu/l/ack-token")
    assert (browser.headers[0]["Urgency"], browser.headers[0]["Topic"]) == ("high", "pv-1842")


async def test_what_somebody_has_replaces_it_silently(
    service: FakePushService, pager: WebPush
) -> None:
    browser = service.subscribe(pager.public_key)
    await pager.follow(
        address(browser), "", message(subject="👤 #1842 Omar has it"), "acknowledged"
    )
    shown = browser.shown[0]
    assert (shown["over"], shown["acknowledge"], shown["tag"]) == (True, "", "1842")
    assert browser.headers[0]["Urgency"] == "normal"


async def test_a_browser_that_left_is_gone(service: FakePushService, pager: WebPush) -> None:
    browser = service.subscribe(pager.public_key)
    browser.gone = True
    with pytest.raises(Gone):
        await pager.page(address(browser), message())
    stranger = Browser(f"{service.url}/push/never-was")
    with pytest.raises(Gone):
        await pager.page(address(stranger), message())


async def test_other_answers_of_a_push_service_are_told_apart(
    service: FakePushService, pager: WebPush
) -> None:
    with pytest.raises(Misconfigured, match="another key"):
        await pager.page(address(service.subscribe("another")), message())
    browser = service.subscribe(pager.public_key)
    service.answer_next(413, "too large")
    with pytest.raises(Permanent, match="413 too large"):
        await pager.page(address(browser), message())
    service.answer_next(429, "slow down", {"Retry-After": "30"})
    with pytest.raises(Transient) as busy:
        await pager.page(address(browser), message())
    assert busy.value.retry_after == 30


async def test_however_long_the_words_it_fits_one_record(
    service: FakePushService, pager: WebPush
) -> None:
    browser = service.subscribe(pager.public_key)
    await pager.page(address(browser), message(text="🔥" * 3_000, subject="🔥" * 300))
    assert len(browser.shown[0]["title"]) == 110
    with pytest.raises(Permanent):
        await pager.page(address(browser), message(acknowledge="https://e.eu/" + "x" * 4_000))


@pytest.mark.parametrize(
    "endpoint",
    ["https://evil.example/push", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com.evil/",
     "ftp://127.0.0.1/x"],
)  # fmt: skip
async def test_a_page_goes_to_known_push_services_only(endpoint: str, pager: WebPush) -> None:
    with pytest.raises(Permanent):
        await pager.page(address(Browser(endpoint)), message())


@pytest.mark.parametrize(
    "to",
    ["", "{}", "[]", '{"endpoint": "https://127.0.0.1/", "keys": {"p256dh": "A", "auth": "A"}}'],
)
async def test_what_is_no_subscription_is_gone(to: str, pager: WebPush) -> None:
    with pytest.raises(Gone):
        await pager.page(to, message())
