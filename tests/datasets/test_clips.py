"""What every data set hands out, whichever it is, and how one is chosen by name."""

import numpy as np
import pandas as pd
import pytest
import torch
from support import seconds_of

from audioxai_lite import datasets
from audioxai_lite.datasets import Clip, Dataset, Event, environment, machine
from audioxai_lite.datasets.download import DownloadError
from audioxai_lite.sound.spectrogram import LogMel

SMALL = {
    "synthetic": {"clips_per_class_and_fold": 1, "seconds": 2.0},
    "environment": {"clips_per_class_and_fold": 1, "seconds": 2.0},
    "machine": {"normal": 3, "anomalous": 7, "seconds": 2.5},
}
REAL = {
    "esc10": (400, 10, 80_000, 16_000),
    "fsdd": (3_000, 10, 8_000, 8_000),
    "noises": (3, 3, 80_000, 16_000),
}


@pytest.fixture
def recordings(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))


@pytest.fixture(scope="module")
def dataset():
    return datasets.load("machine", **SMALL["machine"])


def check_clip(clip, dataset, row):
    assert isinstance(clip, Clip)
    assert (
        clip.waveform.ndim == 2
        and clip.waveform.shape[0] == 1
        and clip.waveform.dtype == torch.float32
    )
    assert clip.waveform.isfinite().all() and 0 < clip.waveform.abs().max() <= 1
    assert (clip.name, clip.label, clip.target, clip.fold) == (
        row["name"],
        row["label"],
        row["target"],
        row["fold"],
    )
    assert clip.sample_rate == dataset.sample_rate and dataset.classes[clip.target] == clip.label
    assert all(
        isinstance(event, Event) and 0 <= event.start < event.end <= seconds_of(clip)
        for event in clip.events
    )


