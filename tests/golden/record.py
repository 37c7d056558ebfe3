"""The golden record: what the package computes, what the notebooks print, what tables and weights
hold.

Usage: python tests/golden/record.py [--check]

Without an option it writes record.json anew; with `--check` it compares, and names what differs.
Values are those of every public function on fixed inputs (the files in `calls`, one function a
call). Another processor rounds otherwise: numbers are compared to five digits, everything else
exactly.
"""

import hashlib
import importlib
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECORD = HERE / "record.json"


def digest(value: Any) -> Any:
    """What is recorded of a value: numbers as they are, of many the sum, the size and an even
    sample.
    """
    if isinstance(value, torch.nn.Module):
        return {"parameters": sum(parameter.numel() for parameter in value.parameters())}
    if isinstance(value, pd.DataFrame | pd.Series):
        frame = value.to_frame() if isinstance(value, pd.Series) else value
        return {str(column): digest(frame[column].to_numpy()) for column in frame}
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "bifc":
            return [str(item) for item in value.ravel()[:50]]
        flat = value.ravel().astype(complex if value.dtype.kind == "c" else float)
        chosen = flat[np.linspace(0, flat.size - 1, min(flat.size, 40)).round().astype(int)]
        numbers = [flat.sum(), np.abs(flat).sum(), *chosen]
        return {"shape": list(value.shape), "numbers": [digest(number) for number in numbers]}
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return float(value)
    if isinstance(value, Figure):
        return [
            [ax.get_title(), ax.get_xlabel(), len(ax.images), len(ax.lines)] for ax in value.axes
        ]
    if isinstance(value, dict):
        return {str(key): digest(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [digest(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: digest(getattr(value, name)) for name in value.__dataclass_fields__}
    if hasattr(value, "children") and hasattr(value, "layout"):  # a widget
        return [digest(getattr(child, "options", None)) for child in value.children]
    if isinstance(value, str):
        return value if len(value) < 500 else {"length": len(value)}
    return type(value).__name__


def calls() -> Iterator[tuple[str, Callable]]:
    """Every call by name: the name of the function and, behind a dot, what is called on it."""
    for file in sorted((HERE / "calls").glob("*.py")):
        module = importlib.import_module(f"golden.calls.{file.stem}")
        for name, call in list(vars(module).items()):
            if name.startswith("call_"):
                yield f"{file.stem}.{name.removeprefix('call_')}", call


def value_of(call: Callable) -> list:
    """What one call keeps, from a fixed random state."""
    torch.manual_seed(0)
    np.random.seed(0)
    kept = []

    def keep(value):
        kept.append(digest(value))
        return value

    try:
        call(keep)
    except (
        ValueError,
        RuntimeError,
    ) as refusal:  # of bad input: what is said is part of what a function does
        kept.append(f"{type(refusal).__name__}: {refusal}")
    return kept


def texts() -> dict[str, list[str]]:
    """What each cell of the stored notebooks prints, by the cell's name and its first line."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            data = [
                output.get("text") or output.get("data", {}).get("text/plain")
                for output in cell.get("outputs", [])
            ]
            found.setdefault(f"{path.stem}/{cell.id}", []).extend(text for text in data if text)
    return {name: lines for name, lines in found.items() if lines}


def tables() -> dict[str, dict]:
    """What the shipped tables of results hold."""
    files = sorted((ROOT / "data" / "results").glob("*.csv"))
    return {file.stem: digest(pd.read_csv(file)) for file in files}


def weights() -> list[str]:
    """The hashes of the shipped weights."""
    files = (ROOT / "data" / "checkpoints").glob("*.safetensors")
    return sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


def same(ours: Any, theirs: Any, tolerance: float = 1e-5) -> bool:
    """Whether two digests agree: numbers to a share of themselves, those of an array to a share of
    the largest, for rounding leaves something else where they cancel.
    """
    if isinstance(ours, float) and isinstance(theirs, float):
        near = math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=1e-6)
        return near or (math.isnan(ours) and math.isnan(theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if {*ours} == {*theirs} == {"shape", "numbers"}:
            numbers = np.array(ours["numbers"], float), np.array(theirs["numbers"], float)
            return ours["shape"] == theirs["shape"] and same_numbers(*numbers, tolerance)
        return ours.keys() == theirs.keys() and all(
            same(ours[key], theirs[key], tolerance) for key in ours
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = zip(ours, theirs, strict=False)
        return len(ours) == len(theirs) and all(same(*pair, tolerance) for pair in pairs)
    return ours == theirs


def same_numbers(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> bool:
    """Whether the two sums and the sample of an array agree, each to a share of its largest."""
    agree = []
    for part in (slice(0, 2), slice(2, None)):
        sizes = np.abs(theirs[part])
        margin = tolerance * sizes[np.isfinite(sizes)].max(initial=0)
        agree.append(np.allclose(ours[part], theirs[part], 0, margin, equal_nan=True))
    return all(agree)


def main() -> None:
    torch.set_num_threads(1)
    from support import write_stand_ins

    with tempfile.TemporaryDirectory() as folder:
        os.environ["AUDIOXAI_DATA"] = folder
        write_stand_ins(Path(folder))
        record = {"values": {name: value_of(call) for name, call in calls()}}
    record |= {"texts": texts(), "tables": tables(), "weights": weights()}
    record = json.loads(json.dumps(record))
    if "--check" not in sys.argv:
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    stored = json.loads(RECORD.read_text(encoding="utf-8"))
    differing = [
        f"{part}: {name}"
        for part in ("values", "texts", "tables")
        for name in sorted({*stored[part], *record[part]})
        if not same(stored[part].get(name), record[part].get(name))
    ]
    differing += [] if stored["weights"] == record["weights"] else ["weights"]
    print("\n".join(differing) or "the golden record is equal")
    sys.exit(bool(differing))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    main()
