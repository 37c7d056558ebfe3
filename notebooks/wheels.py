"""The wheels that a class installs from, for machines of other kinds than this one.

`pip download` judges "only on Windows" by the machine that runs it. So what a package needs is read
here from its wheel, as the machine of the class would read it, and pip fetches names alone.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
GLIBC = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
MACHINES = {  # what wheels call a machine, and what conditions of requirements call it
    "linux": (
        [*GLIBC, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
        ("Linux", "linux", "posix", "x86_64"),
    ),
    "mac": (["macosx_14_0_arm64"], ("Darwin", "darwin", "posix", "arm64")),
    "windows": (["win_amd64"], ("Windows", "win32", "nt", "AMD64")),
}
CONDITIONS = ("platform_system", "sys_platform", "os_name", "platform_machine")
SOURCES = {"lime"}  # has no wheel; one that is built here fits everywhere
TORCH = {"torch", "torchaudio", "torchvision"}
# Of the GPU's packages, those without which torch still imports and computes on a CPU.
NEEDLESS = {"triton", "cuda-bindings", "cuda-pathfinder"}
UNREACHED = re.compile(
    "NewConnectionError|Failed to establish|name resolution|Name or service|getaddrinfo"
    "|ProxyError|ConnectTimeout|ReadTimeout|Network is unreachable|SSLError"
)


class Fault(Exception):
    """What stands in the way, and what to do about it, in a sentence or two."""


def collect(batches: list[list[str]], machine: str, folder: Path, index: str) -> list[str]:
    """Fetch wheels of all that is required, and of all that this needs, for one kind of machine.
    Later batches get the version that earlier ones agreed to. The lines of a file of requirements
    are returned: which wheel it is of each package.
    """
    wheels, wanted, read = {}, {}, set()
    for batch in batches:
        fresh = [Requirement(line) for line in batch]
        while fresh:
            for one in fresh:
                name = canonicalize_name(one.name)
                wanted[name] = wanted.get(name, SpecifierSet()) & one.specifier
            absent = {canonicalize_name(one.name) for one in fresh} - {*wheels}
            fetch({name: wanted[name] for name in absent}, machine, folder, index)
            wheels |= {parse_wheel_filename(file.name)[0]: file for file in folder.glob("*.whl")}
            fresh = [need for one in fresh for need in _needs(one, wheels, machine, read)]
    versions = {name: parse_wheel_filename(file.name)[1] for name, file in wheels.items()}
    for name, version in versions.items():
        if not wanted[name].contains(version, prereleases=True):
            raise Fault(
                f"For {machine}, {name} {version} was fetched, but {wanted[name]} is required: "
                f"pin a version that fits in constraints.txt."
            )
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def _needs(one: Requirement, wheels: dict, machine: str, read: set) -> list[Requirement]:
    """What a package requires on a machine; each of its extras is read once."""
    name = canonicalize_name(one.name)
    extras = {"", *one.extras} - {extra for package, extra in read if package == name}
    read |= {(name, extra) for extra in extras}
    lines = declared(wheels[name], "Requires-Dist") if extras else []
    return [
        need
        for need in map(Requirement, lines)
        if canonicalize_name(need.name) not in NEEDLESS
        and any(applies(need, machine, extra) for extra in extras)
    ]


def applies(need: Requirement, machine: str, extra: str) -> bool:
    """Whether a requirement holds on a kind of machine, with this Python."""
    names = dict(zip(CONDITIONS, MACHINES[machine][1], strict=True))
    environment: dict = {**default_environment(), **names, "extra": extra}
    return need.marker is None or need.marker.evaluate(environment)


def declared(wheel: Path, field: str) -> list[str]:
    """What a wheel says of itself in one field, such as its requirements."""
    with ZipFile(wheel) as archive:
        (place,) = [name for name in archive.namelist() if _is_metadata(name)]
        text = archive.read(place).decode("utf-8")
    return message_from_string(text).get_all(field) or []


def _is_metadata(name: str) -> bool:
    return name.count("/") == 1 and name.endswith(".dist-info/METADATA")


def oldest_python(folder: Path) -> str:
    """The oldest Python of this line on which all wheels of a folder install."""
    ranges = [
        SpecifierSet(one)
        for file in folder.glob("*.whl")
        for one in declared(file, "Requires-Python")
    ]
    major, minor, last = sys.version_info[:3]
    line = [f"{major}.{minor}.{micro}" for micro in range(last + 1)]
    return next(one for one in line if all(each.contains(one) for each in ranges))


def fetch(wanted: dict[str, SpecifierSet], machine: str, folder: Path, index: str) -> None:
    """Wheels of these packages alone, torch from an index of its own where one is named."""
    sources = SOURCES & {*wanted}
    torch = TORCH & {*wanted} if index and machine == "linux" else set()
    groups = [
        (["wheel"], ["--wheel-dir"], sources),
        (download(machine), ["--index-url", index, "--dest"], torch),
        (download(machine), ["--dest"], {*wanted} - sources - torch),
    ]
    for command, options, names in groups:
        lines = [f"{name}{wanted[name]}" for name in sorted(names)]
        if lines:
            pip([*command, "--no-deps", *_constrained(), *options, str(folder), *lines], machine)


def _constrained() -> list[str]:
    return ["--constraint", str(ROOT / "constraints.txt")]


def download(machine: str) -> list[str]:
    """The command of pip that fetches wheels for a kind of machine and this Python."""
    tags = [word for tag in MACHINES[machine][0] for word in ("--platform", tag)]
    version = ".".join(map(str, sys.version_info[:3]))  # without its last part, pip takes 3.11.0
    python = ["--implementation", "cp", "--python-version", version]
    return ["download", "--only-binary", ":all:", *python, *tags]


def pip(arguments: Iterable[str], machine: str) -> None:
    """Run pip, or say in a sentence why it did not do it."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Fault(sentence(run.stderr, machine))


def sentence(said: str, machine: str) -> str:
    """What went wrong, from what pip wrote; addresses, which may hold passwords, are left out."""
    if "No module named pip" in said:
        return "This Python has no pip. Install it with `python -m ensurepip`, and start again."
    if "No space left" in said:
        return "The disk is full. A folder for Linux, macOS and Windows needs about 8 GB free."
    if UNREACHED.search(said):
        return (
            "pip does not reach the packages. Check the network (and PIP_INDEX_URL, if it is set)."
        )
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"There is no wheel of {missing[1]} for {machine} and Python {version}. "
            f"Leave {machine} out (`--for`), or pack with a Python for which there is one."
        )
    errors = re.findall(r"^ERROR: (.*)$", said, re.MULTILINE) or said.strip().splitlines()[-1:]
    told = re.sub(r"\w+://\S+", "(address)", errors[-1] if errors else "nothing")
    return f"pip stopped. It said: {told}"
