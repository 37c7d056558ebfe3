"""The stored notebooks: what their claim cells recorded, and how one is run again."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from .claims import RECORD

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def cell_and_record(notebook: Path | dict, claim: str) -> tuple[str | None, dict | None]:
    """The id of a claim's cell, and what it measured when the notebook ran.

    Parameters
    ----------
    notebook : Path or dict
        A stored notebook, or one in memory. Where there is none, both are None.
    claim : str
        An id of the ledger.

    Examples
    --------
    >>> cell_and_record({"cells": []}, "posthoc-audio/deep-shap")
    (None, None)
    """
    if isinstance(notebook, Path):
        if not notebook.exists():
            return None, None
        return cell_and_record(json.loads(notebook.read_text(encoding="utf-8")), claim)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(RECORD)
            if record and record["id"] == claim:
                return cell["id"], record
    return None, None


def run_notebook(file: Path, dataset: str = "synthetic", until: str | None = None) -> Any:
    """Run a notebook, or its cells as far as one; an error in a cell does not stop the others.

    Returns
    -------
    The notebook with its new outputs.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file, cell = Path(folder) / "small.ipynb", nbformat.v4.new_code_cell("1 / 0")
    ...     nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    ...     first_error(run_notebook(file))
    'ZeroDivisionError: division by zero'
    """
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += f"\nDATASET = {dataset!r}"
    if until is not None:
        last = [cell["id"] for cell in notebook.cells].index(until)
        notebook.cells = notebook.cells[: last + 1]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    options: dict[str, Any] = {"timeout": 600, "kernel_name": "python3", "allow_errors": True}
    folder = {"metadata": {"path": str(file.parent)}}
    with tempfile.TemporaryDirectory() as sockets:
        if os.name == "posix":  # kernels that start together may pick the same port
            through = {"transport": "ipc", "ip": f"{sockets}/kernel"}
            options["config"] = Config({"KernelManager": through})
        NotebookClient(notebook, resources=folder, **options).execute()
    return notebook


def first_error(notebook: Any) -> str:
    """The first error of a notebook that is not an exercise's, in a line.

    Examples
    --------
    >>> first_error({"cells": []})
    'it left no record'
    """
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    errors = [output for output in outputs if output["output_type"] == "error"]
    return f"{errors[0]['ename']}: {errors[0]['evalue']}" if errors else "it left no record"
