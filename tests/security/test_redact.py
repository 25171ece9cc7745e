"""Secrets in text are hidden by shape, by name and by value; what only looks odd stays."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from commands.rules.redact import Redactor, redact, secrets_of

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"
A = "Ab3" * 20
HEX = "0123456789abcdef" * 4
JWT = f"eyJ{A[:20]}.eyJ{A[:30]}.{A[:40]}"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{A}\n{A}=\n-----END RSA PRIVATE KEY-----"
DISCORD = f"MTA4{A[:20]}.G{A[:5]}.{A[:38]}"

SECRETS = {
    "ours": f"pvi_{A[:43]}",
    "ours again": f"pvs_{A[:43]}",
    "slack bot": f"xoxb-{'1' * 12}-{'2' * 12}-{A[:24]}",
    "slack app": f"xapp-1-A0{A[:8]}-{'1' * 12}-{HEX}",
    "discord bot": DISCORD,
    "aws key id": "AKIA" + "IOSFODNN7EXAMPLE",
    "github": f"ghp_{A[:36]}",
    "github fine": f"github_pat_{A[:22]}_{A[:59]}",
    "gitlab": f"glpat-{A[:20]}",
    "google": f"AIza{A[:35]}",
    "google oauth": f"ya29.{A}",
    "stripe": f"sk_live_{A[:24]}",
    "stripe hook": f"whsec_{A[:32]}",
    "sendgrid": f"SG.{A[:22]}.{A[:43]}",
    "vault": f"hvs.{A[:24]}",
    "grafana": f"glsa_{A[:32]}_{HEX[:8]}",
    "pagerduty": f"pdus+_0XBPWQQ_{A[:36]}",
    "telegram": f"{'1' * 10}:AA{A[:33]}",
    "openai": f"sk-proj-{A[:48]}",
    "jwt": JWT,
    "pem": PEM,
}
BEHIND = {
    "slack hook": ("https://hooks.slack.com/services/", f"T0{A[:8]}/B0{A[:8]}/{A[:24]}"),
    "discord hook": ("https://discord.com/api/webhooks/123456789012345678/", A),
    "twilio": (f"AC{HEX[:32]}:", HEX[31::-1]),
    "aws secret": ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "bearer": ("Authorization: Bearer ", A[:40]),
    "basic": ("authorization: Basic ", base64.b64encode(b"ana:hunter2").decode()),
    "bearer alone": ("curl -H 'x' -> Bearer ", A[:30]),
    "password": ("password=", "hunter2"),
    "password with an ampersand": ("password=", "Tr0ub4dor&3"),
    "password, told": ("Password: ", "correcthorse"),
    "password in JSON": ('{"db_password": "', "corre ct"),
    "password in JSON in JSON": ('{\\"password\\": \\"', "hunter2"),
    "token": ("token: ", f"{A[:24]}"),
    "routing key": ('"routing_key":"', HEX[:32]),
    "X-Api-Key": ("X-Api-Key: ", HEX[:32]),
    "environment": ("MYSQL_ROOT_PASSWORD=", "letmein"),
    "flag": ("mysql --password ", "hunter2"),
    "XML": ("<clientSecret>", "a8f1c3e5b7d9"),
    "address": ("postgresql://app:", "hunter2"),
    "address without a name": ("redis://:", "hunter2"),
    "signed address": (
        "https://x.blob.core.windows.net/a?sv=1&sig=",
        "aB3%2Fq9zX8kLmN7pR5tV2w",
    ),
    "connection string": ("Server=db;User Id=sa;Password=", "S3cret!"),
    "account key": ("AccountName=x;AccountKey=", f"{A[:44]}=="),
    "calendar": ("https://pv.example.eu/calendar/", f"{A[:43]}"),
    "private calendar": ("https://calendar.google.com/calendar/ical/x/private-", HEX[:32]),
    "cookie": ("Set-Cookie: session=", "d2f1c9ab77"),
    "uuid": ("api_key=", "8f14e45f-ceea-467f-a830-0123456789ab"),
}
STAYS = (
    "commit 9fceb02d0ae598e95dc970b74767f19372d60af8 broke it",
    "8f14e45f-ceea-467f-a830-0123456789ab",
    "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
    "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
    f"sha256:{HEX}",
    base64.b64encode(b"The disk of db-3 is full since this morning").decode(),
    "Password: expired", "The token was revoked by an admin", "token: expired", "secret: missing",
    "secret=kube-system/default-token-x7f2k", "secret: grafana-tls", "tokens: 4096",
    "max_tokens=4096", "token_count: 12", "keyspace: orders", "primary key: order_id",
    "password policy changed", "API key rotation overdue", "basic authentication failed",
    "https://wiki.example.eu/rb/disk?orgId=1&from=now-1h", "mail ana@example.eu about it",
    "https://git.example.eu/@ana/repo", "instance=10.0.0.1:9100", "disk-io-latency-99th-percentile",
    "Authorization: failed", "Authorization header is required", "user:pass are both missing",
    "arn:aws:iam::123456789012:role/ops", "password=${DB_PASSWORD}", "token={{ vault.token }}",
    "Bearer token missing",
    "join https://us02web.zoom.us/j/81234567890?pwd=QWxhZGRpbjpvcGVu now",
    "gl-dashboard-17", "AC unit 3 of room 2 failed", "api_key=null",
    "authToken: true", "key=value", "pod-template-hash=6d4b75cb6d", "sk-8-rack-2",
)  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("around", ["{}", "it says {}, twice", "a={}\nb", '{{"x": "{}"}}'])
def test_a_secret_is_known_by_its_shape(secret: str, around: str) -> None:
    said = redact(around.format(secret))
    assert said == around.format("[hidden]")


@pytest.mark.parametrize(("before", "secret"), BEHIND.values(), ids=BEHIND.keys())
@pytest.mark.parametrize("after", ["", "@db.example.eu/x", '", "next": 1', "\nand more"])
def test_a_secret_is_known_by_what_stands_before_it(before: str, secret: str, after: str) -> None:
    if ("://" in before and "@" not in after) and before.endswith(":"):
        after = "@db.example.eu"
    elif "@" in after and "://" not in before:
        after = ""
    if "calendar" in before:
        after = "/basic.ics" if before.endswith("-") else ".ics"
    said = redact(before + secret + after)
    assert said.startswith(f"{before}[hidden]")
    assert secret not in said


@pytest.mark.parametrize(
    "text", [*SECRETS.values(), *(f"{a}{b}@h" for a, b in BEHIND.values() if "cal" not in a)]
)
def test_no_secret_is_taken_for_nothing_at_first_sight(text: str) -> None:
    assert redact.suspects(f"it says {text} so")


def test_what_monitors_say_day_by_day_is_not_looked_at_twice() -> None:
    said = (
        "Disk 94 % full on db-3\n/var/lib/postgresql is at 94.2 %\nhttps://wiki.example.eu/rb/disk"
    )
    assert not redact.suspects(
        f"{said}\nserver.eu-west-1.compute.internal\ncheckout-7d9f8b6c5-x2x4z"
    )


@pytest.mark.parametrize("text", STAYS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [*SECRETS.values(), *(a + b + "@h" for a, b in BEHIND.values())])
def test_hiding_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_json_stays_json() -> None:
    doc = {"password": 'a"b\\c', "note": f"Bearer {A}", "n": 1, "url": "https://u:p@h/x", "k": PEM}
    found = json.loads(redact(json.dumps(doc)))
    assert found["password"] == found["k"] == "[hidden]"
    assert found["url"] == "https://u:[hidden]@h/x"
    assert found["n"] == 1


def test_a_known_value_is_hidden_in_every_form() -> None:
    secret = 'p:w/+"ä€ 1'
    hide = Redactor([secret])
    assert hide(f"it is {secret}!") == "it is [hidden]!"
    assert secret not in hide(json.dumps({"x": secret}))
    assert hide(json.dumps({"x": secret})) == '{"x": "[hidden]"}'
    assert hide("https://h/?x=p%3Aw%2F%2B%22%C3%A4%E2%82%AC+1") == "https://h/?x=[hidden]"


def test_a_short_known_value_hides_no_part_of_a_word() -> None:
    hide = Redactor(["opensesame"[:6], "abc"])
    assert hide("opense and opensearch, abc") == "[hidden] and opensearch, abc"


def test_what_is_learned_later_is_hidden_too() -> None:
    hide = Redactor(["first-value"])
    hide.learn(["second-value", "first-value-and-more"])
    assert hide("first-value second-value first-value-and-more") == "[hidden] [hidden] [hidden]"


def test_patterns_of_ones_own_hide_their_group_or_all() -> None:
    hide = Redactor(patterns=[r"ACME-\d+", r"badge (\w+)"])
    assert hide("ACME-77 with badge x9") == "[hidden] with badge [hidden]"


def test_the_name_of_a_label_tells_that_it_is_secret_unless_it_is_allowed() -> None:
    hide = Redactor(allow=["build-token"])
    assert hide.label("db_password", "hunter2") == "[hidden]"
    assert hide.label("authToken", HEX[:20]) == "[hidden]"
    assert hide.label("build_token", HEX[:20]) == HEX[:20]
    assert hide.label("secret", "grafana-tls") == "grafana-tls"
    assert hide.label("service", "checkout") == "checkout"
    assert hide.deep({"a": [{"password": "x y z"}], "n": 3}) == {
        "a": [{"password": "[hidden]"}],
        "n": 3,
    }


def test_a_body_that_is_no_text_stays_byte_for_byte() -> None:
    body = bytes(range(256)) * 3
    assert redact.body(body) == body
    assert redact.body(b"\xff password=hunter2 \xfe") == b"\xff password=[hidden] \xfe"


def test_settings_tell_their_secrets() -> None:
    told = {
        "slack": {"bot_token": "xoxb-1", "signing_secret": "s1", "channel": "#ops"},
        "pagers": {"twilio": {"auth_token": "t1", "from": "+1555"}},
        "actions": {"fix": {"url": "https://u:pw1@h/x", "headers": {"Authorization": "Bearer b1"}}},
        "database": "postgresql://u:pw2@h/db", "key_file": "pixelview.key",
    }  # fmt: skip
    assert set(secrets_of(told)) == {"xoxb-1", "s1", "t1", "pw1", "Bearer b1", "pw2"}


def test_where_the_file_of_a_key_is_may_be_told_and_a_key_may_not() -> None:
    files = {"tls": {"key": "/etc/pixelview/k.pem"}, "backups": {"key": "backup.key"}}
    assert list(secrets_of(files)) == []
    keys = {"x": {"key": "aGVsbG8vd29ybGQvMTIz", "password": "/etc/k.pem"}, "y": {"key": "/aB3/cD"}}
    assert len(list(secrets_of(keys))) == 3


LONG = (
    "a", "password", "password=", "token ", "://a:", "-----BEGIN PRIVATE KEY-----", "sk-", ".",
    "AC" + "a" * 32 + " ", "bearer ", "authorization: ", "--token-", "password\\\\", '"pwd":"',
    "eyJ", "MTAxMDEwMTAxMDEwMTAxMDEwMTAx.", "&sig=", "secret_key_", "cookie: a", "AKIA", "xoxb-",
)  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    """By the processor's time, the best of several: 8 times the text may take 24 times as long;
    what backtracks takes 64 times."""

    def best(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        taken = []
        for _ in range(3):
            began = time.process_time()
            redact(text)
            taken.append(time.process_time() - began)
        return min(taken)

    assert best(64_000) <= 24 * best(8_000) + 0.02


def test_what_monitors_send_stays_but_for_what_is_secret() -> None:
    if not PAYLOADS.is_dir():
        pytest.skip(f"{PAYLOADS} is not there")
    changed = set()
    for path in PAYLOADS.rglob("*"):
        if path.is_file() and path.stat().st_size < 200_000 and path.name != "index.jsonl":
            body = path.read_bytes()
            if redact.body(body) != body:
                changed.add(path.relative_to(PAYLOADS).parts[0])
    signed = {"appveyor"}  # addresses with a signature
    named = {"deadmanssnitch", "honeybadger", "slack"}  # "token": "c2354d53d2"
    assert changed == {*signed, *named, "_hostile"}
