"""The synthesised machine: what it promises about every clip, its twin and its truth."""

import math

import numpy as np
import pytest
import torch
from support import seconds_of, waveforms

from audioxai_lite.datasets import Clip, Event, machine
from audioxai_lite.sound import audio
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft

RATE = 16_000
ADDED = ("knock", "squeal", "grind", "rattle")


@pytest.fixture(scope="module")
def dataset():
    return machine.load(normal=6, anomalous=60)


@pytest.fixture(scope="module")
def clips(dataset):
    return list(dataset)


@pytest.fixture(scope="module")
def anomalous(clips):
    return [clip for clip in clips if clip.label == "anomalous"]


def of_kind(clips, kind):
    return [clip for clip in clips if clip.events[0].kind == kind]


def inside(clip, margin=0.0):
    """The samples of the clip's event, less `margin` seconds at both ends."""
    event = clip.events[0]
    return slice(
        math.ceil((event.start + margin) * RATE), math.floor((event.end - margin) * RATE) + 1
    )


def outside(clip):
    mask = torch.ones(clip.waveform.shape[-1], dtype=torch.bool)
    mask[inside(clip, -1 / RATE)] = False
    return mask


def change(clip):
    return (clip.waveform - clip.twin)[0]


def spectrum(samples):
    samples = np.asarray(samples, dtype=np.float64)
    return np.fft.rfftfreq(len(samples), 1 / RATE), np.abs(np.fft.rfft(samples)) ** 2


def level(samples, low, high):
    """Of a band given in hertz, in decibels."""
    frequency, power = spectrum(samples)
    return 10 * np.log10(power[(frequency >= low) & (frequency <= high)].sum())


def same(first, second):
    twins = (first.twin is None) == (second.twin is None)
    return (
        twins
        and torch.equal(first.waveform, second.waveform)
        and (first.twin is None or torch.equal(first.twin, second.twin))
        and (first.name, first.label, first.events) == (second.name, second.label, second.events)
    )


def test_table_lists_normal_clips_first_and_then_the_kinds_in_turn(dataset):
    table = dataset.table
    assert (
        dataset.classes == ("normal", "anomalous")
        and dataset.sample_rate == RATE
        and len(dataset) == 66
    )
    assert table["kind"].tolist() == ["normal"] * 6 + list(machine.KINDS) * 10
    assert table["label"].tolist() == ["normal"] * 6 + ["anomalous"] * 60
    assert table["target"].tolist() == [0] * 6 + [1] * 60
    assert table["name"].is_unique and table["name"][7] == "test-anomalous-0001"


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
        assert (clip.twin is None) == (row.target == 0)


def test_a_clip_depends_on_nothing_but_the_arguments_and_itself(dataset, clips):
    fewer = machine.load(normal=2, anomalous=8)
    assert all(
        same(fewer[position], clips[position if position < 2 else position + 4])
        for position in (9, 1, 0, 2, 7)
    )
    alone = machine.load(normal=0, anomalous=5).select(kind="slip")
    assert len(alone) == 1 and same(alone[0], clips[10])
    assert same(dataset[30], clips[30]) and same(
        dataset.select(kind="drop-out")[3], of_kind(clips[6:], "drop-out")[3]
    )


def test_clips_seeds_and_splits_differ(clips):
    first = [machine.load(split, 1, 1)[position] for split in machine.SPLITS for position in (0, 1)]
    first += [
        machine.load(normal=1, anomalous=1, seed=seed)[position]
        for seed in (1, 2)
        for position in (0, 1)
    ]
    everything = [clip.waveform for clip in clips + first[:4] + first[6:]]
    assert len({waveform.numpy().tobytes() for waveform in everything}) == len(everything)
    assert torch.equal(first[4].waveform, clips[0].waveform) and torch.equal(
        first[5].waveform, clips[6].waveform
    )
    correlation = np.corrcoef(torch.cat(everything[:6] + everything[-8:]))
    assert np.abs(correlation - np.eye(14)).max() < 0.7


def test_the_event_lies_inside_the_clip_and_lasts_as_long_as_stated(anomalous):
    for clip in anomalous:
        (event,) = clip.events
        assert 0.2 <= event.start < event.end <= seconds_of(clip) - 0.2 + 1e-9
        assert 0.6 <= event.end - event.start <= 1.8
    starts = [clip.events[0].start for clip in anomalous]
    assert min(starts) < 0.6 and max(starts) > 2.2


