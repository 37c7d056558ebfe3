"""One folder from which a class installs and works without internet.

Usage: offline.py FOLDER [--for linux mac windows] [--without-site]

It holds the course as it was committed last, wheels for the three common kinds of machine and the
Python that runs this, recordings, the site, hand-outs and slides, and START.md with its scripts.
All is made beside FOLDER first, and takes its place when it is whole. TORCH_INDEX, where it is set,
names the index with the small CPU build of torch for Linux.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import handouts
import wheels
from jinja2 import Template
from packaging.requirements import Requirement
from wheels import ROOT, Fault

from audioxai_lite.datasets.download import data_folder, download
from audioxai_lite.datasets.sources import SOURCES, DownloadError
from audioxai_lite.writing import write_whole

PAGES = ROOT / "notebooks" / "without_internet"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
IMPORTED = {"torchcrepe"}  # of the extras, what notebooks import: notebook 14 its pitch network
NAMES = {"linux": "Linux (x86-64)", "mac": "macOS (arm64)", "windows": "Windows (x86-64)"}


def pack(folder: Path, machines: list[str], with_site: bool) -> None:
    """Make the folder."""
    folder = folder.resolve()
    refuse(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".offline-") as temporary:
        made = Path(temporary, "made")
        timed("course", made / "course", course)
        for machine in machines:
            timed(f"wheels for {machine}", made / "wheels", lambda to, m=machine: fetch(m, to))
        absent = timed("archives", made / "archives", archives)
        if with_site:
            timed("site", made / "site", site)
        timed("hand-outs and slides", made, handouts.write)
        start_pages(made, machines, absent or [], with_site)
        if folder.exists():
            folder.rename(Path(temporary, "before"))
        made.rename(folder)
    print(f"{folder.name} is complete: {megabytes(folder):,.0f} MB. Begin with its START.md.")


def refuse(folder: Path) -> None:
    """A folder that is somebody else's is not replaced."""
    ours = (folder / "START.md").is_file() and (folder / "course").is_dir()
    if folder.exists() and not ours and (folder.is_file() or any(folder.iterdir())):
        raise Fault(f"{folder} holds something else. Name a folder that is new or empty.")


def timed(what: str, folder: Path, make: Callable) -> list[str] | None:
    """A step, and a line about what it brought."""
    before, start = megabytes(folder), time.monotonic()
    made = make(folder)
    grown, seconds = megabytes(folder) - before, time.monotonic() - start
    print(f"{what}: {grown:,.0f} MB, {seconds:.0f} s", flush=True)
    return made


def megabytes(folder: Path) -> float:
    """The size of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def course(folder: Path) -> None:
    """The files of the last commit."""
    folder.mkdir(parents=True)
    git = ["git", "-C", str(ROOT)]
    packed = folder.with_suffix(".tar")
    if subprocess.run(
        [*git, "archive", "--output", packed, "HEAD"], capture_output=True
    ).returncode:
        raise Fault("The course is packed from a clone by git: clone it, and run this there.")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    packed.unlink()
    changed = subprocess.run([*git, "status", "--short"], capture_output=True, text=True).stdout
    if changed:
        print(
            f"{len(changed.splitlines())} changed or new files are not packed: commit them first."
        )


def required() -> list[list[str]]:
    """What a class needs, and then what installing the course itself needs. Of the extra `test`,
    which only contributors use, it needs nothing.
    """
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = declared["project"]
    real = project["optional-dependencies"]["real"]
    extra = [line for line in real if Requirement(line).name in IMPORTED]
    return [project["dependencies"] + extra, declared["build-system"]["requires"]]


def fetch(machine: str, folder: Path) -> None:
    """Wheels for one kind of machine among those of the others, and a list of which they are."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        index = os.environ.get("TORCH_INDEX", "")
        lines = wheels.collect(required(), machine, Path(own), index)
        for wheel in Path(own).glob("*.whl"):
            wheel.replace(folder / wheel.name)
    write_whole(folder / f"{machine}.txt", "\n".join(lines) + "\n")


def archives(folder: Path) -> list[str]:
    """Recordings as they were downloaded, and a sentence about each that is not there."""
    folder.mkdir()
    absent = []
    for name, source in SOURCES.items():
        kept = [data_folder() / "archives" / file for file in source.files]
        try:
            if not all(file.is_file() for file in kept):
                download(name, progress=False)
            for file, archive in zip(source.files, kept, strict=True):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(archive, folder / file)
        except (DownloadError, FileNotFoundError) as error:
            print(f"{name} is not packed: {error}")
            absent.append(f"{name} ({source.what}) is not in this folder.")
    return absent


def site(folder: Path) -> None:
    """The static pages: those that lie here, or new ones."""
    built = ROOT / "site"
    if (built / "index.html").is_file():
        when = date.fromtimestamp((built / "index.html").stat().st_mtime)
        print(f"The site is the one that was built on {when}; `make site` makes it anew.")
        shutil.copytree(built, folder)
    elif subprocess.run([sys.executable, ROOT / "notebooks" / "build_site.py", folder]).returncode:
        raise Fault(
            "The site could not be built; pack with `--without-site`, or mend what it says."
        )


def start_pages(folder: Path, machines: list[str], absent: list[str], with_site: bool) -> None:
    """START.md and the scripts that it names."""
    oldest = wheels.oldest_python(folder / "wheels")
    words = {
        "version": VERSION,
        "oldest": oldest,
        "next": f"{sys.version_info[0]}, {sys.version_info[1] + 1}",
        "least": oldest.replace(".", ", "),
        "machines": ", ".join(NAMES[machine] for machine in machines),
        "chosen": machines,
        "absent": absent,
        "site": with_site,
    }
    scripts = {"start.sh": {"linux", "mac"}, "start.ps1": {"windows"}, "START.md": {*machines}}
    for name, wanted in scripts.items():
        text = (PAGES / name).read_text(encoding="utf-8")
        if wanted & {*machines}:
            page = Template(text, trim_blocks=True, keep_trailing_newline=True).render(words)
            write_whole(folder / name, page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One folder for a class without internet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--for", dest="machines", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--without-site", dest="site", action="store_false")
    chosen = parser.parse_args()
    try:
        pack(chosen.folder, chosen.machines, chosen.site)
    except Fault as fault:
        sys.exit(str(fault))
    except OSError as error:
        sys.exit(f"The folder could not be written, and nothing of it is left: {error}.")
