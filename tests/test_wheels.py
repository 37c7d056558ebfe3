"""Wheels for machines of other kinds than this one: what each needs, and what pip is told."""

import os
import re
import sys
from zipfile import ZipFile

import pytest
from support import ROOT, script

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def wheels():
    return script("wheels")


SHELF = {  # name: version, what it requires
    "torch": ("2.11.0", ["filelock", 'triton==3.6.0; sys_platform == "linux"', "setuptools<82"]),
    "torchaudio": ("2.11.0", []),
    "filelock": ("4.2.11", ['colorama>=0.4; os_name == "nt"', 'cuda-x; extra == "gpu"']),
    "colorama": ("0.4.6", []),
    "triton": ("3.6.0", []),
    "cuda-x": ("1.0", []),
    "lime": ("0.2.0.1", ["filelock[gpu]"]),
    "setuptools": ("81.0", []),
}


@pytest.fixture
def commands(wheels, monkeypatch):
    """A pip that lays down the wheels of the shelf, and the commands that it was given."""
    given = []

    def pip(arguments, machine):
        given.append(arguments)
        (folder,) = (word for word in arguments if os.path.isdir(word))
        for line in arguments[arguments.index(folder) + 1 :]:
            name = re.match(r"[\w-]+", line)[0]
            version, needs = SHELF[name]
            stem = f"{name.replace('-', '_')}-{version}"
            with ZipFile(os.path.join(folder, f"{stem}-py3-none-any.whl"), "w") as file:
                lines = [f"Name: {name}", *(f"Requires-Dist: {need}" for need in needs)]
                lines += ["Requires-Python: >=3.11"]
                file.writestr(f"{stem}.dist-info/METADATA", "\n".join(lines) + "\n")

    monkeypatch.setattr(wheels, "pip", pip)
    return given


@pytest.mark.parametrize("machine", ["linux", "mac", "windows"])
def test_what_a_machine_needs_is_read_as_that_machine_reads_it(wheels, commands, tmp_path, machine):
    batches = [["torch", "lime"], ["setuptools>=77"]]
    lines = wheels.collect(batches, machine, tmp_path, "")
    names = {line.partition("==")[0] for line in lines}
    assert names == {"torch", "filelock", "lime", "cuda-x", "setuptools"} | (
        {"colorama"} if machine == "windows" else set()
    )
    asked = [word for command in commands for word in command]
    assert "setuptools<82" in asked  # the later batch gets what the earlier one agreed to
    assert not any(word.startswith("triton") for word in asked)
    assert wheels.oldest_python(tmp_path) == f"{VERSION}.0"


def test_the_index_of_torch_is_asked_for_torch_on_linux_alone(wheels, commands, tmp_path):
    address = "https://example.org/cpu"
    for machine in ("linux", "mac", "windows"):
        commands.clear()
        (tmp_path / machine).mkdir()
        folder = tmp_path / machine
        batches = [["torch==2.11.0", "torchaudio==2.11.0", "lime"]]
        wheels.collect(batches, machine, folder, address)
        named = [command for command in commands if address in command]
        if machine == "linux":
            (command,) = named
            assert command[-2:] == ["torch==2.11.0", "torchaudio==2.11.0"]
        else:
            assert not named
        for command in commands:
            assert "--no-deps" in command and str(ROOT / "constraints.txt") in command
            source = command[-1].startswith("lime")
            assert command[0] == ("wheel" if source else "download")
            assert source or command[1:3] == ["--only-binary", ":all:"]


def test_versions_that_do_not_agree_are_a_fault(wheels, commands, tmp_path):
    with pytest.raises(wheels.Fault, match="setuptools 81.0 was fetched, but .* is required"):
        wheels.collect([["torch"], ["setuptools>=90"]], "linux", tmp_path, "")


def test_wheels_are_for_common_machines_and_this_python(wheels):
    full = ".".join(map(str, sys.version_info[:3]))
    for machine, tag in [("linux", "manylinux_2_28_x86_64"), ("mac", "macosx_14_0_arm64")]:
        assert tag in wheels.download(machine)
    assert wheels.download("windows")[-2:] == ["--platform", "win_amd64"]
    assert full in wheels.download("windows")


@pytest.mark.parametrize(
    "said, told",
    [
        ("/usr/bin/python: No module named pip", "This Python has no pip."),
        ("WARNING: NewConnectionError(x)\nERROR: No matching distribution found for a", "network"),
        ("ERROR: [Errno 28] No space left on device", "The disk is full."),
        ("ERROR: No matching distribution found for x==1", "no wheel of x==1 for mac and Python"),
        ("ERROR: odd, see https://example.org/secret", "It said: odd, see (address)"),
        ("", "pip stopped."),
    ],
)
def test_every_fault_is_a_sentence(wheels, said, told):
    sentence = wheels.sentence(said, "mac")
    assert told in sentence and "secret" not in sentence and "\n" not in sentence


def test_a_pip_that_fails_is_a_fault(wheels):
    with pytest.raises(wheels.Fault, match="pip stopped. It said: "):
        wheels.pip(["no-such-command"], "linux")
