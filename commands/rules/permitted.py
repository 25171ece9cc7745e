"""Permissions of actions that say which values their parameters may have:
``action:st2:pg.*[cluster=staging-*,host=db-?|db-??]``.

What is asked is written alike, with the values themselves: ``action:st2:pg.restart[env=prod]``.
Without brackets it asks whether somebody may with *some* values, which is enough to be shown a
form and never enough to run it; ``[*]`` asks whether they may with any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from commands.rules.approving import values_of

ANY = "[*]"
_WHOLE = re.compile(r"(?P<name>[^\[\]]+)\[(?P<values>[^\[\]]*)\]")
_NAME, _GLOB = re.compile(r"[A-Za-z_][\w.-]*"), re.compile(r"[^\s,=\[\]|]+")
_LIVE = re.compile(
    r"""[\s;&|$`<>"'\\(){}\[\]?!]|(?:^|[/=:,])\.\.(?:$|[/,])"""
    r"""|(?:^|,)-(?!\d+(?:\.\d+)?(?:,|$))"""
)
"""What a shell would act on, ends a line, leads out of a folder or begins like an option: it is
meant by no wildcard but ``*`` alone."""
_APART = "@"
"""What makes a host of what stands behind it; a wildcard means it where it names it itself."""
_KEPT = str.maketrans({c: f"%{ord(c):02X}" for c in "%[],=| \t\r\n"})
_LONGEST = 200
_WILD = "*" * (_LONGEST + 1)
"""A wildcard that somebody would give away is covered by no number of question marks."""


def fitting(given: str, globs: Iterable[str]) -> bool:
    """Whether a value fits one of the globs; upper and lower case count. Where it is several with
    commas between, each must."""
    globs = tuple(globs)
    if "*" in globs or given in globs:
        return True
    if _LIVE.search(given) or not given.isprintable():
        return False
    return all(any(_fits(part, glob) for glob in globs) for part in given.split(","))


def _fits(part: str, glob: str) -> bool:
    apart = _APART in part and _APART not in glob
    return not apart and fnmatchcase(part.replace("*", _WILD), glob)


def _split(text: str) -> tuple[str, dict[str, tuple[str, ...]] | None]:
    """The name, and the globs or values by parameter; None without brackets."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return text, None
    pairs = (each.partition("=") for each in found["values"].split(",") if each)
    return found["name"], {
        name: tuple(unquote(one) for one in values.split("|")) for name, _, values in pairs
    }


def covers(pattern: str, asked: str) -> bool:
    """Whether a permission of an action covers what is asked."""
    name, globs = _split(pattern)
    wanted, values = _split(asked)
    if name != wanted and not ("*" in name and fnmatchcase(wanted, name)):
        return False
    if not globs or values is None:
        return True
    if asked.endswith(ANY):
        return False
    return all(
        name in values and all(fitting(value, some) for value in values[name])
        for name, some in globs.items()
    )


def asking(permission: str, params: Mapping[str, Any], patterns: Iterable[str]) -> str:
    """What is asked of who runs an action with these values: only those are named that one of the
    patterns speaks of."""
    named = dict.fromkeys(
        name
        for pattern in patterns
        if (found := _split(pattern))[1] and covers(found[0], permission)
        for name in found[1] or ()
    )
    said = (f"{name}={'|'.join(map(_written, _given(params.get(name))))}" for name in named)
    values = ",".join(said)
    return f"{permission}[{values}]" if values else permission


def _given(value: Any) -> tuple[str, ...]:
    return values_of(value) or ("",)


def _written(value: str) -> str:
    return value.translate(_KEPT)


def mistake(pattern: str) -> str | None:
    """What is wrong with the brackets of a permission; None where nothing is."""
    if "[" not in pattern and "]" not in pattern:
        return None
    found = _WHOLE.fullmatch(pattern)
    if found is None or not found["values"] or len(pattern) > _LONGEST:
        return f"{pattern}: write action:<name>[parameter=glob,parameter=glob|glob]"
    for each in found["values"].split(","):
        name, _, globs = each.partition("=")
        if not _NAME.fullmatch(name) or not all(map(_GLOB.fullmatch, globs.split("|"))):
            return f"{pattern}: {each or 'nothing'} is not like env=staging-*"
    return None
