"""Reads a page as strictly as a validator would where it matters: tags, ids, labels, actions."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
SVG_EMPTY = {"path", "rect", "circle", "use"}
_BLOCKS = {"p", "div", "ul", "ol", "dl", "h1", "h2", "section", "form", "table", "details", "pre"}
_POINTS = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


class Page(HTMLParser):
    """What is wrong with a page, in ``faults``; ``tags`` are all of its elements."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._pointed: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]
        self.faults += [
            f"{what} points at no id" for what, at in self._pointed if at not in self._ids
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element begins."""
        given = dict(attrs)
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> says an attribute twice: {attrs}")
        self.tags.append((tag, given))
        self._look(tag, given)
        if tag in _BLOCKS and "p" in self._open:
            self.faults.append(f"<{tag}> stands in a <p>")
        if tag in {"a", "button"} and {"a", "button"} & set(self._open):
            self.faults.append(f"<{tag}> stands in another thing to press")
        if tag == "form" and "form" in self._open:
            self.faults.append("a form stands in a form")
        if tag not in VOID and tag not in SVG_EMPTY:
            self._open.append(tag)

    def _look(self, tag: str, given: dict[str, str | None]) -> None:
        name = given.get("id")
        if name is not None:
            if name in self._ids:
                self.faults.append(f"the id {name} is there twice")
            self._ids.add(name)
        for attr in _POINTS:
            self._pointed += [(f"{attr}={v}", v) for v in (given.get(attr) or "").split()]
        for attr, value in given.items():
            if attr == "style" or attr.startswith("on"):
                self.faults.append(f"<{tag} {attr}> is forbidden by the policy")
            bare = (value or "").strip().lower()
            if attr in {"href", "src", "action"} and not bare.startswith(
                ("/", "#", "https://", "http://")
            ):
                self.faults.append(f"<{tag} {attr}={value}> leads somewhere odd")

    def handle_endtag(self, tag: str) -> None:
        """One element ends; it must be the one that was opened last."""
        if tag in SVG_EMPTY:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:] or 'nothing'}")
            return
        self._open.pop()
