"""`python -m audioxai_lite` and the doctor behind it."""

import errno
import json
import os
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import joblib
import pytest
import torch
from support import ROOT
from typer.testing import CliRunner

import audioxai_lite
from audioxai_lite import __main__ as main_module
from audioxai_lite import files
from audioxai_lite.__main__ import app
from audioxai_lite.course import classifiers, doctor, studies
from audioxai_lite.course.ledger import ledger as real_ledger
from audioxai_lite.course.results import CHECKPOINTS, how
from audioxai_lite.datasets import download
from audioxai_lite.models.checkpoint import save


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AUDIOXAI_MIRROR", str(tmp_path / "no mirror"))
    return tmp_path / "data"


def test_machine_in_order(data):
    """The text without versions is what notebooks store: it holds nothing that differs between two
    good machines.
    """
    assert doctor.report(doctor.checks(), versions=False).splitlines() == [
        "ok     Python version",
        "ok     package versions",
        "ok     torch and torchaudio match",
        "ok     wav, flac and ogg can be written and read",
        "ok     2 GB of free disk space",
        "ok     the data folder can be written to",
        "ok     torch computes a spectrogram",
        "ok     JupyterLab and ipywidgets are installed",
        "All is in order.",
    ]
    assert not data.exists()  # looking leaves nothing behind


def test_versions_are_shown(data):
    text = doctor.report(doctor.checks())
    assert f"torch {metadata.version('torch')}, torchaudio {metadata.version('torchaudio')}" in text
    assert "GB are free at" in text


def faults(results: list[doctor.Check]) -> dict[str, str]:
    return {result.name: result.detail for result in results if not result.ok}


def with_version(monkeypatch, package: str, version: str | None) -> None:
    """Let a package seem to have another version, or to be missing."""
    original = metadata.version

    def pretended(name):
        if name != package:
            return original(name)
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", pretended)


def test_wrong_version(data, monkeypatch):
    with_version(monkeypatch, "pandas", "1.5.3")
    assert faults(doctor.checks()) == {"package versions": "pandas 1.5.3 is not <4,>=2.2"}


def test_missing_package(data, monkeypatch):
    with_version(monkeypatch, "ipywidgets", None)
    found = faults(doctor.checks())
    assert found["package versions"] == "ipywidgets is missing"
    assert set(found) == {"package versions", "JupyterLab and ipywidgets are installed"}


def test_torch_without_its_torchaudio(data, monkeypatch):
    with_version(monkeypatch, "torchaudio", "2.10.0+cpu")
    assert set(faults(doctor.checks())) == {"package versions", "torch and torchaudio match"}


@pytest.mark.parametrize(
    ("package", "version"), [("torch", "2.11.0+cu130"), ("pandas", "3.1.0rc1")]
)
def test_local_and_early_versions_fit(data, monkeypatch, package, version):
    with_version(monkeypatch, package, version)
    assert faults(doctor.checks()) == {}


def test_old_python(data, monkeypatch):
    monkeypatch.setattr(doctor, "python_version", lambda: "3.9.1")
    assert faults(doctor.checks()) == {"Python version": "3.9.1 (>=3.11 is needed)"}


def test_little_space(data, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_900_000_000))
    found = faults(doctor.checks())
    assert (
        list(found) == ["2 GB of free disk space"]
        and "1.9 GB are free" in found["2 GB of free disk space"]
    )


def test_data_folder_that_cannot_be_written_to(data, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "file" / "data"))
    assert list(faults(doctor.checks())) == ["the data folder can be written to"]


def test_broken_sound_library(data, monkeypatch):
    import soundfile

    monkeypatch.setattr(
        soundfile, "read", lambda *_: (_ for _ in ()).throw(soundfile.LibsndfileError(1))
    )
    assert list(faults(doctor.checks())) == ["wav, flac and ogg can be written and read"]


def test_flac_that_reads_back_otherwise(data, monkeypatch):
    import soundfile

    original = soundfile.write

    def silent_flac(file, wave, rate, format):
        original(file, wave * (format != "FLAC"), rate, format=format)

    monkeypatch.setattr(soundfile, "write", silent_flac)
    assert faults(doctor.checks()) == {"wav, flac and ogg can be written and read": "FLAC fail"}


