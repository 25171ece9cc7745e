"""What can be done in AWS, as it is offered; how it is done is in ``acting``."""

from __future__ import annotations

from integrations.base import Action, Param

ACTIONS = (
    Action(
        "aws.reboot", "Reboot the instance", ("server",),
        "A clean restart by the operating system; the addresses and disks stay.", dangerous=True,
    ),
    Action("aws.start", "Start the instance", ("server",), "Starts a stopped instance."),
    Action(
        "aws.stop", "Stop the instance", ("server",),
        "Shuts the instance down; what lies on instance store disks is lost.",
        (Param("force", "flag", "Pull the plug where it does not shut down.", default=False),),
        dangerous=True,
    ),
    Action(
        "aws.scale", "Scale the group", ("autoscaler",),
        "Sets how many instances an Auto Scaling group has, within its minimum and maximum.",
        (
            Param("desired", "number", "How many instances it is to have."),
            Param("by", "number", "Or how many more it is to have: 1, or -1 for one less."),
        ),
        dangerous=True,
    ),
)  # fmt: skip
