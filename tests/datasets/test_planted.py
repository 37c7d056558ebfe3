"""Real scenes with planted sounds: on a small made-up ESC-10 and, where it is, on the recordings
themselves.
"""

import math

import numpy as np
import pytest
import soundfile
import torch
from support import seconds_of, waveforms

from audioxai_lite.datasets import planted
from audioxai_lite.datasets.sources import ESC50_CLASSES, DownloadError
from audioxai_lite.sound import audio
from audioxai_lite.sound.spectrogram import LogMel

RATE = 16_000
SCENES = {"rain": 10, "sea_waves": 11}
PITCH = {
    kind: 500.0 + 700 * number for number, kind in enumerate(planted.KINDS)
}  # of the loud burst, in hertz
PAUSING = 1001  # a recording of rain that is silent for half of its time
PADDED = 1002  # another that is silent at its end


def made_up_scene(rng, category, source):
    noise = 0.1 * rng.standard_normal(5 * RATE)
    if category == "sea_waves":
        return noise * (1 + 0.9 * np.sin(2 * np.pi * 0.2 * np.arange(5 * RATE) / RATE))
    noise[: 5 * RATE // 2 if source == PAUSING else 0] = 0
    noise[-RATE // 2 if source == PADDED else 5 * RATE :] = 0
    return noise


def made_up_sound(rng, category):
    """A burst of 0.3 s in silence or, of a dog, in a soft hum."""
    time = np.arange(5 * RATE) / RATE
    start = rng.uniform(1, 3.5)
    burst = np.where(
        (time > start) & (time < start + 0.3), 0.5 * np.sin(2 * np.pi * PITCH[category] * time), 0
    )
    return burst + 0.02 * np.sin(2 * np.pi * 6_500 * time) * (category == "dog")


def write_esc10(folder, recordings=10, classes=(*SCENES, *planted.KINDS)):
    """Ids of recordings tell their class, 100 times its number; every third recording has two
    takes.
    """
    rng = np.random.default_rng(0)
    (folder / "audio").mkdir(parents=True)
    for category in classes:
        number = ESC50_CLASSES.index(category)
        for source in range(100 * number, 100 * number + recordings):
            for take in "AB" if source % 3 == 0 else "A":
                scene = category in SCENES
                samples = (
                    made_up_scene(rng, category, source) if scene else made_up_sound(rng, category)
                )
                soundfile.write(folder / "audio" / f"1-{source}-{take}-{number}.wav", samples, RATE)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_esc10(folder / "esc10")
    return folder


@pytest.fixture(scope="module", params=["made-up", "real"])
def data(request):
    """ESC-10 where `planted` looks for it: the made-up one, then the real one."""
    with pytest.MonkeyPatch.context() as patch:
        name = "made_up" if request.param == "made-up" else "shared_data"
        patch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue(name)))
        yield request.param


@pytest.fixture
def only_made_up(made_up, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(made_up))


@pytest.fixture(scope="module")
def dataset(data):
    return planted.load(normal=20, anomalous=40)


@pytest.fixture(scope="module")
def clips(dataset):
    return list(dataset)


@pytest.fixture(scope="module")
def anomalous(clips):
    return clips[20:]


def inside(clip):
    """The samples of the clip's event."""
    event = clip.events[0]
    return slice(round(event.start * clip.sample_rate), round(event.end * clip.sample_rate))


def rms(samples):
    return samples.double().square().mean().sqrt().item()


def ratio(clip):
    """Signal-to-noise ratio during the event, in decibels."""
    added = clip.waveform.double() - clip.twin.double()
    return 20 * math.log10(rms(added[:, inside(clip)]) / rms(clip.twin[:, inside(clip)]))


def same(first, second):
    return (
        torch.equal(first.waveform, second.waveform)
        and (first.twin is None) == (second.twin is None)
        and (first.twin is None or torch.equal(first.twin, second.twin))
        and (first.name, first.label, first.events) == (second.name, second.label, second.events)
    )


