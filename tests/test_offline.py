"""A class without internet: what `make offline` packs, for which machines, and what it says when
something is missing. The slow test installs from a packed folder where there is no network.
"""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from packaging.utils import parse_wheel_filename
from support import ROOT, script

TEXT = {"capture_output": True, "text": True}
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def offline():
    return script("offline")


def test_a_class_needs_what_notebooks_import_and_nothing_of_contributors(offline):
    course, build = offline.required()
    assert any(line.startswith("torch==") for line in course)
    assert any(line.startswith("torchcrepe") for line in course)
    assert not any(line.startswith(("pytest", "quantus", "sphinx")) for line in course)
    assert build == ["setuptools>=77"]


def test_the_course_is_what_is_committed(offline, tmp_path):
    listed = subprocess.run(["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=ROOT, **TEXT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    offline.course(tmp_path / "course")
    files = [file for file in (tmp_path / "course").rglob("*") if file.is_file()]
    packed = {file.relative_to(tmp_path / "course").as_posix() for file in files}
    assert packed == {*listed.stdout.splitlines()}
    assert [file.name for file in tmp_path.iterdir()] == ["course"]


def test_a_course_without_git_is_a_fault(offline, tmp_path, monkeypatch):
    monkeypatch.setattr(offline, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(offline.Fault, match="clone it"):
        offline.course(tmp_path / "course")


def test_recordings_that_are_here_are_packed_and_the_others_named(offline, tmp_path, monkeypatch):
    here, mirror = tmp_path / "data" / "archives", tmp_path / "mirror"
    here.mkdir(parents=True)
    mirror.mkdir()
    (here / "esc10.zip").write_bytes(b"archive")
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AUDIOXAI_MIRROR", str(mirror))
    absent = offline.archives(tmp_path / "archives")
    assert (tmp_path / "archives" / "esc10.zip").read_bytes() == b"archive"
    assert [line.split()[0] for line in absent] == ["esc50", "fsdd", "noises"]
    assert all(line.endswith("is not in this folder.") for line in absent)


@pytest.fixture
def stubs(offline, monkeypatch):
    """Packing without its slow steps."""

    def fetch(machine, folder):
        folder.mkdir(exist_ok=True)
        (folder / f"{machine}.txt").write_text("")

    monkeypatch.setattr(offline, "fetch", fetch)
    monkeypatch.setattr(offline, "archives", lambda folder: folder.mkdir() or ["esc50 is not"])
    monkeypatch.setattr(offline, "site", lambda folder: folder.mkdir())
    monkeypatch.setattr(offline, "course", lambda folder: folder.mkdir(parents=True))
    kinds = ("handouts", "slides")
    write = lambda folder: [(folder / kind).mkdir() for kind in kinds]  # noqa: E731
    monkeypatch.setattr(offline.handouts, "write", write)


def test_a_folder_is_whole_or_not_there(offline, stubs, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    offline.pack(folder, ["linux", "mac", "windows"], True)
    offline.pack(folder, ["linux"], False)  # in the place of the first
    names = {"course", "wheels", "archives", "handouts", "slides", "START.md", "start.sh"}
    assert {file.name for file in folder.iterdir()} == names

    def broken(folder):
        raise offline.Fault("The disk is full.")

    monkeypatch.setattr(offline, "archives", broken)
    for target in (folder, tmp_path / "other"):
        with pytest.raises(offline.Fault):
            offline.pack(target, ["linux"], False)
    assert [file.name for file in tmp_path.iterdir()] == ["class"]
    assert {file.name for file in folder.iterdir()} == names


def test_what_is_somebody_elses_is_not_replaced(offline, tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(offline.Fault, match="holds something else"):
        offline.pack(tmp_path, ["linux"], False)
    assert (tmp_path / "thesis.txt").read_text() == "years"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    command = [sys.executable, ROOT / "notebooks" / "offline.py", tmp_path / "file" / "class"]
    run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, **TEXT)
    assert run.returncode == 1
    assert run.stderr.startswith("The folder could not be written") and "\n" not in run.stderr[:-1]


def test_the_site_that_is_there_is_taken(offline, tmp_path, monkeypatch, capsys):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("home")
    monkeypatch.setattr(offline, "ROOT", tmp_path)
    offline.site(tmp_path / "packed")
    assert (tmp_path / "packed" / "index.html").read_text() == "home"
    assert "was built on" in capsys.readouterr().out


def test_a_site_that_is_not_there_is_built_or_the_fault_is_said(offline, tmp_path, monkeypatch):
    builder = tmp_path / "notebooks" / "build_site.py"
    builder.parent.mkdir()
    monkeypatch.setattr(offline, "ROOT", tmp_path)
    builder.write_text("import os, sys; os.mkdir(sys.argv[1])")
    offline.site(tmp_path / "packed")
    assert (tmp_path / "packed").is_dir()
    builder.write_text("raise SystemExit(1)")
    with pytest.raises(offline.Fault, match="--without-site"):
        offline.site(tmp_path / "other")


def test_start_md_and_scripts_say_what_is_packed(offline, stubs, tmp_path):
    offline.pack(tmp_path / "class", ["linux", "windows"], True)
    folder = tmp_path / "class"
    start = (folder / "START.md").read_text(encoding="utf-8")
    assert "Linux (x86-64), Windows (x86-64)" in start and "macOS (arm64)" not in start
    assert "sh start.sh" in start and "start.ps1" in start and "- esc50 is not" in start
    assert "site/index.html" in start and f"Python {VERSION}" in start
    for name in re.findall(r"^\| `(\w+)`", start, re.MULTILINE):
        assert (folder / name).is_dir(), name
    for name in ("start.sh", "start.ps1"):
        script = (folder / name).read_text(encoding="utf-8")
        assert "{" + "{" not in script and "00_start_here.ipynb" in script
        for word in ("--no-index", "--find-links", "--no-deps", "AUDIOXAI_MIRROR", "wheels"):
            assert word in script, (name, word)
    assert subprocess.run(["sh", "-n", folder / "start.sh"]).returncode == 0
    offline.pack(folder, ["windows"], False)
    names = {file.name for file in folder.iterdir()}
    assert "start.ps1" in names and "start.sh" not in names and "site" not in names


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is packed for Linux")
def test_the_script_says_what_is_missing(offline, stubs, tmp_path):
    offline.pack(tmp_path / "class", ["linux", "mac"], False)
    script = tmp_path / "class" / "start.sh"
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "uname"):
        found = subprocess.run(["which", name], **TEXT).stdout.strip()
        (tmp_path / "bin" / name).symlink_to(found)
    bare = {"PATH": str(tmp_path / "bin")}
    run = subprocess.run(["sh", script], env=bare, **TEXT)
    assert run.returncode == 1 and f"Python {VERSION} (" in run.stdout
    (tmp_path / "class" / "wheels" / "linux.txt").unlink()
    run = subprocess.run(["sh", script], env=bare, **TEXT)
    assert run.returncode == 1 and "this machine is another: Linux" in run.stdout


def test_the_makefile_packs_with_its_options_and_the_index_of_torch(tmp_path):
    settings = ["OFFLINE_OPTIONS=--for linux", "TORCH_INDEX=https://example.org/cpu"]
    command = ["make", "-n", "offline", f"VENV={tmp_path}/none", *settings]
    plan = subprocess.run(command, cwd=ROOT, check=True, **TEXT).stdout
    index = 'TORCH_INDEX="https://example.org/cpu" '
    assert f"{index}{tmp_path}/none/bin/python notebooks/offline.py offline --for linux" in plan


ALONE = ["unshare", "--net", "--map-root-user", sys.executable, "-c"]
LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as one:  # a kernel of Jupyter needs 127.0.0.1, and nothing else is there
    fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def alone(*command, **options):
    """Run a command where there is no network."""
    clean = {name: value for name, value in os.environ.items() if "PYTHONPATH" not in name}
    given = {"env": {**clean, "PIP_RETRIES": "0"}, **TEXT, **options}
    return subprocess.run([*ALONE, LOOPBACK, *map(str, command)], **given)


@pytest.mark.slow
def test_a_class_installs_and_runs_notebook_00_without_a_network(offline, tmp_path, monkeypatch):
    monkeypatch.setattr(offline.handouts, "write", lambda folder: None)  # tests/test_handouts.py
    try:
        if alone("true").returncode:
            pytest.skip("no network can be taken away here")
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    reach = "import socket; socket.create_connection(('192.0.2.1', 80), 3)"
    assert "unreachable" in alone(sys.executable, "-c", reach).stderr
    folder = tmp_path / "class"
    try:
        offline.pack(folder, ["linux"], False)
    except offline.Fault as fault:
        pytest.skip(str(fault))
    started = alone("sh", folder / "start.sh", "--version")
    assert started.returncode == 0, started.stdout + started.stderr
    course = folder / "course"
    lines = (folder / "wheels" / "linux.txt").read_text().splitlines()
    wheels = [parse_wheel_filename(file.name) for file in (folder / "wheels").glob("*.whl")]
    assert {*lines} == {f"{name}=={version}" for name, version, *_ in wheels}
    papermill = [course / ".venv" / "bin" / "python", "-m", "papermill", "00_start_here.ipynb"]
    ran = alone(*papermill, tmp_path / "out.ipynb", cwd=course / "notebooks")
    assert ran.returncode == 0, ran.stderr[-2000:]
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    (looked,) = [cell for cell in notebook.cells if cell.source.startswith("print(doctor.report(")]
    assert "All is in order." in json.dumps(looked.outputs)
