"""The stored notebooks: what their claim cells recorded, and how one is run again."""

import ast
import json
import os
import re
import symtable
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


def run_notebook(file: Path, dataset: str = "synthetic", needed_by: str | None = None) -> Any:
    """Run a notebook, or what one of its cells needs; an error in a cell does not stop the others.

    Parameters
    ----------
    file : Path
    dataset : "synthetic" or "esc10"
    needed_by : str, optional
        The id of a cell: it alone is run, and before it what `cells_needed` says. None runs all.

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
    if needed_by is not None:
        notebook.cells = cells_needed(notebook.cells, needed_by)
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


def cells_needed(cells: list, last: str) -> list:
    """The cells of code that one needs, in order, and it as the last: those that bind a name that
    it uses, or change what the name stands for; those that these need in turn; and imports and
    parameters.

    Parameters
    ----------
    cells : list
        Of a notebook.
    last : str
        The id of one.

    Examples
    --------
    >>> sources = "x = 1", "y = 2", "z = [x]", "z.append(3)", "print(z)"
    >>> cells = [nbformat.v4.new_code_cell(x, id=name) for name, x in zip("abcde", sources)]
    >>> [cell["source"] for cell in cells_needed(cells, "e")]
    ['x = 1', 'z = [x]', 'z.append(3)', 'print(z)']
    """
    place = [cell["id"] for cell in cells].index(last)
    kept, names = [cells[place]], _names(cells[place].source)[0]
    for cell in reversed(cells[:place]):
        if cell["cell_type"] != "code":
            continue
        used, bound, changed = _names(cell.source)
        lines, imports = ast.parse(cell.source).body, (ast.Import, ast.ImportFrom)
        imported = any(isinstance(line, imports) for line in lines)
        setup = imported or "parameters" in cell.metadata.get("tags", [])
        if setup or names & (bound | changed):
            kept.insert(0, cell)
            names = (names - bound) | used
    return kept


def _names(source: str) -> tuple[set[str], set[str], set[str]]:
    """The names that code uses without having bound them, that it always binds, and whose values it
    may change or bind.
    """
    used: set[str] = set()
    bound: set[str] = set()
    changed: set[str] = set()
    for statement in ast.parse(source).body:
        free, binds = _of_statement(ast.unparse(statement))
        loop = isinstance(statement, ast.For | ast.With)
        used |= free - bound - (binds if loop else set())
        always = not isinstance(statement, ast.If | ast.For | ast.While | ast.Try)
        (bound if always else changed).update(binds)
        for node in ast.walk(statement):
            changed |= _changed_by(node)
    return used, bound, changed


def _of_statement(source: str) -> tuple[set[str], set[str]]:
    """The names that a statement uses, those inside its functions and those that pandas looks up
    (`table.query("data == @DATA")`), too, and those that it binds.
    """
    table = symtable.symtable(source, "cell", "exec")
    symbols = table.get_symbols()
    used = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    used |= set(re.findall(r"@(\w+)", source))
    inner = list(table.get_children())
    while inner:
        scope = inner.pop()
        used |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
        inner += scope.get_children()
    return used, {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def _changed_by(node: ast.AST) -> set[str]:
    """The name whose value a piece of code changes: by assignment to a part of it, by x += 1, or by
    a method called for its effect.
    """
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    changed: ast.AST = node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        changed = node.value.func
    elif not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return set()
    inside = False
    while isinstance(changed, ast.Subscript | ast.Attribute):
        changed, inside = changed.value, True
    return {changed.id} if inside and isinstance(changed, ast.Name) else set()