def test_table_lists_normal_clips_first_and_then_the_kinds_in_turn(dataset):
    table = dataset.table
    assert (dataset.name, dataset.classes, dataset.sample_rate) == (
        "planted",
        ("normal", "anomalous"),
        RATE,
    )
    assert table.columns[:6].tolist() == ["kind", "number", "label", "target", "name", "fold"]
    assert table["kind"].tolist() == ["normal"] * 20 + list(planted.KINDS) * 5
    assert table["label"].tolist() == ["normal"] * 20 + ["anomalous"] * 40
    assert table["target"].tolist() == [0] * 20 + [1] * 40 and set(table["fold"]) == {0}
    assert table["name"].is_unique and table["name"][21] == "test-anomalous-0001"
    for column in ("snr", "planted_file", "planted_src_file"):
        assert table[column].isna().tolist() == [True] * 20 + [False] * 40
    assert (
        table["snr"].between(0, 10).tolist() == [False] * 20 + [True] * 40
        and table["snr"].std() > 1
    )
    assert not set(planted.KINDS) & set(planted.SCENES)


def test_table_names_the_recordings(data, dataset):
    for row in dataset.table.itertuples():
        _, source, _, number = row.file.removeprefix("audio/").split("-")
        assert int(source) == row.src_file and ESC50_CLASSES[int(number.split(".")[0])] == "rain"
        if row.target:
            _, source, _, number = row.planted_file.removeprefix("audio/").split("-")
            assert (
                int(source) == row.planted_src_file
                and ESC50_CLASSES[int(number.split(".")[0])] == row.kind
            )
    source = dataset.table["planted_src_file"][30]
    assert set(dataset.select(planted_src_file=source).table["planted_src_file"]) == {source}


def test_clips_carry_their_row_and_are_fit_to_use(dataset, clips):
    for clip, row in zip(clips, dataset.table.itertuples(), strict=True):
        assert (clip.name, clip.label, clip.target, clip.fold) == (
            row.name,
            row.label,
            row.target,
            0,
        )
        assert [event.kind for event in clip.events] == [row.kind] * row.target
        assert clip.waveform.shape == (1, 64_000) and clip.waveform.dtype == torch.float32
        assert audio.check(clip.waveform, clip.sample_rate, RATE) is clip.waveform
        assert clip.waveform.abs().max() < 1 and (clip.twin is None) == (row.target == 0)


def test_a_clip_depends_on_nothing_but_the_arguments_and_itself(dataset, clips):
    planted._recording.cache_clear()
    fewer = planted.load(normal=2, anomalous=8)
    assert all(
        same(fewer[position], clips[position + 18 * (position >= 2)])
        for position in (9, 1, 0, 2, 7)
    )
    alone = planted.load(normal=0, anomalous=6).select(kind="clock_tick")
    assert len(alone) == 1 and same(alone[0], clips[25])
    assert same(dataset[30], clips[30]) and same(dataset.select(kind="dog")[3], clips[20 + 24])


def test_clips_seeds_splits_and_scenes_differ(only_made_up):
    datasets = [
        planted.load(scene, split, 1, 2) for scene in planted.SCENES for split in planted.SPLITS
    ]
    datasets += [
        planted.load(normal=4, anomalous=4, seed=1),
        planted.load(normal=4, anomalous=4, seed=2),
    ]
    clips = [clip for dataset in datasets for clip in dataset]
    assert len({clip.waveform.numpy().tobytes() for clip in clips}) == len(clips)
    starts = [clip.events[0].start for clip in clips if clip.events]
    assert len(set(starts)) == len(starts)


def test_no_recording_is_in_two_splits(data):
    used = {split: set() for split in planted.SPLITS}
    for scene in planted.SCENES:
        for seed in (0, 1):
            for split in planted.SPLITS:
                table = planted.load(scene, split, normal=60, anomalous=160, seed=seed).table
                used[split] |= set(table["src_file"]) | set(table["planted_src_file"].dropna())
    train, validation, test = used.values()
    assert not train & validation and not train & test and not validation & test
    there = {"made-up": 100, "real": 304}[data]
    assert [round(len(part) / there, 1) for part in used.values()] == [0.5, 0.2, 0.3]


def test_every_recording_that_serves_has_one_split(only_made_up):
    tables = [
        planted.load("rain", split, normal=60, anomalous=0, seconds=2.0).table
        for split in planted.SPLITS
    ]
    found = [set(table["src_file"]) for table in tables]
    assert [len(part) for part in found] == [5, 2, 3] and set().union(*found) == set(
        range(1000, 1010)
    )