def test_the_twin_differs_all_through_the_event_and_hardly_outside(anomalous):
    for clip in anomalous:
        added = change(clip).abs()
        thirds = added[inside(clip)].chunk(3)
        assert min(third.max() for third in thirds) > 3e-3, clip.name
        assert added[outside(clip)].max() < 1e-3 * clip.waveform.abs().max(), clip.name
        event = clip.events[0]
        far = torch.ones(len(added), dtype=torch.bool)
        far[max(0, int((event.start - 0.05) * RATE)) : int((event.end + 0.05) * RATE)] = False
        assert added[far].max() < 1e-5, clip.name


def test_the_twin_is_the_clip_outside_the_event(anomalous):
    ringing = {clip.name: change(clip)[outside(clip)].abs().max().item() for clip in anomalous}
    assert {name: value for name, value in ringing.items() if value > 1e-6} == {}


@pytest.mark.parametrize(
    "feature", [LogMel(), LogStft(), PowerStft()], ids=lambda feature: type(feature).__name__
)
def test_truth_outlines_every_kind_and_nothing_outside_the_event(clips, feature):
    assert all(clip.truth(feature) is None for clip in clips[:6])
    for clip in clips[6:24]:
        truth = clip.truth(feature)
        assert truth.shape == feature(clip.waveform).values.shape and truth.unique().tolist() == [
            0,
            1,
        ]
        centre = torch.arange(truth.shape[-1]) * feature.hop_length / RATE
        window, event = feature.n_fft / 2 / RATE, clip.events[0]
        during = (centre > event.start - window) & (centre < event.end + window)
        assert (truth[..., ~during] == 0).all(), clip.name
        sounding = truth.amax(dim=2)[0, 0, during]
        assert sounding.mean() > 0.25 and all(part.any() for part in sounding.chunk(3)), clip.name
        assert 0.002 < truth.mean() < 0.2, clip.name


def test_truth_lies_where_the_anomaly_has_its_power(anomalous):
    feature = LogStft()
    for clip in [clip for kind in ADDED for clip in of_kind(anomalous, kind)[:3]]:
        power = PowerStft()(change(clip)[None]).values
        kept = (power * clip.truth(feature)).sum() / power.sum()
        assert kept > 0.8, clip.name


@pytest.mark.parametrize("times", [[(1.0, 1.5)], [(0.0, 0.3), (1.8, 2.0)]])
def test_what_differs_outside_the_events_is_no_truth(times):
    noise = torch.randn(2, 1, 2 * RATE, generator=torch.Generator().manual_seed(0))
    events = tuple(Event(start, end, "hiss") for start, end in times)
    truth = Clip(10 * noise[0], RATE, "a", "anomalous", 1, events=events, twin=noise[1]).truth(
        LogStft()
    )
    for frame, share in enumerate(truth.mean(dim=(0, 1, 2))):
        near = any(start - 0.032 < frame * 0.02 < end + 0.032 for start, end in times)
        assert share > 0.8 if near else share == 0, frame


def test_the_threshold_of_the_truth_is_in_decibels(anomalous):
    areas = [
        anomalous[0].truth(LogStft(), threshold).mean() for threshold in (1.0, 3.0, 10.0, 200.0)
    ]
    assert areas[0] > areas[1] > areas[2] > areas[3] == 0


def test_sixty_clips_stay_below_full_scale(clips):
    peaks = torch.stack([clip.waveform.abs().max() for clip in clips[:60]])
    twins = torch.stack([clip.twin.abs().max() for clip in clips[6:60]])
    assert peaks.max() < 0.98 and twins.max() < 0.98 and peaks.min() > 0.1


def test_a_slip_loses_whole_turns(anomalous):
    for clip in of_kind(anomalous, "slip"):
        end = math.ceil(clip.events[0].end * RATE)
        peak = clip.twin.abs().max()
        assert change(clip)[inside(clip, 0.1)].abs().max() > 0.2 * peak
        assert change(clip)[end : end + 3_200].abs().max() < 1e-3 * peak


def test_a_slip_slows_the_machine(anomalous):
    for clip in of_kind(anomalous, "slip"):
        frequency, power = spectrum(clip.twin[0, inside(clip, 0.1)])
        _, slipping = spectrum(clip.waveform[0, inside(clip, 0.1)])
        blade = (frequency > 130) & (frequency < 190)
        pitch, slow = (
            np.average(frequency[blade], weights=values[blade]) for values in (power, slipping)
        )
        assert slow < pitch - 2, clip.name


