"""Trained weights on disk: safetensors files, each with a manifest that says what they are. Taught
in notebook 02.
"""

import hashlib
import json
import os
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ..version import version_of
from ..writing import restoring


class CheckpointError(RuntimeError):
    """Weights that are absent, altered, or made for another model; the message says which, where,
    and what to do.
    """


def save(
    model: nn.Module,
    name: str,
    command: str,
    data_seed: int | None,
    metrics: dict[str, float],
    folder: Path,
    half: bool = False,
) -> None:
    """Store a model's weights as `NAME.safetensors`, then what they are as `NAME.json`, each in one
    step.

    The manifest holds the arguments below, the file's sha256 and the versions of the packages.

    Parameters
    ----------
    model : nn.Module
    name : str
    command : str
        What makes these weights again.
    data_seed : int or None
        Of the data that it was trained on; None for recordings.
    metrics : dict of str to float
        What it reaches, on data that it was not chosen by.
    folder : Path
        Made when it is not there.
    half : bool, default False
        Store 16-bit numbers: half the size. Measure what it reaches after loading it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(nn.Linear(2, 1), "small", "python train.py", 0, {"auc": 0.9}, Path(folder))
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['small.json', 'small.safetensors']
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.safetensors"
    partial = file.with_suffix(".partial")
    state = {key: value.contiguous() for key, value in model.state_dict().items()}
    if half:
        floats = {key: value.half() for key, value in state.items() if value.is_floating_point()}
        state |= floats
    save_file(state, partial)
    entry = {
        "sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
        "command": command,
        "data_seed": data_seed,
        "metrics": metrics,
        "versions": {name: version_of(name) for name in ("audioxai_lite", "torch")},
    }
    os.replace(partial, file)
    partial.write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, file.with_suffix(".json"))


def load(model: nn.Module, name: str, folder: Path) -> dict:
    """Fill a model with stored weights, in evaluation mode, and return what the manifest says of
    them.

    Raises
    ------
    CheckpointError
        If the file or its manifest is not there, its hash is another than the manifest's, or it
        does not fit the model.

    Examples
    --------
    >>> import tempfile
    >>> trained, fresh = nn.Linear(2, 1), nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(trained, "small", "python train.py", 0, {}, Path(folder))
    ...     load(fresh, "small", Path(folder))["command"]
    'python train.py'
    >>> fresh.weight.equal(trained.weight), fresh.training
    (True, False)
    """
    file = folder / f"{name}.safetensors"
    manifest = file.with_suffix(".json")
    if not (file.is_file() and manifest.is_file()):
        restore = restoring(file, manifest)
        raise CheckpointError(f"{file} is not there, or its manifest {name}.json. {restore}")
    try:
        entry = json.loads(manifest.read_text(encoding="utf-8"))
        sha256, command = entry["sha256"], entry["command"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{manifest} is damaged. {restoring(manifest)}") from error
    if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        raise CheckpointError(
            f"{file} is damaged or was replaced: its hash is not the manifest's. "
            f"{restoring(file, manifest)} Or make it again: {command}"
        )
    try:
        model.load_state_dict(load_file(file))
    except SafetensorError as error:
        raise CheckpointError(f"{file} holds no weights ({error}). {restoring(file)}") from error
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(
            f"{file} was made for another model than this {type(model).__name__}: {reason} "
            "Make the model with the sizes that it was trained with."
        ) from error
    model.eval()
    return entry
