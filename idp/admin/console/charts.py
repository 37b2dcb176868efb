"""Charts as SVG within the page: typed elements of svg.py, coloured by classes, so that they follow the colour scheme and the
Content-Security-Policy. They stretch to their place, and what is written beside them is the page's own text.

svg.py writes texts as they are, so what is written into an element is escaped here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import svg
from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 720, 160
_BAR_HEIGHT = 20
_FILLED = 0.72  # of a column's room
_LINES = 4


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart has: *name* makes its ids, *hints* are what its parts say when pointed at, *classes* colour them."""

    name: str
    title: str
    description: str
    hints: Sequence[str]
    classes: Sequence[str]

    def columns(self, columns: Sequence[Sequence[int]]) -> Markup:
        """Return columns from left to right, each a stack of numbers from the ground up."""
        top, room = highest(columns), _WIDTH / max(len(columns), 1)
        lines: list[svg.Element] = [
            svg.Line(x1=0, x2=_WIDTH, y1=y, y2=y, class_=["chart-line"])
            for y in (_HEIGHT * number / _LINES for number in range(_LINES + 1))
        ]
        for number, (stack, hint) in enumerate(zip(columns, self.hints, strict=True)):
            parts = self._stack(number * room, room, stack, _HEIGHT / top)
            lines.append(svg.G(elements=[_hint(hint), *parts], class_=["chart-column"]))
        return self._draw(lines, _HEIGHT)

    def shares(self, shares: Sequence[int]) -> Markup:
        """Return one bar that is divided from left to right."""
        scale, left, parts = _WIDTH / (sum(shares) or 1), 0.0, list[svg.Element]()
        parts.append(svg.Rect(x=0, y=0, width=_WIDTH, height=_BAR_HEIGHT, class_=["chart-ground"]))
        for share, hint, name in zip(shares, self.hints, self.classes, strict=True):
            part = _rectangle((left, left + share * scale), (0, _BAR_HEIGHT), name)
            left += share * scale
            if share:
                parts.append(svg.G(elements=[_hint(hint), part]))
        return self._draw(parts, _BAR_HEIGHT)

    def _stack(self, left: float, room: float, stack: Sequence[int], scale: float) -> list[svg.Element]:
        # The whole height answers to the pointer, so that a day without anything says so too.
        parts: list[svg.Element] = [svg.Rect(x=left, y=0, width=room, height=_HEIGHT, class_=["chart-ground"])]
        margin, ground = room * (1 - _FILLED) / 2, float(_HEIGHT)
        for number, name in zip(stack, self.classes, strict=True):
            if number:
                across, down = (left + margin, left + room - margin), (ground - number * scale, ground)
                parts.append(_rectangle(across, down, name))
            ground -= number * scale
        return parts

    def _draw(self, elements: Sequence[svg.Element], height: int) -> Markup:
        picture = svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, _WIDTH, height),
            preserveAspectRatio=svg.PreserveAspectRatio("none"),
            class_=["chart"],
            elements=[
                svg.Title(id=f"{self.name}-title", text=str(escape(self.title))),
                svg.Desc(id=f"{self.name}-description", text=str(escape(self.description))),
                *elements,
            ],
            extra={
                "role": "img",
                "aria-labelledby": f"{self.name}-title",
                "aria-describedby": f"{self.name}-description",
            },
        )
        return Markup(str(picture))  # noqa: S704 (every text in it was escaped)


def highest(columns: Sequence[Sequence[int]]) -> int:
    """Return the number that the scale ends at: 4, 8, 12 or 20 times a power of ten, so that four lines divide it."""
    most, power = max((sum(stack) for stack in columns), default=0), 1
    while 20 * power < most:
        power *= 10
    return next(power * factor for factor in (4, 8, 12, 20) if power * factor >= most)


def _hint(text: str) -> svg.Element:
    return svg.Title(text=str(escape(text)))


def _rectangle(across: tuple[float, float], down: tuple[float, float], name: str) -> svg.Element:
    return svg.Rect(
        x=round(across[0], 2),
        y=round(down[0], 2),
        width=round(across[1] - across[0], 2),
        height=round(down[1] - down[0], 2),
        class_=[name],
    )
