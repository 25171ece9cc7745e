"""Secrets are compared in constant time: an ordinary comparison tells by its time how much fits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("integrations", "bot", "commands", "store")
SECRET_WORDS = frozenset((
    "signature", "signatures", "secret", "secrets", "token", "tokens", "digest", "mac", "macs",
    "hmac", "password", "csrf", "hexdigest", "checksum",
))  # fmt: skip

_OURS = "both sides are our own settings or memory; nobody outside chooses one"
_RECORD = (
    "verification of the record, by whoever has the key and both texts; it tells where a flaw is, "
    "and never lets anybody in"
)
_PAGES = "where the next page of a list begins, as the other side says it: no secret of ours"
_NAMED = "the names of parameters whose values are secret"
_AS_IT_WAS = "whether an automation is as it was when it began; it lets nobody in"
ALLOWED: dict[tuple[str, str], str] = {
    ("bot/discord/look.py", "p.token not in there"): "the name of a button, no secret",
    ("bot/slack/board.py", "token not in self._sockets"): _OURS,
    ("bot/slack/board.py", "other.app_token != surface.app_token"): _OURS,
    ("bot/slack/board.py", "s.app_token == token"): _OURS,
    ("bot/slack/board.py", "s.secret in mine"): "those whose signature was found right before",
    ("commands/rules/lists.py", "filters.of_tokens([text]) == Filter(words=(text,))"):
        "words of a filter, no secret",
    ("bot/forming.py", "filling_in.CHOSEN not in token"): "the token of a form, no secret",
    ("commands/automation/dry_running.py", "k not in preparing.secrets_of(offer)"): _NAMED,
    ("commands/automation/failing.py", "name not in one.secret"): _NAMED,
    ("commands/automation/hiding.py", "name in secret"): _NAMED,
    ("commands/automation/listing.py", "k not in one.secret"): _NAMED,
    ("commands/automation/offering.py", "n not in last.secret"): _NAMED,
    ("commands/automation/permitting.py", "name not in secret"): _NAMED,
    ("commands/automation/repeating.py", "n not in old.secret"): _NAMED,
    ("commands/automation/telling.py", "name in secret"): _NAMED,
    ("commands/rules/allowing.py", "name in secret"): _NAMED,
    ("commands/rules/answering.py", "name in secret"): _NAMED,
    ("commands/rules/orquesta.py", "name in task.secret"): _NAMED,
    ("commands/rules/workflow.py", "name in task.secret"): _NAMED,
    ("commands/automation/going.py", "rule.digest != run.digest"): _AS_IT_WAS,
    ("commands/automation/going.py", "rule.digest == run.digest"): _AS_IT_WAS,
    ("commands/automation/switching.py", "run.digest != rule.digest"): _AS_IT_WAS,
    ("integrations/stackstorm/tickets.py", "used.get('X-Auth-Token') == self._token"): _OURS,
    ("integrations/_cloud/rest.py", "token in seen"): _PAGES,
    ("integrations/aws/calls.py", "(token := str(following)) in seen"): _PAGES,
    ("integrations/azure/arm.py", "token not in seen"): _PAGES,
    ("integrations/gcp/billing.py", "token in seen"): _PAGES,
    ("integrations/gcp/checking.py", "token in seen"): _PAGES,
    ("integrations/kubernetes/api.py", "token == before"): _PAGES,
    ("store/inventory/resources.py", "row.digest != digest"):
        "whether a resource is as it was, of a keyed hash; it lets nobody in",
    ("store/crypto.py", "n not in self._secrets"): "the number of a key",
    ("store/key_sources.py", "taken.setdefault(number, secret) != secret"): _OURS,
}  # fmt: skip
"""(file, comparison as written) → why it may be ordinary."""
ALLOWED_FOLDERS = {"store/audit/": _RECORD}
"""The beginning of a file's path → why its comparisons may be ordinary."""


def _names(node: ast.expr) -> Iterator[str]:
    """The names a side of a comparison is called by: the last of an attribute, what is called."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Call):
        yield from _names(node.func)
    elif isinstance(node, ast.Subscript):
        yield from _names(node.value)
        yield from _names(node.slice)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.NamedExpr):
        yield from _names(node.target)
        yield from _names(node.value)


def _is_secret(node: ast.expr) -> bool:
    """A word of a name in a lower-case variable; a bare word is a word, no secret, and neither is
    the number of a token or a column, which the database compares."""
    if isinstance(node, ast.Constant) or _is_column(node):
        return False
    named = (n for n in _names(node) if not n.isupper() and not n.endswith("_id"))
    return any(SECRET_WORDS & set(name.lower().strip("_").split("_")) for name in named)


def _is_column(node: ast.expr) -> bool:
    """``TABLE.c.name``."""
    table = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(table, ast.Attribute) and table.attr == "c"


def _is_plain(node: ast.expr) -> bool:
    """What no attacker can approach by degrees: a word or number of the source itself."""
    if isinstance(node, (ast.Tuple, ast.Set, ast.List)):
        return all(_is_plain(each) for each in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _is_plain(node.operand)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def compared(text: str) -> list[str]:
    """The comparisons of secrets in a module that are ordinary ones, as they are written."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Compare):
            continue
        sides = (node.left, *node.comparators)
        ordinary = any(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops)
        searched = isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(
            node.left, ast.Constant
        )
        plain = any(map(_is_plain, sides)) or any(map(_is_column, sides))
        if ordinary and not searched and not plain and any(map(_is_secret, sides)):
            found.append(ast.unparse(node))
    return found


def test_no_secret_is_compared_with_an_ordinary_comparison() -> None:
    found = {
        (where, said)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not (where := path.relative_to(ROOT).as_posix()).startswith(tuple(ALLOWED_FOLDERS))
        for said in compared(path.read_text())
    }
    assert sorted(found - set(ALLOWED)) == []
    assert sorted(set(ALLOWED) - found) == [], "allowed and not there any more"


@pytest.mark.parametrize("code", [
    "if signature == mine: pass", "ok = request.token != row.secret", "x = secret in known",
    "y = hmac.new(k, b, 'x').hexdigest() == told", "z = headers['signature'] == due",
    "if (digest := found(x)) == due: pass", "a = their_mac not in macs",
    ])  # fmt: skip
def test_a_comparison_of_a_secret_is_found(code: str) -> None:
    assert compared(code)


@pytest.mark.parametrize("code", [
    "if hmac.compare_digest(signature, mine): pass", "x = token == ''", "y = 'secret' in settings",
    "z = secret is None", "a = kind == 'token'", "b = token in ('', '-')", "c = mode == OFF",
    "d = TABLE.c.secret_hash == hashed", "e = token_id == own",
])  # fmt: skip
def test_words_are_no_secrets(code: str) -> None:
    assert not compared(code)
