"""The rules for message components, old rows and Components V2, written from Discord's component
reference: what nests in what, how many, how long, and which ids must differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.support.discord.errors import Problems
from tests.support.discord.model import JSON

ROW, BUTTON, SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
SELECTS = (3, 5, 6, 7, 8)
V2_INSIDE = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
V2_TOP = (*V2_INSIDE, CONTAINER)
MOST_COMPONENTS, MOST_TEXT = 40, 4000


def walk(components: list[JSON]) -> Iterator[JSON]:
    """Every component, the nested ones and accessories too."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for one in ("accessory", "component"):
            if component.get(one):
                yield from walk([component[one]])


class ComponentCheck:
    """Checks one message's components and notes what is wrong."""

    def __init__(self, problems: Problems, v2: bool, files: set[str] | None = None) -> None:
        self.problems = problems
        self.v2 = v2
        self.files = files
        self.custom_ids: set[str] = set()
        self.ids: set[int] = set()
        self.count = 0
        self.text = 0

    def message(self, components: list[JSON]) -> None:
        """Checks the whole list at the top of a message."""
        most = MOST_COMPONENTS if self.v2 else 5
        if len(components) > most:
            words = f"Must be between 1 and {most} in length."
            self.problems.add("components", "BASE_TYPE_BAD_LENGTH", words)
        for i, component in enumerate(components):
            self.one(f"components.{i}", component, V2_TOP if self.v2 else (ROW,))
        if self.count > MOST_COMPONENTS and self.v2:
            words = f"The total number of components is {self.count}, at most {MOST_COMPONENTS}."
            self.problems.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", words)
        if self.text > MOST_TEXT:
            words = f"The displayable text is {self.text} long, at most {MOST_TEXT}."
            self.problems.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", words)

    def one(self, path: str, component: Any, allowed: tuple[int, ...]) -> None:
        """Checks one component and everything in it."""
        if not isinstance(component, dict) or component.get("type") not in allowed:
            said = component.get("type") if isinstance(component, dict) else component
            words = f'Value of field "type" must be one of {allowed} (was {said}).'
            self.problems.add(path, "UNION_TYPE_CHOICES", words)
            return
        self.count += 1
        number = component.get("id")
        if number:
            if number in self.ids:
                words = "Component ids must be unique within the message"
                self.problems.add(f"{path}.id", "COMPONENT_ID_DUPLICATED", words)
            self.ids.add(number)
        kind = component["type"]
        if kind in SELECTS:
            self.select(path, component)
        else:
            getattr(self, _CHECKS[kind])(path, component)

    def children(self, path: str, component: JSON, low: int, high: int) -> list[Any]:
        """The nested list, having checked how long it is."""
        inside = component.get("components")
        if not isinstance(inside, list):
            self.problems.required(f"{path}.components")
            return []
        if not low <= len(inside) <= high:
            words = f"Must be between {low} and {high} in length."
            self.problems.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", words)
        return inside

    def row(self, path: str, component: JSON) -> None:
        """A row: up to five buttons, or one select."""
        inside = self.children(path, component, 1, 5)
        kinds = [c.get("type") for c in inside if isinstance(c, dict)]
        if any(k in SELECTS for k in kinds) and len(kinds) > 1:
            words = "A row with a select holds nothing else."
            self.problems.add(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", words)
        for i, child in enumerate(inside):
            self.one(f"{path}.components.{i}", child, (BUTTON, *SELECTS))

    def custom_id(self, path: str, component: JSON) -> None:
        """1 to 100 characters and nowhere else in the message."""
        value = component.get("custom_id")
        if value is None:
            self.problems.required(f"{path}.custom_id")
        elif self.problems.length(f"{path}.custom_id", value, 1, 100):
            if value in self.custom_ids:
                words = "Component custom id cannot be duplicated"
                code = "COMPONENT_CUSTOM_ID_DUPLICATED"
                self.problems.add(f"{path}.custom_id", code, words)
            self.custom_ids.add(value)

    def button(self, path: str, component: JSON) -> None:
        """Styles 1 to 4 carry a custom_id, 5 a url; each has words or an emoji."""
        style = component.get("style")
        if style not in (1, 2, 3, 4, 5):
            self.problems.choices(f"{path}.style", (1, 2, 3, 4, 5))
        if component.get("label") is not None:
            self.problems.length(f"{path}.label", component["label"], 0, 80)
        if not component.get("label") and not component.get("emoji"):
            words = "A button needs a label or an emoji"
            self.problems.add(path, "BUTTON_COMPONENT_INVALID", words)
        if style != 5:
            self.custom_id(path, component)
            if component.get("url") is not None:
                words = "A url belongs to a link button only"
                self.problems.add(path, "BUTTON_COMPONENT_INVALID_URL", words)
            return
        if component.get("custom_id") is not None:
            words = "A custom id and url cannot both be specified"
            self.problems.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", words)
        if not component.get("url"):
            self.problems.required(f"{path}.url")
        elif self.problems.length(f"{path}.url", component["url"], 1, 512):
            self.scheme(f"{path}.url", component["url"], ("http", "https", "discord"))

    def scheme(self, path: str, url: str, schemes: tuple[str, ...]) -> None:
        """The scheme is one Discord opens."""
        if urlsplit(url).scheme not in schemes:
            words = f'Scheme "{urlsplit(url).scheme}" is not supported, must be one of {schemes}.'
            self.problems.add(path, "URL_TYPE_INVALID_SCHEME", words)

    def select(self, path: str, component: JSON) -> None:
        """A select: placeholder 150, string options 1 to 25 with distinct values."""
        self.custom_id(path, component)
        if component.get("placeholder") is not None:
            self.problems.length(f"{path}.placeholder", component["placeholder"], 0, 150)
        options = component.get("options") if component["type"] == SELECT else None
        most = 25
        if component["type"] == SELECT:
            if not isinstance(options, list) or not 1 <= len(options) <= 25:
                words = "Must be between 1 and 25 in length."
                self.problems.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", words)
            else:
                most = len(options)
                self.options(f"{path}.options", options)
        low = component.get("min_values")
        high = component.get("max_values")
        low = 1 if low is None else low
        high = 1 if high is None else high
        self.problems.number(f"{path}.min_values", low, 0, 25)
        if self.problems.number(f"{path}.max_values", high, 1, most) and low > high:
            words = "min_values cannot be greater than max_values"
            self.problems.add(f"{path}.min_values", "NUMBER_TYPE_MAX", words)
        defaults = sum(bool(o.get("default")) for o in options or [] if isinstance(o, dict))
        if defaults > high:
            words = "More options are chosen by default than may be chosen."
            self.problems.add(f"{path}.options", "SELECT_OPTION_DEFAULTS_EXCEEDED", words)

    def options(self, path: str, options: list[JSON], *, most: int = 100) -> None:
        """Options: label 100, value 100, description 100, values distinct."""
        values: set[str] = set()
        for i, option in enumerate(options):
            at = f"{path}.{i}"
            self.problems.length(f"{at}.label", option.get("label"), 1, most)
            value = option.get("value")
            if self.problems.length(f"{at}.value", value, 1, 100) and value in values:
                words = "The specified option value is already used"
                self.problems.add(f"{at}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words)
            values.add(str(value))
            if option.get("description") is not None:
                self.problems.length(f"{at}.description", option["description"], 0, 100)

    def section(self, path: str, component: JSON) -> None:
        """One to three texts with a button or a picture beside them."""
        for i, child in enumerate(self.children(path, component, 1, 3)):
            self.one(f"{path}.components.{i}", child, (TEXT,))
        if not component.get("accessory"):
            self.problems.required(f"{path}.accessory")
        else:
            self.one(f"{path}.accessory", component["accessory"], (BUTTON, THUMBNAIL))

    def text_display(self, path: str, component: JSON) -> None:
        """1 to 4,000 characters, and 4,000 over the whole message."""
        if self.problems.length(f"{path}.content", component.get("content"), 1, MOST_TEXT):
            self.text += len(component["content"])

    def thumbnail(self, path: str, component: JSON) -> None:
        """One picture."""
        self.media(path, component.get("media"), component.get("description"))

    def media(self, path: str, media: Any, description: str | None = None) -> None:
        """A web address, or attachment://name of a file in the same request."""
        url = media.get("url") if isinstance(media, dict) else None
        if not url:
            self.problems.required(f"{path}.media.url")
        else:
            self.scheme(f"{path}.media.url", url, ("http", "https", "attachment"))
            name = url.removeprefix("attachment://")
            if name != url and self.files is not None and name not in self.files:
                words = f"The referenced attachment {name} was not found."
                self.problems.add(f"{path}.media.url", "UNFURLED_MEDIA_ITEM_REFERENCE", words)
        if description is not None:
            self.problems.length(f"{path}.description", description, 1, 1024)

    def gallery(self, path: str, component: JSON) -> None:
        """One to ten pictures."""
        items = component.get("items") or []
        if not 1 <= len(items) <= 10:
            words = "Must be between 1 and 10 in length."
            self.problems.add(f"{path}.items", "BASE_TYPE_BAD_LENGTH", words)
        for i, item in enumerate(items):
            self.media(f"{path}.items.{i}", item.get("media"), item.get("description"))

    def file(self, path: str, component: JSON) -> None:
        """A file of this request."""
        self.media(path, component.get("file"))

    def separator(self, path: str, component: JSON) -> None:
        """A line or a gap."""
        if component.get("spacing") not in (None, 1, 2):
            self.problems.choices(f"{path}.spacing", (1, 2))

    def container(self, path: str, component: JSON) -> None:
        """A box with an accent bar."""
        if component.get("accent_color") is not None:
            self.problems.number(f"{path}.accent_color", component["accent_color"], 0, 0xFFFFFF)
        for i, child in enumerate(self.children(path, component, 1, MOST_COMPONENTS)):
            self.one(f"{path}.components.{i}", child, V2_INSIDE)


_CHECKS = {
    ROW: "row", BUTTON: "button", SECTION: "section", TEXT: "text_display", FILE: "file",
    THUMBNAIL: "thumbnail", GALLERY: "gallery", SEPARATOR: "separator", CONTAINER: "container",
}  # fmt: skip


def numbered(components: list[JSON]) -> list[JSON]:
    """The components with the `id` that Discord gives to those that came without one."""
    taken = {c["id"] for c in walk(components) if c.get("id")}
    fresh = (n for n in range(1, 10_000) if n not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(fresh)
    return components
