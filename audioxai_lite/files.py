"""Recordings on disk, explained one by one; one that cannot be read costs only itself. What `python
-m audioxai_lite explain` does. Taught in notebook 14.
"""

import functools
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import joblib
import pandas as pd

from .audio_model import AudioModel
from .datasets.on_disk import visible
from .parallel import results_in_order
from .reports import explain_file
from .sound.decoding import READABLE

# These are named as faults, for a recording that is passed over in silence would be missed.
SUFFIXES = (*READABLE, ".m4a", ".aac", ".wma", ".amr")


def model_from(spec: str) -> AudioModel:
    """The model that "package.module:function" makes.

    Parameters
    ----------
    spec : str
        A function without arguments that returns an `AudioModel`, in a module that Python finds
        from the current folder.

    Raises
    ------
    ValueError
        If there is no such function, or it returns something else.

    Examples
    --------
    >>> model_from("json:loads")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: json:loads could not be called (TypeError: ...): name a function without arguments
    """
    module, _, function = spec.partition(":")
    if not module or not function:
        raise ValueError(f"name the model as package.module:function, not {spec!r}")
    sys.path.insert(0, os.getcwd())
    try:
        maker = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{spec} is not there ({error}): package.module:function") from error
    finally:
        sys.path.pop(0)
    try:
        model = maker()
    except TypeError as error:
        said = f"{type(error).__name__}: {error}"
        raise ValueError(
            f"{spec} could not be called ({said}): name a function without arguments"
        ) from error
    if not isinstance(model, AudioModel):
        raise ValueError(f"{spec} returns a {type(model).__name__}, not an AudioModel")
    return model


def sound_files(paths: Sequence[str | os.PathLike]) -> list[Path]:
    """The files named, and those in the folders named, each once; hidden ones are left out.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> sound_files(["dog.wav", "./dog.wav"])
    [PosixPath('dog.wav')]
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        within = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in SUFFIXES]
        for file in within if path.is_dir() else [path]:
            if visible(file, path if path.is_dir() else path.parent):
                found.setdefault(file.resolve(), file)
    if not found:
        raise ValueError(f"there is no sound file among these: {', '.join(map(str, paths))}")
    return list(found.values())


def explain_files(
    files: list[Path],
    spec: str,
    folder: str | os.PathLike,
    method: str | None = None,
    target: str | None = None,
    seconds: float = 5.0,
) -> pd.DataFrame:
    """Explain every file; a file that cannot be explained costs only itself.

    Runs as joblib is configured. What has its report in the folder already is not made again.

    Parameters
    ----------
    files : list of Path
        From `sound_files`.
    spec : str
        See `model_from`.
    folder : path
        Gets NAME.html, NAME.json and NAME.txt (labels for Audacity) for each file, in folders as
        those of the files.
    method, target, seconds
        See `explain_file`.

    Returns
    -------
    DataFrame
        file, state ("made", "there already" or the fault), answer, and the report.

    Examples
    --------
    >>> import tempfile
    >>> spec = "audioxai_lite.course.nb14.demo:demo_model"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = explain_files([Path("absent.wav")], spec, folder)
    >>> table["state"].item()
    'absent.wav: there is no such file. Check the name and the folder.'
    """
    _cached_model(spec)  # a model that cannot be made is told once, not for every file
    tasks = [
        joblib.delayed(_explained)(file, spec, stem, method, target, seconds)
        for file, stem in _places(files, Path(folder)).items()
    ]
    return pd.DataFrame(results_in_order(tasks, len(files), "recording", len(files) > 1))


def _places(files: list[Path], folder: Path) -> dict[Path, Path]:
    """Where each file's report goes, without an ending: as the files lie below the folder that they
    share, so that no two are the same. Two that differ in their ending alone keep it.
    """
    whole = [file.resolve() for file in files]
    shared = Path(os.path.commonpath([file.parent for file in whole]))
    bare = [file.with_suffix("") for file in whole]
    return {
        file: folder
        / (path if bare.count(path.with_suffix("")) > 1 else path.with_suffix("")).relative_to(
            shared
        )
        for file, path in zip(files, whole, strict=True)
    }


@functools.cache
def _cached_model(spec: str) -> AudioModel:
    """Weights are loaded once a process."""
    return model_from(spec)


def _explained(
    file: Path, spec: str, stem: Path, method: str | None, target: str | None, seconds: float
) -> dict[str, str]:
    report = stem.with_name(f"{stem.name}.html")
    row = {"file": str(file), "state": "there already", "answer": "", "report": str(report)}
    if report.exists():
        return row
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        answer = explain_file(_cached_model(spec), file, stem, method, target, seconds)
    except Exception as error:
        said = str(error) or type(error).__name__
        return row | {"state": said, "report": ""}
    return row | {"state": "made", "answer": answer}