def test_doctor_command(data, monkeypatch):
    result = run("doctor")
    assert result.exit_code == 0 and result.stdout.endswith("All is in order.\n")
    monkeypatch.setattr(doctor, "python_version", lambda: "3.9.1")
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("FAULT  Python version: 3.9.1")
    assert lines[1] == "       Make an environment with a Python that fits, see environment.yml."
    assert lines[-1] == "1 of 8 checks found a fault."


def test_download_command(monkeypatch, data):
    monkeypatch.setattr(download, "download", lambda name: data / name)
    result = run("download", "esc10", "noises")
    assert result.exit_code == 0
    assert result.stdout == f"esc10 is in {data / 'esc10'}\nnoises is in {data / 'noises'}\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x", "no data set 'x'"),
        ("machine", "nothing to download"),
        ("noises", "no mirror holds no noises/"),
    ],
)
def test_download_command_that_fails(data, name, message):
    result = run("download", name)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ") and message in result.stderr


def test_failure_of_the_real_command_is_one_sentence_not_a_traceback(data):
    command = [sys.executable, "-m", "audioxai_lite", "download", "fsdd"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1]
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: The mirror ")


def test_datasets_command(data):
    (data / "fsdd").mkdir(parents=True)
    result = run("datasets")
    assert result.exit_code == 0
    first_words = [
        line.split()[0] for line in result.stdout.splitlines() if not line.startswith(" ")
    ]
    assert first_words == [
        "machine",
        "environment",
        "esc10",
        "esc50",
        "fsdd",
        "noises",
        "Recordings",
    ]
    fsdd = next(line for line in result.stdout.splitlines() if line.startswith("fsdd"))
    assert "present" in fsdd and "21 MB" in fsdd
    assert "absent" in next(line for line in result.stdout.splitlines() if line.startswith("esc10"))


LONG = ("claims", "--json")
SHORT = ("reproduce", "lmac/users-prefer")  # status 2: it cannot run


def program(*arguments: str, **options) -> subprocess.CompletedProcess:
    """The real command, its output as bytes."""
    environment = os.environ | options.pop("environment", {})
    command = [sys.executable, "-m", "audioxai_lite", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=120, **options)


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp932", "ascii"])
def test_a_console_without_the_letters_is_no_error(encoding):
    environment = {"PYTHONIOENCODING": encoding, "COLUMNS": "40", "NO_COLOR": "1"}
    text = program("claims", capture_output=True, environment=environment)
    assert (text.returncode, text.stderr) == (0, b"")
    shown = text.stdout.decode(encoding)
    assert shown.startswith("posthoc-audio/istft-exact: holds") and "?" in shown
    found = program(*LONG, capture_output=True, environment=environment)
    assert found.returncode == 0 and json.loads(found.stdout.decode(encoding)) == real_ledger()


