"""Recordings explained on the command line: a report for each, whole or not there; one that cannot
be read costs only itself.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from strangers import RATE, burst
from support import CHROMIUM, ROOT

from audioxai_lite import AudioModel
from audioxai_lite.files import explain_files, model_from, sound_files
from audioxai_lite.reports import explain_file

SPEC = "loud_models:loudness"
MODELS = """
from audioxai_lite import AudioModel

def loudness():
    def level(sounds):
        return sounds.square().mean(dim=1)
    return AudioModel(level, sample_rate=16_000)

def nothing():
    return 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "loud_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "loud_models", raising=False)
    return tmp_path


def write(path, sound, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.asarray(sound), rate, **options)
    return path


def test_a_report_is_one_page_with_all_in_it(folder):
    file = write(folder / "bark & tone.wav", burst())
    answer = explain_file(model_from(SPEC), file, folder / "page")
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert answer.startswith("score ") and answer in page and "bark &amp; tone.wav" in page
    assert page.count("<audio") == 4 and page.count("data:image/jpeg;base64,") == 1
    assert not re.search(r'(src|href)="http', page)
    for words in ("The regions that matter most", "random cells, 5%", "What cannot be concluded"):
        assert words in page
    about = json.loads((folder / "page.json").read_text())
    region = about["regions"][0]
    assert region["start"] < 0.3 < region["end"] and region["low"] < 2_000 < region["high"]
    first, second = (folder / "page.txt").read_text().splitlines()[:2]
    start, end, label = first.split("\t")
    assert float(start) == pytest.approx(region["start"]) and label == "region 1"
    assert second.split("\t")[0] == "\\" and float(second.split("\t")[1]) == pytest.approx(
        region["low"], abs=0.1
    )
    assert float(end) == pytest.approx(region["end"])


def test_a_long_recording_is_explained_where_its_answer_comes_from(folder):
    long = np.concatenate([0.01 * np.asarray(burst(seconds=1.0, seed=seed)) for seed in range(7)])
    long[4 * RATE : 5 * RATE] += np.asarray(burst(seconds=1.0))
    file = write(folder / "long.flac", long)
    explain_file(model_from(SPEC), file, folder / "long", seconds=1.0)
    about = json.loads((folder / "long.json").read_text())
    assert about["window"] == {"start": 4.0, "seconds": 1.0}
    assert len(about["windows"]["start"]) == 7 and np.argmax(about["windows"]["answer"]) == 4
    assert 4.15 < about["regions"][0]["start"] < 4.4
    page = (folder / "long.html").read_text(encoding="utf-8")
    assert "Where in the recording the answer comes from" in page and "7 windows of 1 s" in page


@pytest.mark.parametrize(("rate", "suffix"), [(8_000, "wav"), (44_100, "ogg"), (22_050, "mp3")])
def test_any_rate_and_format(folder, rate, suffix):
    time = np.arange(rate) / rate
    tone = 0.3 * np.sin(2 * np.pi * 1_000 * time) * (time > 0.5)
    write(folder / f"tone.{suffix}", np.stack([tone, tone], axis=1), rate)
    explain_file(model_from(SPEC), folder / f"tone.{suffix}", folder / "tone")
    region = json.loads((folder / "tone.json").read_text())["regions"][0]
    assert region["low"] <= 1_000 <= region["high"] and region["start"] > 0.3


def test_one_bad_file_costs_only_itself_and_a_second_run_goes_on(folder):
    write(folder / "in" / "good.wav", burst())
    write(folder / "in" / "deep" / "good.wav", burst(hertz=500.0))
    (folder / "in" / "text.wav").write_text("no sound")
    write(folder / "in" / "silent.wav", np.zeros(RATE))
    (folder / "in" / ".hidden.wav").write_text("")
    (folder / "in" / "notes.txt").write_text("")
    files = sound_files(["in"])
    assert sorted(file.name for file in files) == ["good.wav", "good.wav", "silent.wav", "text.wav"]
    table = explain_files(files, SPEC, "out")
    states = table.groupby(table["file"].str.rsplit("/", n=1).str[-1])["state"].apply(list)
    assert states["good.wav"] == ["made", "made"]
    assert "cannot be decoded" in states["text.wav"][0] and "silent" in states["silent.wav"][0]
    pages = sorted(page.relative_to("out").as_posix() for page in Path("out").rglob("*.html"))
    assert pages == ["deep/good.html", "good.html"]
    assert not list(Path("out").rglob("*partial*"))
    again = explain_files(files, SPEC, "out")
    assert (again["state"] == "there already").sum() == 2