def test_the_twin_is_the_clip_outside_the_event(anomalous):
    for clip in anomalous:
        change = (clip.waveform - clip.twin)[0]
        assert (change[inside(clip)] != 0).any(), clip.name
        change[inside(clip)] = 0
        assert (change == 0).all(), clip.name


def test_the_event_lies_inside_the_clip(anomalous):
    for clip in anomalous:
        (event,) = clip.events
        assert 0.2 - 1e-4 <= event.start < event.end <= seconds_of(clip) - 0.2 + 1e-4
        assert 0.6 - 1e-4 <= event.end - event.start <= 1.2 + 1e-4
    starts = [clip.events[0].start for clip in anomalous]
    assert min(starts) < 0.8 and max(starts) > 2.2


def test_the_ratio_is_the_one_in_the_table(dataset, anomalous):
    for clip, snr in zip(anomalous, dataset.table["snr"][20:], strict=True):
        assert ratio(clip) == pytest.approx(snr, abs=0.1), clip.name


def test_another_ratio_changes_nothing_else(dataset, anomalous):
    louder = planted.load(normal=20, anomalous=40, snr=(-5, -5))
    for clip, original in zip(list(louder)[20:28], anomalous, strict=False):
        assert ratio(clip) == pytest.approx(-5, abs=0.1)
        assert clip.events == original.events
        assert torch.allclose(
            clip.twin / rms(clip.twin), original.twin / rms(original.twin), atol=1e-5
        )


def test_scenes_have_one_level(clips):
    levels = np.array([rms(clip.waveform if clip.twin is None else clip.twin) for clip in clips])
    decibels = 20 * np.log10(levels / planted.LEVEL)
    scaled = np.array([clip.waveform.abs().max() > 0.979 for clip in clips])
    assert np.abs(decibels[~scaled]).max() <= 1.001 and decibels[~scaled].std() > 0.3
    assert scaled.mean() < 0.1 and (decibels <= 1.001).all()


def test_a_clip_beyond_full_scale_is_scaled_down_with_its_twin(only_made_up):
    for clip in planted.load(normal=0, anomalous=8, snr=(35, 35)):
        assert clip.waveform.abs().max().item() == pytest.approx(0.98, abs=1e-4)
        assert rms(clip.twin) < 0.8 * planted.LEVEL and ratio(clip) == pytest.approx(35, abs=0.1)
        assert torch.equal(
            clip.waveform[:, : inside(clip).start], clip.twin[:, : inside(clip).start]
        )


def test_truth_outlines_every_planted_sound(clips):
    feature = LogMel()
    for clip in clips[20:]:
        truth = clip.truth(feature)
        assert truth.unique().tolist() == [0, 1] and 0.001 < truth.mean() < 0.35, clip.name
    assert clips[0].truth(feature) is None


@pytest.mark.parametrize("scene", planted.SCENES)
def test_no_excerpt_of_a_scene_falls_silent(data, scene):
    for clip in planted.load(scene, normal=60, anomalous=0):
        frames = clip.waveform.reshape(-1, 320).square().mean(dim=1).sqrt()
        assert frames.min() > 1e-3 * rms(clip.waveform), clip.name


def test_silent_stretches_are_avoided_and_recordings_without_room_left_out(only_made_up):
    def used(seconds):
        return set().union(
            *(
                planted.load("rain", split, 40, 0, seconds).table["src_file"]
                for split in planted.SPLITS
            )
        )

    assert used(2.0) - used(4.0) == {PAUSING} and used(4.0) - used(5.0) == {PADDED}
    for split in planted.SPLITS:
        for clip in planted.load("rain", split, 40, 0, seconds=2.4):
            assert clip.waveform.reshape(-1, 160).square().mean(dim=1).min() > 0, clip.name


def test_excerpts_differ_in_where_they_start(only_made_up):
    dataset = planted.load("sea_waves", normal=30, anomalous=0, seconds=2.5)
    dataset = dataset.select(src_file=dataset.table["src_file"][0])
    valleys = [
        clip.waveform.reshape(-1, 800).square().mean(dim=1).argmin().item() for clip in dataset
    ]
    assert max(valleys) - min(valleys) > 5


