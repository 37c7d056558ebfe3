"""The synthesised environment: what it promises about every clip, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from support import seconds_of

from audioxai_lite.datasets import environment
from audioxai_lite.sound.spectrogram import LogMel, LogStft

CLASSES = (
    "dog",
    "rooster",
    "rain",
    "sea_waves",
    "crackling_fire",
    "crying_baby",
    "sneezing",
    "clock_tick",
    "helicopter",
    "chainsaw",
)


@pytest.fixture(scope="module")
def dataset():
    return environment.load(clips_per_class_and_fold=1, seed=1234)


@pytest.fixture(scope="module")
def clips(dataset):
    return list(dataset)


def test_table_is_balanced_named_as_in_esc50_and_in_esc10s_order():
    table = environment.load().table
    assert len(table) == 400 and table["name"].is_unique
    assert (table.groupby(["label", "fold"]).size() == 8).all()
    assert tuple(table.drop_duplicates("target").sort_values("target")["label"]) == CLASSES
    assert list(table["fold"].unique()) == [1, 2, 3, 4, 5]
    name = table["name"].str.extract(r"^([1-5])-(\d{6})-A-(\d+)$")
    assert (name[0].astype(int) == table["fold"]).all()
    assert name[1].is_unique, "two clips share a source"
    esc50 = dict(zip(table["label"], name[2].astype(int), strict=True))
    assert tuple(esc50.values()) == (0, 1, 10, 11, 12, 20, 21, 38, 40, 41)


def test_a_clip_depends_on_nothing_but_the_arguments_and_itself(dataset, clips):
    larger = environment.load(clips_per_class_and_fold=3, seed=1234)
    for position in (47, 0, 23):
        name = dataset.table["name"][position]
        again = larger.select(name=name)[0]
        assert torch.equal(again.waveform, clips[position].waveform)
        assert torch.equal(again.twin, clips[position].twin)
        assert again.events == clips[position].events
    other_seed = environment.load(clips_per_class_and_fold=1, seed=1235)
    assert not torch.equal(other_seed[0].waveform, clips[0].waveform)
    assert len({clip.waveform.numpy().tobytes() for clip in clips}) == len(clips)


def test_clips_carry_their_row_and_are_fit_to_use(dataset, clips):
    for clip, row in zip(clips, dataset.table.itertuples(), strict=True):
        assert (clip.name, clip.label, clip.target, clip.fold) == (
            row.name,
            row.label,
            row.target,
            row.fold,
        )
        assert dataset.classes[clip.target] == clip.label
        for waveform in (clip.waveform, clip.twin):
            assert waveform.shape == (1, 80_000) and waveform.dtype == torch.float32
            assert waveform.isfinite().all() and waveform.abs().max() <= 1
        assert max(clip.waveform.abs().max(), clip.twin.abs().max()) > 0.29


def test_events_lie_in_order_inside_the_clip_and_have_their_class(clips):
    for clip in clips:
        assert clip.events
        edges = [edge for event in clip.events for edge in (event.start, event.end)]
        assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= seconds_of(clip)
        assert all(event.kind == clip.label and event.end > event.start for event in clip.events)


def test_the_twin_is_the_clip_outside_the_events_and_differs_in_each_of_them(clips):
    for clip in clips:
        change = (clip.waveform - clip.twin)[0]
        outside = torch.ones(len(change), dtype=torch.bool)
        for event in clip.events:
            start, end = round(event.start * clip.sample_rate), round(event.end * clip.sample_rate)
            assert change[start:end].abs().max() > 1e-4, f"{clip.name}: nothing sounds in {event}"
            outside[start:end] = False
        assert outside.any()
        assert (change[outside] == 0).all(), clip.name


def test_level_of_the_event_over_the_background_is_in_the_stated_range(clips):
    frequency = np.fft.rfftfreq(80_000, 1 / 16_000)
    # The A curve as tabulated in IEC 61672, in dB, instead of the module's formula.
    table = {
        31.5: -39.4,
        63: -26.2,
        125: -16.1,
        250: -8.6,
        500: -3.2,
        1000: 0,
        2000: 1.2,
        4000: 1.0,
        8000: -1.1,
    }
    gain = 10 ** (
        np.interp(np.log2(frequency + 1), np.log2(list(table)), list(table.values())) / 10
    )
    levels = []
    for clip in clips:
        sounding = sum(event.end - event.start for event in clip.events) / seconds_of(clip)
        event, background = (
            (gain * np.abs(np.fft.rfft(wave[0].numpy())) ** 2).sum()
            for wave in (clip.waveform - clip.twin, clip.twin)
        )
        levels.append(10 * np.log10(event / sounding / background))
    low, high = environment.SNR
    assert low - 1 < min(levels) < low + 6 and high - 6 < max(levels) < high + 1


def test_truth_outlines_the_event_in_every_clip(clips):
    feature = LogStft()
    area = {clip.name: clip.truth(feature).mean().item() for clip in clips}
    assert min(area.values()) > 0.002, min(area, key=area.get)
    assert max(area.values()) < 0.8, max(area, key=area.get)
    assert 0.03 < np.median(list(area.values())) < 0.4


def test_the_truth_is_the_same_from_whatever_reference(clips):
    quiet = LogMel(reference=4.0, floor=-100 - 10 * np.log10(4))
    for clip in clips[:10]:
        assert (clip.truth(quiet) != clip.truth(LogMel())).float().mean() < 1e-3, clip.name


def test_clocks_tick_evenly(dataset):
    clocks = [clip for clip in dataset.select(label="clock_tick") if len(clip.events) > 3]
    assert clocks
    for clip in clocks:
        gaps = np.diff([event.start for event in clip.events])
        assert np.ptp(gaps) < 0.002, clip.name


@pytest.mark.parametrize(("seconds", "sample_rate"), [(2.0, 8000), (2.01, 44_100), (3.3, 11_025)])
def test_other_lengths_and_rates(seconds, sample_rate):
    for clip in environment.load(1, seconds, sample_rate, seed=1234).select(fold=2):
        assert (
            clip.waveform.shape == (1, round(seconds * sample_rate))
            and clip.sample_rate == sample_rate
        )
        assert clip.waveform.isfinite().all() and clip.events[-1].end <= seconds_of(clip)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("clips_per_class_and_fold", 0),
        ("clips_per_class_and_fold", 10_000),
        ("seconds", 1.9),
        ("seconds", float("nan")),
        ("sample_rate", 4000),
        ("seed", -1),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(argument, value):
    with pytest.raises(ValueError, match=f"{argument} is {value}"):
        environment.load(**{argument: value})


def test_written_folder_reads_back_as_esc50(dataset, clips, tmp_path):
    folder = tmp_path / "new" / "esc"
    environment.write(dataset.select(fold=[1, 5]), folder)
    meta = pd.read_csv(folder / "meta" / "esc50.csv")
    assert list(meta.columns) == [
        "filename",
        "fold",
        "target",
        "category",
        "esc10",
        "src_file",
        "take",
    ]
    assert (
        len(meta) == 20
        and meta["esc10"].all()
        and set(meta["take"]) == {"A"}
        and set(meta["fold"]) == {1, 5}
    )
    assert sorted(meta["filename"]) == sorted(path.name for path in (folder / "audio").iterdir())
    by_name = {clip.name: clip for clip in clips}
    for row in meta.itertuples():
        assert row.filename == f"{row.fold}-{row.src_file}-{row.take}-{row.target}.wav"
        clip = by_name[row.filename.removesuffix(".wav")]
        samples, rate = soundfile.read(folder / "audio" / row.filename, dtype="float32")
        assert row.category == clip.label and rate == clip.sample_rate
        assert np.abs(samples - clip.waveform[0].numpy()).max() < 1 / 32_000
    assert [path.name for path in folder.parent.iterdir()] == ["esc"], "something temporary is left"


def test_write_refuses_an_existing_folder_and_leaves_it_alone(dataset, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="exists already"):
        environment.write(dataset, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_write_leaves_nothing_behind_when_it_fails_halfway(dataset, tmp_path, monkeypatch):
    written = []

    def full_disk(path, *_):
        written.append(path)
        if len(written) == 3:
            raise OSError("no space left on device")

    monkeypatch.setattr(environment.soundfile, "write", full_disk)
    with pytest.raises(OSError, match="no space"):
        environment.write(dataset, tmp_path / "esc")
    assert len(written) == 3 and list(tmp_path.iterdir()) == []


def test_write_refuses_another_data_set(dataset, tmp_path):
    with pytest.raises(ValueError, match="not 'machine'"):
        environment.write(replace(dataset, name="machine"), tmp_path / "esc")
    assert list(tmp_path.iterdir()) == []
