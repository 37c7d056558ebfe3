"""Trained weights that come with the course: safetensors files, and a manifest that says what they are."""

import hashlib
import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

FOLDER = Path(__file__).parents[2] / "data" / "checkpoints"


class CheckpointError(RuntimeError):
    """Weights that are absent, altered, or made for another model; the message says which, where, and what to do."""


def manifest(folder: Path = FOLDER) -> dict[str, dict]:
    """What each checkpoint is, by name: sha256, command, data_seed, metrics, versions."""
    file = folder / "manifest.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def save(
    model: nn.Module, name: str, command: str, data_seed: int, metrics: dict[str, float], folder: Path = FOLDER
) -> None:
    """Store a model's weights as `NAME.safetensors` and describe them in the manifest, each in one step.

    Parameters
    ----------
    model : nn.Module
    name : str
    command : str
        What makes these weights again.
    data_seed : int
        Of the data that it was trained on.
    metrics : dict of str to float
        What it reaches, on data that it was not chosen by.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.safetensors"
    partial = file.with_suffix(".partial")
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, partial)
    entry = {
        "sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
        "command": command,
        "data_seed": data_seed,
        "metrics": metrics,
        "versions": {package: version(package).split("+")[0] for package in ("audioxai_lite", "torch")},
    }
    os.replace(partial, file)
    partial = folder / "manifest.partial"
    entries = dict(sorted({**manifest(folder), name: entry}.items()))
    partial.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, folder / "manifest.json")


def load(model: nn.Module, name: str, folder: Path = FOLDER) -> dict:
    """Fill a model with stored weights, in evaluation mode, and return what the manifest says of them.

    Raises
    ------
    CheckpointError
        If the file is not there, is not listed, has another hash than the manifest's, or does not fit the model.
    """
    file, entry = folder / f"{name}.safetensors", manifest(folder).get(name)
    if entry is None or not file.exists():
        raise CheckpointError(f"{file} is not there, or not in the manifest.")
    if hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
        remedy = f"Make it again: {entry['command']}"
        raise CheckpointError(f"{file} is damaged or was replaced: its hash is not the manifest's. {remedy}")
    try:
        model.load_state_dict(load_file(file))
    except RuntimeError as error:
        raise CheckpointError(f"{file} was made for another model: {str(error).splitlines()[1].strip()}") from error
    model.eval()
    return entry


def load_or_train(model: nn.Module, name: str, train: Callable[[nn.Module], None], folder: Path = FOLDER) -> nn.Module:
    """The shipped weights when they are intact; otherwise say why not, and train.

    Parameters
    ----------
    model : nn.Module
        Filled in place.
    name : str
        Of the checkpoint.
    train : callable (model) -> None
        Called when there is nothing to load.

    Returns
    -------
    The model, in evaluation mode.
    """
    try:
        load(model, name, folder)
    except CheckpointError as error:
        print(f"{error}\nTraining it now.")
        train(model)
    return model.eval()
