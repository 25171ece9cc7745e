"""Every limit of Block Kit, so that a wrong payload fails here as it would at Slack."""

from .blocks import check_attachments, check_blocks, check_metadata, check_view
from .elements import check_options
from .walk import Problems

__all__ = [
    "Problems",
    "check_attachments",
    "check_blocks",
    "check_metadata",
    "check_options",
    "check_view",
]
