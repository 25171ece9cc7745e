"""The audit: one chain of rows per writer, all chains anchored into one, every edit visible; what
retention removes leaves its proof, what is erased is on record."""

from store.audit.chain import anchor, anchor_at, append, canonical, last_anchor, writers
from store.audit.checking import Flaw, Posted, Report, examine, verify
from store.audit.diff import Diff, watching
from store.audit.erasing import erase
from store.audit.exported import check_export
from store.audit.reading import Cursor, Entry, Sought, following, one, search
from store.audit.removed import ANCHORS, Broken, Stub, remove, stubs
from store.audit.salting import seal_salts

__all__ = [
    "ANCHORS",
    "Broken",
    "Cursor",
    "Diff",
    "Entry",
    "Flaw",
    "Posted",
    "Report",
    "Sought",
    "Stub",
    "anchor",
    "anchor_at",
    "append",
    "canonical",
    "check_export",
    "erase",
    "examine",
    "following",
    "last_anchor",
    "one",
    "remove",
    "seal_salts",
    "search",
    "stubs",
    "verify",
    "watching",
    "writers",
]
