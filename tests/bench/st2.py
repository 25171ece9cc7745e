"""A StackStorm in a process of its own, whose executions all end at once when it is told."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

from tests.support.stackstorm import Running, StackStorm

LINES = 200


async def main(port: int) -> None:
    """Serve on a port until the process ends; SIGUSR1 ends every execution."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.set)

    async def script(run: Running) -> Any:
        for number in range(LINES):
            run.print(f"{number:04d} {run.params['host']} rewrites what it keeps\n")
        await told.wait()
        run.print(f"done on {run.params['host']}\n")
        return run.printed()

    st2 = StackStorm()
    st2._ports = [port, 0, 0, 0]
    st2.action("pg.rotate_wal", {"host": {"type": "string", "required": True}}, script=script)
    async with st2:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
