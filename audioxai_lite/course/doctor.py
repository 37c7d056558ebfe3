"""Is this machine ready for the course? `python -m audioxai_lite doctor`, and the first cells of
notebook 00.
"""

import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from platform import python_version
from typing import cast

import numpy as np
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

PACKAGE = "audioxai_lite"
NEEDED_SPACE = 2e9  # bytes: ESC-50 with its archive takes 1.5 GB
INSTALL = "Install the course again: `python -m pip install -e .` in its folder"


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is `ok`, the `detail` found, and the `remedy` for a fault."""

    name: str
    ok: bool
    detail: str
    remedy: str


def checks() -> list[Check]:
    """Look at everything the course needs: versions, sound files, disk, torch, Jupyter. Takes a few
    seconds.

    Returns
    -------
    list of Check
        Always the same ones in the same order. A check that fails with an error is a fault; none
        raises.

    Examples
    --------
    >>> [check.name for check in checks()][:2]
    ['Python version', 'package versions']
    """
    return [
        _check(
            "Python version",
            _python,
            "Make an environment with a Python that fits, see environment.yml",
        ),
        _check("package versions", _packages, INSTALL),
        _check(
            "torch and torchaudio match", _torch_pair, f"{INSTALL}; both must have the same version"
        ),
        _check(
            "wav, flac and ogg can be written and read",
            _sound_files,
            "Install soundfile 0.13 or newer with pip",
        ),
        _check(
            "2 GB of free disk space",
            _disk_space,
            "Free some space, or set AUDIOXAI_DATA to another disk",
        ),
        _check(
            "the data folder can be written to",
            _data_folder,
            "Set AUDIOXAI_DATA to a folder of your own",
        ),
        _check("torch computes a spectrogram", _stft, INSTALL),
        _check("JupyterLab and ipywidgets are installed", _jupyter, INSTALL),
    ]


def report(results: list[Check], versions: bool = True) -> str:
    """The checks as text, with a remedy below every fault.

    Parameters
    ----------
    results : list of Check
        From `checks()`.
    versions : bool, default True
        Show what was found: versions, free space, folders. False gives a text that is the same on
        every machine that is in order, which is what a notebook can store.

    Examples
    --------
    >>> full = Check("2 GB of free disk space", False, "0.3 GB are free", "Free some space")
    >>> print(report([full]))
    FAULT  2 GB of free disk space: 0.3 GB are free
           Free some space.
    1 of 1 checks found a fault.
    """
    lines = []
    for result in results:
        lines.append(f"{'ok   ' if result.ok else 'FAULT'}  {result.name}")
        if versions or not result.ok:
            lines[-1] += f": {result.detail}"
        if not result.ok:
            lines.append(f"       {result.remedy}.")
    faults = sum(not result.ok for result in results)
    summary = f"{faults} of {len(results)} checks found a fault." if faults else "All is in order."
    return "\n".join([*lines, summary])


def _check(name: str, look: Callable[[], tuple[bool, str]], remedy: str) -> Check:
    try:
        ok, detail = look()
    except Exception as error:  # whatever is broken here, the other checks must still be made
        ok, detail = False, f"{type(error).__name__}: {error}"
    return Check(name, ok, detail, remedy)


def _python() -> tuple[bool, str]:
    required = metadata.metadata(PACKAGE)["Requires-Python"]
    fits = SpecifierSet(required).contains(python_version())
    return fits, f"{python_version()} ({required} is needed)"


def _packages() -> tuple[bool, str]:
    faults = []
    fine = 0
    for requirement in map(Requirement, cast(list[str], metadata.requires(PACKAGE))):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue  # belongs to an optional extra
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
            continue
        if requirement.specifier.contains(installed, prereleases=True):
            fine += 1
        else:
            faults.append(f"{requirement.name} {installed} is not {requirement.specifier}")
    return not faults, "; ".join(faults) or f"{fine} packages fit what pyproject.toml asks for"


def _torch_pair() -> tuple[bool, str]:
    versions = {name: metadata.version(name) for name in ("torch", "torchaudio")}
    import_module("torchaudio")  # the pair can fit by number and yet not load
    same = len({Version(version).base_version for version in versions.values()}) == 1
    return same, ", ".join(f"{name} {version}" for name, version in versions.items())


def _sound_files() -> tuple[bool, str]:
    soundfile = import_module("soundfile")
    wave = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) / 2
    faults = []
    for kind in ("WAV", "FLAC", "OGG"):
        file = io.BytesIO()
        soundfile.write(file, wave, 8000, format=kind)
        file.seek(0)
        read, rate = soundfile.read(file)
        same = rate == 8000 and read.shape == wave.shape
        if not same or np.abs(read - wave).max() > 0.1:  # ogg is lossy
            faults.append(kind)
    detail = f"{', '.join(faults)} fail" if faults else f"soundfile {soundfile.__version__}"
    return not faults, detail


def _nearest_folder() -> Path:
    """The data folder, or what of its path exists already."""
    from ..datasets import download

    folder = download.data_folder()
    return next(path for path in (folder, *folder.parents) if path.exists())


def _disk_space() -> tuple[bool, str]:
    free = shutil.disk_usage(_nearest_folder()).free
    return free >= NEEDED_SPACE, f"{free / 1e9:.1f} GB are free at {_nearest_folder()}"


def _data_folder() -> tuple[bool, str]:
    with tempfile.TemporaryFile(dir=_nearest_folder()):
        return True, f"{_nearest_folder()}"


def _stft() -> tuple[bool, str]:
    torch = import_module("torch")
    wave = torch.sin(torch.arange(4000) * 2 * torch.pi * 1000 / 8000)
    spectrum = torch.stft(wave, 256, window=torch.hann_window(256), return_complex=True)
    loudest = spectrum.abs().mean(dim=-1).argmax().item() * 8000 / 256
    return loudest == 1000, f"a tone of 1000 Hz shows at {loudest:.0f} Hz"


def _jupyter() -> tuple[bool, str]:
    names = ("jupyterlab", "ipywidgets")
    return True, ", ".join(f"{name} {metadata.version(name)}" for name in names)