@pytest.mark.parametrize("name", SMALL)
def test_synthesised_data_by_name(name):
    dataset = datasets.load(name, **SMALL[name])
    assert isinstance(dataset, Dataset) and {"name", "label", "target", "fold"} <= set(
        dataset.table
    )
    assert dataset.table["name"].is_unique and set(dataset.table["label"]) == set(dataset.classes)
    for position in (0, len(dataset) // 2, len(dataset) - 1):
        check_clip(dataset[position], dataset, dataset.table.iloc[position])


def test_synthetic_is_the_default_and_the_environment():
    default, synthetic, direct = datasets.load(), datasets.load("synthetic"), environment.load()
    assert (
        default.name == synthetic.name == direct.name == "environment"
        and len(default) == len(direct) == 400
    )
    for position in (0, 399):
        assert torch.equal(default[position].waveform, direct[position].waveform)
        assert torch.equal(synthetic[position].twin, direct[position].twin)


def test_options_are_passed_on():
    dataset = datasets.load(
        "machine", split="train", normal=2, anomalous=0, sample_rate=22_050, seed=3
    )
    assert (
        len(dataset) == 2
        and dataset[1].name == "train-normal-0001"
        and dataset.sample_rate == 22_050
    )
    expected = machine.load("train", 2, 0, sample_rate=22_050, seed=3)[1]
    assert torch.equal(dataset[1].waveform, expected.waveform)
    with pytest.raises(TypeError, match="clips_per_class"):
        datasets.load("machine", clips_per_class=3)


@pytest.mark.parametrize("name", ["planer", "", "ESC10", "esc 10", None])
def test_an_unknown_name_is_answered_with_those_there_are(name):
    with pytest.raises(ValueError, match="there is no data set") as caught:
        datasets.load(name)
    assert repr(name) in str(caught.value)
    for known in ("synthetic", "environment", "machine", "esc10", "esc50", "fsdd", "noises"):
        assert known in str(caught.value)


@pytest.mark.parametrize("name", ["esc10", "esc50", "fsdd", "noises"])
def test_absent_recordings_name_the_command(name, tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    with pytest.raises(DownloadError, match=f"python -m audioxai_lite download {name}") as caught:
        datasets.load(name)
    assert str(tmp_path) in str(caught.value) and "AUDIOXAI_DATA" in str(caught.value)


@pytest.mark.parametrize("name", REAL)
def test_real_recordings_by_name(recordings, name):
    clips, classes, samples, rate = REAL[name]
    dataset = datasets.load(name)
    assert (len(dataset), len(dataset.classes), dataset.sample_rate) == (clips, classes, rate)
    positions = list(range(0, clips, max(1, clips // 6)))
    for position in positions:
        clip = dataset[position]
        check_clip(clip, dataset, dataset.table.iloc[position])
        assert clip.waveform.shape == (1, samples) and clip.events == () and clip.twin is None
        assert clip.truth(LogMel(rate)) is None


@pytest.mark.parametrize(
    ("name", "rate", "seconds"), [("esc10", 8_000, 1.0), ("fsdd", 16_000, 0.5)]
)
def test_real_recordings_at_another_rate_and_length(recordings, name, rate, seconds):
    dataset = datasets.load(name, sample_rate=rate, seconds=seconds)
    assert dataset.sample_rate == rate
    for clip in (dataset[1], dataset[2]):
        assert clip.waveform.shape == (1, round(rate * seconds)) and clip.sample_rate == rate


def test_iterating_twice_gives_every_clip_in_the_order_of_the_table(dataset):
    for _ in range(2):
        clips = list(dataset)
        assert [clip.name for clip in clips] == dataset.table["name"].tolist() and len(
            clips
        ) == len(dataset) == 10
    assert dataset[-1].name == clips[-1].name
    assert torch.equal(dataset[-1].waveform, clips[-1].waveform)
    with pytest.raises(IndexError):
        dataset[10]


def test_selecting_keeps_the_order_the_sound_and_the_original(dataset):
    knocks = dataset.select(kind="knock")
    assert knocks.table["name"].tolist() == ["test-anomalous-0000", "test-anomalous-0006"]
    assert torch.equal(knocks[1].waveform, dataset[9].waveform)
    assert (
        knocks.table.index.tolist() == [0, 1]
        and knocks.classes == dataset.classes
        and len(dataset) == 10
    )
    for several in (["slip", "knock"], ("slip", "knock"), {"slip", "knock"}):
        assert dataset.select(kind=several).table["kind"].tolist() == ["knock", "slip", "knock"]
    assert len(dataset.select(target=0)) == 3 and len(dataset.select()) == 10
    assert dataset.select(target=1, number=range(5, 9)).table["kind"].tolist() == [
        "drop-out",
        "knock",
    ]
    assert dataset.select(kind=["slip", "knock"]).select(kind="slip")[0].events[0].kind == "slip"


def test_selecting_by_fold_leaves_no_source_in_two_parts():
    everything = datasets.load("synthetic")
    training, test = everything.select(fold=[1, 2, 3, 4]), everything.select(fold=5)
    assert len(training) == 320 and len(test) == 80
    assert not set(training.table["name"]) & set(test.table["name"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"colour": "red"}, "machine has no column 'colour'; it has kind, number, label"),
        ({"kind": "knock", "colour": "red"}, "no column 'colour'"),
        ({"kind": "bang"}, "no clip of machine has {'kind': 'bang'}"),
        ({"kind": "knock", "target": 0}, "no clip of machine"),
        ({"kind": []}, "no clip of machine"),
    ],
)
def test_a_selection_without_sense_is_explained(dataset, columns, message):
    with pytest.raises(ValueError, match=message):
        dataset.select(**columns)


@pytest.mark.parametrize("make", [np.array, pd.Series])
def test_values_may_come_from_an_array_or_a_column(dataset, make):
    assert len(dataset.select(number=make([0, 1]))) == 4


def test_as_many_clips_are_faulty_as_asked_and_the_others_keep_their_places():
    clips = machine.load("train", normal=40, anomalous=10, seconds=2.5)
    mixed = clips.polluted(0.2, seed=3)
    rows = mixed.table
    faulty = rows["label"] == "anomalous"
    assert faulty.sum() == 8 == rows.loc[faulty, "name"].nunique() and len(mixed) == 40
    kept = rows.loc[~faulty, "number"]
    assert (kept.to_numpy() == kept.index).all()
    place = int(faulty.to_numpy().argmax())
    assert mixed[place].events and torch.equal(
        mixed[place].waveform, clips[40 + int(rows.loc[place, "number"])].waveform
    )
    assert (rows["name"] == clips.polluted(0.2, seed=3).table["name"]).all()
    assert clips.polluted(0.0).table["name"].tolist() == clips.table["name"].tolist()[:40]
    for share in (0.5, -0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match=f"a share of {share} cannot be replaced by 10"):
            clips.polluted(share)