def test_a_drop_out_weakens_the_tones_and_spares_the_air(anomalous):
    losses = []
    for clip in of_kind(anomalous, "drop-out"):
        during = inside(clip, 0.05)
        window = np.hanning(clip.twin[0, during].numel())
        frequency, twin = spectrum(clip.twin[0, during] * window)
        _, power = spectrum(clip.waveform[0, during] * window)
        tones = (frequency > 100) & (frequency < 1_300) & (twin > 100 * np.median(twin))
        losses.append(10 * np.log10(twin[tones].sum() / power[tones].sum()))
        assert 2 < losses[-1] < 11, clip.name
        assert np.median(power[frequency > 4_500]) == pytest.approx(
            np.median(twin[frequency > 4_500]), rel=0.02
        )
    assert max(losses) - min(losses) > 1


def band(kind, samples):
    """Where the sound of an added kind lies, in hertz, found in the sound itself."""
    frequency, power = spectrum(samples)
    if kind == "rattle":
        return 4_300, 6_800
    if kind == "knock":
        ring = frequency[power.argmax()]
        return 0.8 * ring, 1.2 * ring
    if kind == "grind":
        centre = frequency[np.searchsorted(power.cumsum(), power.sum() / 2)]
        return 0.65 * centre, 1.35 * centre
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1_024)[
        1_024:-1_024:512
    ] * np.hanning(1_024)
    glide = np.abs(np.fft.rfft(frames, 8_192)).argmax(axis=1) * RATE / 8_192
    return 0.95 * glide.min(), 1.05 * glide.max()


@pytest.mark.parametrize(
    ("kind", "lowest", "highest", "frequencies"),
    [
        ("knock", 1, 10, (2_000, 4_200)),
        ("squeal", -2, 7, (2_300, 4_800)),
        ("grind", 1, 10, (1_800, 4_500)),
        ("rattle", 0, 9, (4_300, 6_800)),
    ],
)
def test_added_sounds_have_the_intended_band_and_level(
    anomalous, kind, lowest, highest, frequencies
):
    ratios = []
    for clip in of_kind(anomalous, kind):
        during = inside(clip)
        added = change(clip)[during].numpy()
        low, high = band(kind, added)
        ratios.append(level(added, low, high) - level(clip.twin[0, during], low, high))
        frequency, power = spectrum(added)
        expected = (frequency > 0.6 * frequencies[0]) & (frequency < 2.1 * frequencies[1])
        assert power[expected].sum() > 0.95 * power.sum(), clip.name
        assert frequencies[0] * 0.9 <= (low + high) / 2 <= frequencies[1] * 1.1, clip.name
    assert lowest - 1.5 <= min(ratios) and max(ratios) <= highest + 1.5
    assert max(ratios) - min(ratios) > 3


def test_the_healthy_machine_turns_at_about_25_hertz(clips):
    for clip in clips[:6]:
        frequency, power = spectrum(clip.waveform[0])
        blade = (frequency > 120) & (frequency < 230)
        assert 7 * 25 * 0.94 < frequency[blade][power[blade].argmax()] < 7 * 25 * 1.06


@pytest.mark.parametrize(("seconds", "sample_rate"), [(2.5, 16_000), (3.3, 22_050), (2.51, 44_100)])
def test_other_lengths_and_rates(seconds, sample_rate):
    for clip in machine.load(normal=1, anomalous=6, seconds=seconds, sample_rate=sample_rate):
        assert (
            clip.waveform.shape == (1, round(seconds * sample_rate))
            and clip.sample_rate == sample_rate
        )
        assert clip.waveform.isfinite().all() and clip.waveform.abs().max() < 1
        assert all(0.2 <= event.start < event.end <= seconds for event in clip.events)


def test_training_takes_normal_clips_only():
    training = machine.load("train", normal=3, anomalous=0)
    assert len(training) == 3 and waveforms(training, range(3)).shape == (3, 64_000)
    assert {clip.label for clip in training} == {"normal"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "dev"}, "split must be one of train, validation, test, not 'dev'"),
        ({"split": None}, "split must be one of"),
        ({"seconds": 2.4}, "at least 2.5 s at 16000 Hz, not 2.4 s"),
        ({"seconds": -1}, "at least 2.5 s"),
        ({"sample_rate": 8_000}, "not 4.0 s at 8000 Hz"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        machine.load(**arguments)


@pytest.mark.parametrize(
    "arguments", [{"seconds": math.nan}, {"normal": -1}, {"anomalous": -3}, {"seed": -1}], ids=str
)
def test_other_bad_arguments_are_refused_when_loading(arguments):
    with pytest.raises(ValueError):
        machine.load(**arguments)
