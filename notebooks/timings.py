"""How long the notebooks take, measured and counted, for INSTRUCTORS.md. Usage: timings.py

Running is measured, on the machine that runs this. Working through is counted from what is stored:
150 words or 20 lines of code a minute, half a minute a figure, and the minutes that each exercise
names.
"""

import os
import re
import time
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient

from audioxai_lite.writing import write_whole

FOLDER = Path(__file__).parent
PAGE = FOLDER / "INSTRUCTORS.md"
TABLE = re.compile(r"(<!-- timings -->\n)(.*?)(<!-- end of timings -->)", re.DOTALL)


def counted(path: Path) -> dict[str, int]:
    """Minutes to read, to look and to exercise, and the sounds to hear, from what is stored."""
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown").partition(
        "## References"
    )[0]
    shown_prose = re.sub(r"<details>.*?</details>|\]\([^)]*\)", "", prose, flags=re.DOTALL)
    words = len(re.findall(r"\w+", shown_prose))
    code = [cell for cell in cells if cell.cell_type == "code"]
    lines = sum(bool(line.strip()) for cell in code for line in cell.source.splitlines())
    # The strip of a claim is read with its card, in a moment.
    shown = [cell for cell in code if "claim" not in cell.metadata.get("tags", [])]
    data = [output.get("data", {}) for cell in shown for output in cell.outputs]
    figures = sum(any(kind.startswith("image/") for kind in kinds) for kinds in data)
    exercises = [
        int(each) for each in re.findall(r"\*\*Exercise [\d.]+\*\* · [●○]+ · (\d+) min", prose)
    ]
    minutes = words / 150 + lines / 20 + figures / 2
    return {
        "read, look (min)": round(minutes),
        "with one exercise (min)": round(minutes) + max(exercises),
        "exercises (min)": sum(exercises),
        "work through (min)": 5 * round((minutes + sum(exercises)) / 5),
        "figures": figures,
        "players": sum(
            kinds.get("text/html", "").count("run this cell to listen") for kinds in data
        ),
    }


def measured(path: Path) -> dict[str, int]:
    """Seconds to run a notebook, and those of its slowest cell."""
    notebook = nbformat.read(path, as_version=4)
    folder, begun = {"metadata": {"path": path.parent}}, {}
    cells = []
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources=folder,
        on_cell_execute=lambda cell, cell_index: begun.update({cell_index: time.perf_counter()}),
        on_cell_executed=lambda cell, cell_index, execute_reply: cells.append(
            time.perf_counter() - begun[cell_index]
        ),
    )
    start = time.perf_counter()
    client.execute()
    return {"run (s)": round(time.perf_counter() - start), "slowest cell (s)": round(max(cells))}


def table(rows: dict[str, dict]) -> str:
    """The rows, by notebook, as Markdown."""
    frame = pd.DataFrame(rows).T
    total = frame.sum().rename("all")
    total["slowest cell (s)"] = frame["slowest cell (s)"].max()
    lines = [["notebook", *frame.columns], ["---"] * (frame.shape[1] + 1)]
    lines += [
        [name, *row]
        for name, row in zip([*frame.index, "all"], [*frame.to_numpy(), total], strict=True)
    ]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    rows = {}
    for path in sorted(FOLDER.glob("[0-9]*.ipynb")):
        rows[path.stem] = measured(path) | counted(path)
        print(path.stem, rows[path.stem], flush=True)
    write_whole(PAGE, TABLE.sub(lambda found: f"{found[1]}{table(rows)}\n{found[3]}", page))
    print(f"measured with {os.cpu_count()} cores; {PAGE.name} has the table")
