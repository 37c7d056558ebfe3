"""Re-execute notebooks in place and store them so that a second run changes nothing. Usage:
execute.py [NOTEBOOK ...]

Pictures in PNG are packed without loss, by a third. Sound and the listening test are removed from
what is stored, as are times of execution, widget state and the Python version; figures and text
stay. A cell tagged `nbval-ignore-output` (timings, explorers) keeps the output it had.
"""

import base64
import os
import re
import sys
from pathlib import Path

import nbformat
import oxipng
from nbclient import NotebookClient

PLAYER = re.compile(r"<audio.*?</audio>", re.DOTALL)
PLACEHOLDER = "<em>▶ run this cell to listen</em>"
TEST = re.compile(r'<div class="listening-test">.*?</div>', re.DOTALL)
TEST_PLACEHOLDER = "<em>▶ run this cell to take the listening test</em>"
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    before = {cell.id: cell.get("outputs") for cell in notebook.cells}
    folder = {"metadata": {"path": path.parent}}
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", coalesce_streams=True, resources=folder
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            if "nbval-ignore-output" in cell.metadata.get("tags", []) and before[cell.id]:
                cell.outputs = before[cell.id]
            cell.outputs = [
                _as_stored(output) for output in cell.outputs if output.get("name") != "stderr"
            ]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    temporary = path.with_suffix(".partial")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)


def _as_stored(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    data = output.get("data", {})
    if "image/png" in data:
        packed = oxipng.optimize_from_memory(base64.b64decode(data["image/png"]), level=4)
        data["image/png"] = base64.b64encode(packed).decode()
    if "text/html" in data:
        text = TEST.sub(TEST_PLACEHOLDER, data["text/html"])
        data["text/html"] = PLAYER.sub(PLACEHOLDER, text)
    if data.pop(WIDGET, None):
        data["text/plain"] = "An explorer stands here when the notebook runs."
    return output


if __name__ == "__main__":
    folder = Path(__file__).parent
    first, *others = sorted(folder.glob("[0-9]*.ipynb"))
    every = [*others, first]  # 00 quotes the others
    for path in map(Path, sys.argv[1:] or every):
        print(path.name, flush=True)
        execute(path)
