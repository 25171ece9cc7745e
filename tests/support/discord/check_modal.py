"""The rules for a modal: title 45, one to five rows, each a label with a field in it, a text, or
(the old way) an action row with one text input."""

from __future__ import annotations

from tests.support.discord.check_components import LABEL, ROW, SELECTS, TEXT, ComponentCheck
from tests.support.discord.errors import Problems
from tests.support.discord.model import JSON

TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 4, 19, 21, 22, 23
FIELDS = (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX)
MOST_ROWS = 5


def check_modal(body: JSON) -> None:
    """Raises what Discord would say to this modal."""
    problems = Problems()
    problems.length("data.title", body.get("title"), 1, 45)
    problems.length("data.custom_id", body.get("custom_id"), 1, 100)
    rows = body.get("components")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        words = f"Must be between 1 and {MOST_ROWS} in length."
        problems.add("data.components", "BASE_TYPE_BAD_LENGTH", words)
        rows = []
    inputs = _ModalCheck(problems, True)
    for i, row in enumerate(rows):
        inputs.modal_row(f"data.components.{i}", row)
    problems.raise_any()


class _ModalCheck(ComponentCheck):
    """The component rules plus the fields that only modals have."""

    def modal_row(self, path: str, row: JSON) -> None:
        """A label, a text, or an old action row."""
        kind = row.get("type")
        if kind == TEXT:
            self.text_display(path, row)
        elif kind == LABEL:
            self.problems.length(f"{path}.label", row.get("label"), 1, 45)
            if row.get("description") is not None:
                self.problems.length(f"{path}.description", row["description"], 1, 100)
            self.field(f"{path}.component", row.get("component") or {}, FIELDS, labelled=True)
        elif kind == ROW:
            inside = self.children(path, row, 1, 1)
            for i, child in enumerate(inside):
                self.field(f"{path}.components.{i}", child, (TEXT_INPUT,), labelled=False)
        else:
            words = f'Value of field "type" must be one of {(ROW, TEXT, LABEL)} (was {kind}).'
            self.problems.add(path, "UNION_TYPE_CHOICES", words)

    def field(self, path: str, field: JSON, allowed: tuple[int, ...], *, labelled: bool) -> None:
        """One field; inside a label it has no label of its own."""
        kind = field.get("type")
        if kind not in allowed:
            words = f'Value of field "type" must be one of {allowed} (was {kind}).'
            self.problems.add(path, "UNION_TYPE_CHOICES", words)
        elif kind in SELECTS:
            self.select(path, field)
        else:
            self.custom_id(path, field)
            if kind == TEXT_INPUT:
                self.text_input(path, field, labelled)
            elif kind in (RADIO, CHECKBOXES):
                low = 2 if kind == RADIO else 1
                options = field.get("options") or []
                if not low <= len(options) <= 10:
                    words = f"Must be between {low} and 10 in length."
                    self.problems.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", words)
                self.options(f"{path}.options", options)

    def text_input(self, path: str, field: JSON, labelled: bool) -> None:
        """A line or a paragraph of at most 4,000 characters."""
        problems = self.problems
        if field.get("style") not in (1, 2):
            problems.choices(f"{path}.style", (1, 2))
        if labelled and field.get("label"):
            words = "A text input inside a label has no label of its own."
            problems.add(f"{path}.label", "COMPONENT_LABEL_DUPLICATED", words)
        if not labelled:
            problems.length(f"{path}.label", field.get("label"), 1, 45)
        low, high = field.get("min_length"), field.get("max_length")
        low = 0 if low is None else low
        high = 4000 if high is None else high
        problems.number(f"{path}.min_length", low, 0, 4000)
        if problems.number(f"{path}.max_length", high, 1, 4000) and low > high:
            words = "min_length cannot be greater than max_length"
            problems.add(f"{path}.min_length", "NUMBER_TYPE_MAX", words)
        if field.get("placeholder") is not None:
            problems.length(f"{path}.placeholder", field["placeholder"], 0, 100)
        if field.get("value"):
            problems.length(f"{path}.value", field["value"], low, min(high, 4000))
