"""What INSTRUCTORS.md says of the notebooks is so: sections exist, times and counts are those of
what is stored.
"""

import re

import nbformat
import pytest
from support import ROOT, script

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
timings = script("timings")
PAGE = timings.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_the_table_and_the_card_say_how_long_a_notebook_takes(path):
    header, *rows = [
        line.strip("| ").split(" | ") for line in timings.TABLE.search(PAGE)[2].splitlines()
    ]
    (row,) = [dict(zip(header, row, strict=True)) for row in rows if row[0] == path.stem]
    for name, number in timings.counted(path).items():
        assert int(row[name]) == pytest.approx(
            number, abs=0 if name in ("exercises (min)", "figures", "players") else 5
        ), name
    assert 0 < int(row["slowest cell (s)"]) <= int(row["run (s)"]) < 240
    card = nbformat.read(path, as_version=4).cells[0].source
    minutes = int(re.search(r"bout (\d+) minutes (to work through|with all)", card)[1])
    assert minutes == pytest.approx(int(row["work through (min)"]), abs=5)
    assert timings.counted(path)["with one exercise (min)"] <= 60
    plan = nbformat.read(PATHS[0], as_version=4)
    (line,) = re.findall(
        rf"^\| \*\*{path.stem[:2]} .*$", "\n".join(cell.source for cell in plan.cells), re.MULTILINE
    )
    assert f"| {minutes} min |" in line


def test_every_section_and_exercise_that_the_plans_name_exists():
    cells = [cell for path in PATHS for cell in nbformat.read(path, as_version=4).cells]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    named = re.findall(
        r"\b0?(\d\.\d+)\b", PAGE.partition("## One hour")[2].partition("## A class without")[0]
    )
    assert len(named) > 60
    for number in set(named):
        assert re.search(
            rf"^## {re.escape(number)} |\*\*Exercise {re.escape(number)}\*\*", text, re.MULTILINE
        ), number


@pytest.mark.parametrize("title", ["One hour", "Half a day", "A full day", "Two days"])
def test_the_plans_add_up(title):
    plan = re.split(rf"\n## {title}", PAGE)[1].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+):(\d\d) \| (\d+) min \|", plan, re.MULTILINE)
    clock = [60 * int(hours) + int(minutes) for hours, minutes, _ in rows]
    ends = [start + int(length) for start, (*_, length) in zip(clock, rows, strict=True)]
    assert clock == [0, *ends[:-1]]
    hours, minutes = map(int, re.search(r"\((\d+) hours? (\d+) minutes", plan).groups())
    first_day = 7 * 60 + 30 if title == "Two days" else 0
    assert first_day + ends[-1] == 60 * hours + minutes
