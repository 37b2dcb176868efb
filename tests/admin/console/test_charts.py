"""Charts: drawn to a scale that four lines divide, with what is said of each part, and nothing that a stranger wrote as markup."""

from xml.etree import ElementTree

import pytest

from idp.admin.console.charts import Chart, highest


@pytest.mark.parametrize(
    ("columns", "top"),
    [
        ([], 4),
        ([(0, 0)], 4),
        ([(3, 1)], 4),
        ([(4, 1)], 8),
        ([(13,)], 20),
        ([(21,)], 40),
        ([(119,)], 120),
        ([(99_999,)], 120_000),
    ],
)
def test_scale_ends_at_a_round_number(columns: list[tuple[int, ...]], top: int) -> None:
    assert highest(columns) == top


def parts_of(drawn: str, *classes: str) -> list[tuple[str, float, float, float]]:
    """Class, upper edge, width and height of each part, in the order of drawing."""
    return [
        (part.attrib["class"], float(part.attrib["y"]), float(part.attrib["width"]), float(part.attrib["height"]))
        for part in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}rect")
        if part.attrib["class"] in classes
    ]


def test_columns_stand_on_the_ground_and_on_one_another() -> None:
    chart = Chart(name="c", title="T", description="D", hints=["a", "b"], classes=["low", "high"])
    parts = parts_of(chart.columns([(1, 3), (0, 2)]), "low", "high")

    assert [(name, y, height) for name, y, _, height in parts] == [
        ("low", 120.0, 40.0),
        ("high", 0.0, 120.0),
        ("high", 80.0, 80.0),
    ]


def test_shares_fill_the_bar() -> None:
    chart = Chart(name="c", title="T", description="D", hints=["a", "b", "c"], classes=["x", "y", "z"])

    assert [(name, width) for name, _, width, _ in parts_of(chart.shares([1, 0, 2]), *"xyz")] == [
        ("x", 240.0),
        ("z", 480.0),
    ]
    assert parts_of(chart.shares([0, 0, 0]), *"xyz") == []


def test_texts_are_escaped() -> None:
    hostile = '</title><script>alert("1")</script>'
    drawn = Chart(name="c", title=hostile, description=hostile, hints=[hostile], classes=["x"]).columns([(1,)])

    assert "<script>" not in drawn
    assert "style=" not in drawn
