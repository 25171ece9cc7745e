"""The kinds of import contract that pyproject.toml writes the layers in.

A contract may name modules that are not there yet: it begins to hold when they appear. All look
at direct imports only, because whatever is imported has a contract of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def _within(module: str, packages: Iterable[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)


def _imports(graph: ImportGraph, packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each direct import (importer, imported) of a module inside one of the packages."""
    inside = sorted(each for each in graph.modules if _within(each, packages))
    for importer in inside:
        if not graph.is_module_squashed(importer):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                yield importer, imported


class _DirectImports(Contract):
    """What the kinds share: they list the imports that break them."""

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = [
            (importer, imported, line["line_number"])
            for importer, imported in self.broken(graph)
            for line in graph.get_import_details(importer=importer, imported=imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, line in check.metadata["found"]:
            output.print_error(f"{importer} (l.{line}) imports {imported}", bold=False)


class Only(_DirectImports):
    """The modules import the standard library and what is allowed, nothing else."""

    modules: Any = fields.SetField(subfield=fields.StringField())
    allowed: Any = fields.SetField(subfield=fields.StringField())

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        for importer, imported in _imports(graph, self.modules):
            standard = imported.partition(".")[0] in sys.stdlib_module_names
            if not standard and not _within(imported, self.allowed):
                yield importer, imported


class Never(_DirectImports):
    """The modules import nothing that is forbidden, save what lies in their own package."""

    modules: Any = fields.SetField(subfield=fields.StringField())
    forbidden: Any = fields.SetField(subfield=fields.StringField())
    permitted: Any = fields.SetField(subfield=fields.StringField(), default=set())

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        for module in sorted(self.modules):
            for importer, imported in _imports(graph, [module]):
                own = _within(imported, [module])
                if own or _within(imported, self.permitted):
                    continue
                if _within(imported, self.forbidden):
                    yield importer, imported


class Strangers(_DirectImports):
    """No child of the package imports another child, save the shared ones and `_plumbing`."""

    package: Any = fields.StringField()
    shared: Any = fields.SetField(subfield=fields.StringField(), default=set())

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        children = sorted(graph.find_children(self.package))
        shared = {each for each in children if each.startswith(f"{self.package}._")} | self.shared
        for child in children:
            strangers = set(children) - shared - {child}
            for importer, imported in _imports(graph, [child]):
                if _within(imported, strangers):
                    yield importer, imported