def test_a_reader_that_has_had_enough_changes_no_status():
    for arguments, status in ((LONG, 0), (SHORT, 2)):
        reading, writing = os.pipe()
        os.close(reading)
        result = program(*arguments, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert (result.returncode, result.stderr) == (status, b"")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a folder in use cannot be removed")
def test_a_current_folder_that_is_gone_is_told(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone}; rmdir {gone}; PYTHONPATH={ROOT} {sys.executable} -m audioxai_lite doctor"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert result.stderr == (
        "Error: the current folder is no longer there. Change to one that is (cd).\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_output_that_cannot_be_written_is_told():
    with open("/dev/full", "wb") as full:
        result = program(*SHORT, stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
    assert result.stderr.startswith(b"Error: the output cannot be written: No space left")


def test_the_course_is_used_without_being_installed(data, monkeypatch, capsys, tmp_path):
    for reader in ("version", "requires", "metadata"):
        monkeypatch.setattr(metadata, reader, partial(_unless_ours, getattr(metadata, reader)))
    assert faults(doctor.checks()) == {
        "package versions": "the course is not installed in this environment"
    }
    assert "Install the course: `python -m pip install -e .`" in doctor.report(doctor.checks())
    audioxai_lite.start()
    assert f"audioxai_lite {audioxai_lite.__version__}, torch" in capsys.readouterr().out
    assert how("x", {}, 1.0)["versions"]["audioxai_lite"] == audioxai_lite.__version__
    save(torch.nn.Linear(1, 1), "net", "x", 0, {}, tmp_path)


def _unless_ours(original, name):
    if name == "audioxai_lite":
        raise metadata.PackageNotFoundError(name)
    return original(name)


ENTRY = {
    "id": "key/claim",
    "source": "key",
    "where": "Table II",
    "statement": "α beats β",
    "published": "0.9",
    "verdict": "artefact",
    "measured": "0.8 of 3 seeds",
    "certainty": "low",
    "notebook": "03",
}


@pytest.fixture
def ledger(monkeypatch):
    entries = [ENTRY, {**ENTRY, "id": "key/other", "verdict": "awaits a notebook", "measured": ""}]
    pretended = SimpleNamespace(
        ledger=lambda folder: entries[:1] if folder == Path("runs") else entries,
        NOTEBOOKS="own",
        write_ledger=lambda folder: f"{folder}/CLAIMS.md",
    )
    monkeypatch.setitem(sys.modules, "audioxai_lite.course.ledger", pretended)
    return entries


def test_study_command(monkeypatch):
    """Jobs reach joblib, `--resume` reaches the study, and an unknown name is one sentence."""
    seen = []

    def pretended(name, resume, dataset):
        seen.append((name, resume, dataset, joblib.parallel.get_active_backend()[1]))
        return range(7)

    with monkeypatch.context() as patched:
        patched.setattr(studies, "run_study", pretended)
        result = run("study", "detection", "--jobs", "3", "--resume", "--dataset", "esc10")
    assert (
        result.exit_code == 0
        and result.output.startswith("7 rows are in ")
        and "detection.csv" in result.output
    )
    assert seen == [("detection", True, "esc10", 3)]
    assert all(name in run("study", "--help").stdout for name in studies.every_study())
    result = run("study", "everything")
    assert result.exit_code == 1
    assert "Error: there is no study 'everything'; there are detection, masking" in result.output


def test_claims_as_json(ledger):
    result = run("claims", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout) == ledger
    assert json.loads(run("claims", "--json", "--notebooks", "runs").stdout) == ledger[:1]


def test_claims_as_text(ledger):
    lines = run("claims").stdout.splitlines()
    assert lines[0] == "key/claim: artefact"
    assert "    measured:  0.8 of 3 seeds" in lines
    second = lines[lines.index("key/other: awaits a notebook") :]
    assert not any("measured" in line for line in second)
    assert "    statement: α beats β" in second


@pytest.mark.parametrize("command", ["doctor", "download", "datasets", "claims"])
def test_help(command):
    assert command in run("--help").stdout
    assert run(command, "--help").exit_code == 0


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_may_not_be_written_to_is_told(monkeypatch, code):
    def refuse(**_):
        raise OSError(code, "no", "course/data/results/x.csv")

    monkeypatch.setattr(main_module, "app", refuse)
    with pytest.raises(OSError if code == errno.ENOSPC else SystemExit, match="results/x.csv"):
        main_module.main()


def test_damaged_files_are_told_by_every_command(monkeypatch, tmp_path):
    """A notebook that was cut off, and weights that were."""
    (tmp_path / "01_transforms_and_inversion.ipynb").write_text('{"cells": [')
    told = {"01_transforms_and_inversion": run("claims", "--notebooks", str(tmp_path))}
    for kind in ("plain", "robust"):
        for file in CHECKPOINTS.glob(f"cnn14-environment-{kind}*0*"):
            content = file.read_bytes()
            (tmp_path / file.name).write_bytes(
                content[:100] if file.suffix == ".safetensors" else content
            )
    monkeypatch.setattr(classifiers, "CHECKPOINTS", tmp_path)
    files._cached_model.cache_clear()
    told["git checkout"] = run("explain", "--demo", "--out", str(tmp_path / "out"))
    files._cached_model.cache_clear()
    for word, result in told.items():
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
        assert word in result.output and "Traceback" not in result.output