def test_recordings_that_cannot_be_decoded_are_named(folder):
    Path("in").mkdir()
    Path("in", "talk.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    Path("in", "notes.txt").write_text("no sound")
    for place in (".ipynb_checkpoints", "__MACOSX"):
        Path("in", place).mkdir()
        Path("in", place, "left.wav").write_bytes(b"")
    files = sound_files(["in"])
    assert "talk.m4a" in [file.name for file in files]
    assert len(files) == 1
    table = explain_files(files, SPEC, "out").set_index("file")["state"]
    assert "cannot be decoded as audio" in table[table.index.str.endswith("m4a")].item()


def test_no_two_files_share_a_report(folder):
    """Folders of one name, names that differ in the ending, and a file that is named twice."""
    named = ["a/x/clip.wav", "b/x/clip.wav", "a/x/clip.flac", "a_x/clip.wav", "a/x_clip.wav"]
    for number, name in enumerate(named):
        write(folder / name, burst(hertz=500.0 * (number + 1)))
    files = sound_files([*named, "a", folder / "b"])
    assert len(files) == 5
    table = explain_files(files, SPEC, "out")
    assert table["state"].tolist() == ["made"] * 5 and table["report"].nunique() == 5
    for file, report in zip(table["file"], table["report"], strict=True):
        about = json.loads(Path(report).with_suffix(".json").read_text())
        assert about["file"] == file
    kept = {Path(report).relative_to("out").as_posix() for report in table["report"]}
    assert {"a/x/clip.wav.html", "a/x/clip.flac.html", "b/x/clip.html"} <= kept


def test_a_model_that_cannot_be_made_is_told_once(folder):
    file = write(folder / "good.wav", burst())
    with pytest.raises(ValueError, match="loud_models:absent is not there"):
        explain_files([file], "loud_models:absent", "out")


def test_a_report_is_whole_or_not_there(folder, monkeypatch):
    file = write(folder / "good.wav", burst())

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        explain_file(model_from(SPEC), file, folder / "page")
    assert [path.name for path in folder.glob("page*")] == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("loud_models", "name the model as package.module:function"),
        ("loud_models:absent", "is not there"),
        ("no_such_module:model", "is not there"),
        ("loud_models:nothing", "returns a int, not an AudioModel"),
    ],
)
def test_a_model_that_is_none_is_named(folder, spec, words):
    with pytest.raises(ValueError, match=words):
        model_from(spec)


def test_no_sound_files(folder):
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match="no sound file among these: empty"):
        sound_files(["empty"])


def run(*arguments, cwd):
    command = [sys.executable, "-m", "audioxai_lite", "explain", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


def test_the_command(folder):
    write(folder / "in" / "good.wav", burst())
    (folder / "in" / "bad.wav").write_text("no sound")
    made = run("in", "--model", SPEC, "--out", "out", "--method", "RISE", cwd=folder)
    assert made.returncode == 0, made.stderr
    assert "good.wav: score " in made.stdout and "bad.wav: not explained: " in made.stdout
    assert json.loads((folder / "out" / "good.json").read_text())["method"] == "RISE"
    none = run("in", cwd=folder)
    assert none.returncode == 1 and "name your model" in none.stderr
    wrong = run("in/bad.wav", "--model", SPEC, "--out", "other", cwd=folder)
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr


def test_the_demo_of_the_readme(tmp_path):
    assert "python -m audioxai_lite explain --demo" in (ROOT / "README.md").read_text()
    made = run("--demo", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "demo.wav: dog" in made.stdout
    assert (tmp_path / "explained" / "demo.html").stat().st_size > 1e5


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_fits_a_projector_and_a_phone(folder, width):
    from playwright.sync_api import sync_playwright

    file = write(folder / "good.wav", burst())
    explain_file(model_from(SPEC), file, folder / "page")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto((folder / "page.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("audio").count() == 4
        broken = "[...document.images].filter(image => !image.naturalWidth).length"
        assert page.evaluate(broken) == 0
        browser.close()


def test_a_short_window_is_its_own(folder):
    file = write(folder / "short.wav", burst())
    model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=RATE)
    explain_file(model, file, folder / "short", seconds=5.0)
    about = json.loads((folder / "short.json").read_text())
    assert about["window"] == {"start": 0.0, "seconds": 0.5}