def test_an_excerpt_comes_from_the_recording_in_the_table(only_made_up, made_up):
    dataset = planted.load(normal=4, anomalous=4)
    for clip, row in zip(dataset, dataset.table.itertuples(), strict=True):
        recording = audio.read(made_up / "esc10" / row.file)[0][0].numpy()
        excerpt = (clip.waveform if clip.twin is None else clip.twin)[0].numpy()
        similarity = [
            excerpt @ recording[start : start + 64_000] for start in range(0, 16_001, 160)
        ]
        found = recording[160 * np.argmax(similarity) :][:64_000]
        assert np.corrcoef(found, excerpt)[0, 1] > 0.9999, clip.name


def test_the_loudest_part_is_planted_in_the_middle_of_the_event(only_made_up):
    for clip in planted.load(normal=0, anomalous=16, seconds=3.0):
        added = (clip.waveform - clip.twin)[0, inside(clip)]
        spectrum = torch.fft.rfft(added).abs()
        pitch = spectrum.argmax().item() * RATE / len(added)
        assert pitch == pytest.approx(PITCH[clip.events[0].kind], abs=5), clip.name
        power = added.square().cumsum(0) / added.square().sum()
        assert 0.4 < torch.searchsorted(power, 0.5).item() / len(added) < 0.6, clip.name
        burst = torch.searchsorted(power, torch.tensor([0.02, 0.98])).diff().item() / RATE
        assert burst == pytest.approx(0.3, abs=0.03), clip.name


def test_planted_sounds_fade_in_and_out(anomalous):
    for clip in anomalous:
        added = (clip.waveform - clip.twin)[0, inside(clip)].abs()
        assert max(added[:16].max(), added[-16:].max()) < 0.02 * added.max(), clip.name


@pytest.mark.parametrize(("seconds", "sample_rate"), [(2.0, 8_000), (3.3, 22_050), (2.51, 16_000)])
def test_other_lengths_and_rates(only_made_up, seconds, sample_rate):
    for clip in planted.load("sea_waves", "validation", 2, 8, seconds, sample_rate):
        assert (
            clip.waveform.shape == (1, round(seconds * sample_rate))
            and clip.sample_rate == sample_rate
        )
        assert clip.waveform.isfinite().all() and clip.waveform.abs().max() < 1
        assert all(0.19 <= event.start < event.end <= seconds - 0.19 for event in clip.events)


def test_training_takes_normal_clips_only(only_made_up):
    training = planted.load(split="train", normal=3, anomalous=0)
    assert waveforms(training, range(3)).shape == (3, 64_000)
    assert set(training.table["label"]) == {"normal"}
    assert len(planted.load(normal=0, anomalous=0)) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scene": "wind"}, "scene must be one of rain, sea_waves, not 'wind'"),
        ({"split": "dev"}, "split must be one of train, validation, test, not 'dev'"),
        ({"seconds": 1.9}, "2 to 5 s at 8000 Hz or more, not 1.9 s"),
        ({"seconds": 5.1}, "2 to 5 s"),
        ({"seconds": math.nan}, "2 to 5 s"),
        ({"sample_rate": 4_000}, "not 4.0 s at 4000 Hz"),
        ({"normal": -1}, "start from 0, not -1, 100 and 0"),
        ({"anomalous": -3}, "start from 0"),
        ({"seed": -1}, "start from 0"),
        ({"snr": (10, 0)}, r"lowest and the highest ratio in decibels, not \(10, 0\)"),
        ({"snr": (0, math.inf)}, "lowest and the highest"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_by_name(only_made_up, arguments, message):
    with pytest.raises(ValueError, match=message):
        planted.load(**arguments)


def test_absent_or_incomplete_recordings_name_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    command = "python -m audioxai_lite download esc10"
    with pytest.raises(DownloadError, match=command):
        planted.load()
    write_esc10(tmp_path / "esc10", 3, ["rain", *planted.KINDS[1:]])
    for scene in planted.SCENES:
        with pytest.raises(
            DownloadError, match=f"lacks recordings of {scene} for train.*{command}"
        ):
            planted.load(scene, "train")
