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
NEEDED_PYTHON = ">=3.11"  # as in pyproject.toml, which is not there to be read everywhere
NEEDED_SPACE = 2e9  # bytes: ESC-50 with its archive takes 1.5 GB
INSTALL = "Install the course: `python -m pip install -e .` in its folder"


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
    looks = (_python, _packages, _torch_pair, _sound_files, _disk, _data_folder, _stft, _jupyter)
    return [check() for check in looks]


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
        detail = f": {result.detail}" if versions or not result.ok else ""
        lines.append(f"{'ok   ' if result.ok else 'FAULT'}  {result.name}{detail}")
        if not result.ok:
            lines.append(f"       {result.remedy}.")
    faults = sum(not result.ok for result in results)
    summary = f"{faults} of {len(results)} checks found a fault." if faults else "All is in order."
    return "\n".join([*lines, summary])


def _check(name: str, remedy: str) -> Callable[[Callable[[], tuple[bool, str]]], Callable]:
    """Makes a check of a function that says whether something is in order, and what it found."""

    def decorate(look: Callable[[], tuple[bool, str]]) -> Callable[[], Check]:
        def check() -> Check:
            try:
                return Check(name, *look(), remedy)
            except Exception as error:  # whatever is broken here, the others must still be made
                return Check(name, False, f"{type(error).__name__}: {error}", remedy)

        return check

    return decorate


@_check("Python version", "Make an environment with a Python that fits, see environment.yml")
def _python() -> tuple[bool, str]:
    fits = SpecifierSet(NEEDED_PYTHON).contains(python_version())
    return fits, f"{python_version()} ({NEEDED_PYTHON} is needed)"


@_check("package versions", INSTALL)
def _packages() -> tuple[bool, str]:
    try:
        asked = map(Requirement, cast(list[str], metadata.requires(PACKAGE)))
    except metadata.PackageNotFoundError:
        return False, "the course is not installed in this environment"
    # Without what belongs to an optional extra.
    needed = [each for each in asked if not each.marker or each.marker.evaluate({"extra": ""})]
    faults = []
    for requirement in needed:
        try:
            installed = metadata.version(requirement.name)
            if not requirement.specifier.contains(installed, prereleases=True):
                faults.append(f"{requirement.name} {installed} is not {requirement.specifier}")
        except metadata.PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
    fine = f"{len(needed)} packages fit what pyproject.toml asks for"
    return not faults, "; ".join(faults) or fine


@_check("torch and torchaudio match", f"{INSTALL}; both must have the same version")
def _torch_pair() -> tuple[bool, str]:
    versions = {name: metadata.version(name) for name in ("torch", "torchaudio")}
    import_module("torchaudio")  # the pair can fit by number and yet not load
    same = len({Version(version).base_version for version in versions.values()}) == 1
    return same, ", ".join(f"{name} {version}" for name, version in versions.items())


@_check("wav, flac and ogg can be written and read", "Install soundfile 0.13 or newer with pip")
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


@_check("2 GB of free disk space", "Free some space, or set AUDIOXAI_DATA to another disk")
def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(_nearest_folder()).free
    return free >= NEEDED_SPACE, f"{free / 1e9:.1f} GB are free at {_nearest_folder()}"


@_check("the data folder can be written to", "Set AUDIOXAI_DATA to a folder of your own")
def _data_folder() -> tuple[bool, str]:
    with tempfile.TemporaryFile(dir=_nearest_folder()):
        return True, f"{_nearest_folder()}"


@_check("torch computes a spectrogram", INSTALL)
def _stft() -> tuple[bool, str]:
    torch = import_module("torch")
    wave = torch.sin(torch.arange(4000) * 2 * torch.pi * 1000 / 8000)
    spectrum = torch.stft(wave, 256, window=torch.hann_window(256), return_complex=True)
    loudest = spectrum.abs().mean(dim=-1).argmax().item() * 8000 / 256
    return loudest == 1000, f"a tone of 1000 Hz shows at {loudest:.0f} Hz"


@_check("JupyterLab and ipywidgets are installed", INSTALL)
def _jupyter() -> tuple[bool, str]:
    names = ("jupyterlab", "ipywidgets")
    return True, ", ".join(f"{name} {metadata.version(name)}" for name in names)
