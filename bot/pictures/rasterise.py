"""The child that makes a PNG of one SVG: it reads the drawing, writes the picture, and ends. It
stands alone, so that it starts at once."""

# WHY a process: resvg holds the interpreter's lock while it draws, so that a thread would keep the
# server waiting as long as drawing itself. What goes wrong in here is over with the process.

from __future__ import annotations

import sys
from pathlib import Path

FONT = Path(__file__).with_name("fonts") / "sans.ttf"
_LETTERS = ((0x20, 0x24F), (0x370, 0x45F), (0x2000, 0x20BF), (0x2190, 0x2193), (0x2212, 0x2265))
"""What the font that comes along can write."""


def rasterised(svg: str, zoom: float) -> bytes:
    """The drawing as PNG. The font that comes along is enough for our own words on any machine;
    where a name has other letters the machine's fonts are looked for too."""
    import resvg_py

    own = all(c.isspace() or any(a <= ord(c) <= b for a, b in _LETTERS) for c in svg)
    return resvg_py.svg_to_bytes(
        svg_string=svg, zoom=zoom, skip_system_fonts=own, font_files=[str(FONT)],
        font_family="DejaVu Sans", sans_serif_family="DejaVu Sans",
    )  # fmt: skip


def main() -> None:
    """Standard input is the SVG, standard output the PNG."""
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(rasterised(svg, float(sys.argv[1])))


if __name__ == "__main__":
    main()
