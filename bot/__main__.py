"""``python -m bot serve | try | vectors | import | token | audit | <any command>``."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command of the command line; the exit status."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["try"]:
        from bot.cli import trial

        return trial.run(args[1:], sys.stdout, sys.stderr)
    if args[:1] == ["vectors"]:
        from bot.cli import vectors

        return vectors.run(args[1:], sys.stdout, sys.stderr)
    if args[:1] == ["import"]:
        from bot.cli import importing

        return importing.run(args[1:], sys.stdout, sys.stderr)
    if args[:1] == ["worker"]:
        from bot.inventory import worker

        return worker.run(args[1:])
    from bot.cli.main import run

    return run(args)


if __name__ == "__main__":
    sys.exit(main())
