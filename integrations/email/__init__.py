"""A mail of any monitor, as it came over SMTP or out of a mailbox (RFC 5322), or as a mail service
posts it.

Most tools have a template of their own for subjects; of any other the words are read, so that the
mail of a recovery ends what the mail of the problem began.
"""

from __future__ import annotations

from integrations import _mapping
from integrations._mapping import check
from integrations.base import Capability, Manifest, Reading, Request, Setting
from integrations.email import mime, posted, reading

MANIFEST = Manifest(
    name="email",
    title="E-mail",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        Setting(
            "map",
            "For each field of an alert a JMESPath expression over {subject, from, from_name, to, "
            "date, text, lines, fields, headers, attachments}, or {const: value}. fields are the "
            "Name: value lines of the text, as fields.hostname; between(subject, 'on ', ' is') "
            "gives what stands between. The fields are " + ", ".join(_mapping.FIELDS) + ". What "
            "gives nothing is read as without a mapping.",
        ),
        Setting(
            "status_map", "The sender's words to firing, resolved, acknowledged, info; * for others"
        ),
        Setting(
            "severity_map", "The sender's words to critical, error, warning, info; * for others"
        ),
    ),
    docs="https://www.rfc-editor.org/rfc/rfc5322",
)

__all__ = ["MANIFEST", "check", "read"]


def read(request: Request) -> Reading:
    """The alerts of a mail; Malformed 422 where it is none or says nothing.

    Misconfigured where the source's own mapping can't work; ``check(settings)`` says so before.
    """
    rules = _mapping.rules(request.settings)
    found = {each.key: each for each in reading.alerts(mime.parse(posted.raw(request)), rules)}
    return Reading(tuple(found.values()))
