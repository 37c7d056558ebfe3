"""Spectrograms, attributions and waveforms are drawn where they belong."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from heard import RATE, hiss, tone
from matplotlib.colors import to_hex

from audioxai_lite import datasets
from audioxai_lite.display import figures, style
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft


@pytest.fixture(scope="module")
def clip():
    return datasets.load("machine", normal=0, anomalous=1)[0]


def ticks(ax):
    return {
        tick.get_text(): position
        for tick, position in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)
    }


@pytest.mark.parametrize(
    "feature",
    [
        PowerStft(),
        LogStft(),
        LogStft(n_fft=512, hop_length=128),
        LogMel(),
        LogMel(n_mels=128),
        LogMel(n_mels=40),
        LogMel(f_min=0),
        LogStft(44_100),
        LogMel(44_100, n_mels=128),
    ],
    ids=lambda feature: (
        f"{type(feature).__name__}-{len(feature.frequencies)}-{feature.sample_rate}"
    ),
)
def test_every_tick_stands_at_the_row_of_a_tone_of_its_frequency(feature):
    ax = plt.subplots()[1]
    figures.spectrogram(ax, feature(hiss(rate=feature.sample_rate)).decibels(), feature, "a tone")
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == (
        "time (s)",
        "frequency (kHz)",
        "a tone",
    )
    labels = list(map(float, ticks(ax)))
    if isinstance(feature, LogMel):
        assert (
            labels == sorted(labels)
            and set(labels) <= {0.125, 0.25, 0.5, 1, 2, 4, 8, 16}
            and len(labels) >= 4
        )
    else:
        assert (
            labels == {16_000: [0, 2, 4, 6, 8], 44_100: [0, 4, 8, 12, 16, 20]}[feature.sample_rate]
        )
    assert max(labels) * 1_000 <= 1.03 * feature.frequencies[-1]
    assert np.diff(list(ticks(ax).values())).min() > 0.05 * len(feature.frequencies)
    for kilohertz, position in zip(labels, ticks(ax).values(), strict=True):
        if 0.3 < kilohertz < 0.45 * feature.sample_rate / 1_000:
            values = feature(tone(1_000 * kilohertz, rate=feature.sample_rate)).decibels()
            image = figures.spectrogram(ax, values, feature)
            rows = np.asarray(image.get_array())
            assert image.origin == "lower" and not ax.yaxis_inverted()
            assert (
                rows.shape == values.shape[2:]
                and abs(rows[:, 5:-5].mean(axis=1).argmax() - position) <= 1
            )


@pytest.mark.parametrize(("rate", "hop_length"), [(16_000, 320), (16_000, 100), (44_100, 512)])
def test_the_time_axis_is_in_seconds(rate, hop_length):
    feature = LogStft(rate, hop_length=hop_length)
    sound = torch.zeros(1, 2 * rate)
    sound[0, round(1.5 * rate)] = 1
    ax = plt.subplots()[1]
    image = figures.spectrogram(ax, feature(sound).values, feature)
    left, right, bottom, top = image.get_extent()
    columns, step = image.get_array().shape[1], hop_length / rate
    # The first frame is centred at 0 s.
    assert (left, right, bottom, top) == pytest.approx(
        (-step / 2, (columns - 0.5) * step, -0.5, 512.5)
    )
    assert 2 - 0.5 * step <= right <= 2 + 0.51 * step and ax.get_xlim() == pytest.approx(
        (left, right)
    )
    loudest = np.asarray(image.get_array()).max(axis=0).argmax()
    assert left + (loudest + 0.5) * (right - left) / columns == pytest.approx(1.5, abs=0.51 * step)


def test_colours_span_80_decibels_unless_told_otherwise(clip):
    feature = LogMel()
    values = feature(clip.waveform).values
    image = figures.spectrogram(plt.subplots()[1], values, feature)
    assert (
        image.get_clim() == pytest.approx((values.max().item() - 80, values.max().item()))
        and image.get_cmap().name == "magma"
    )
    mask = figures.spectrogram(
        plt.subplots()[1], values, feature, limits=(0.0, 1.0), colours=style.MASK_MAP
    )
    assert mask.get_clim() == (0, 1) and mask.get_cmap().name == "cividis"


def test_the_outline_runs_around_the_truth_a_band_and_two_frames_away():
    feature = LogStft()
    truth = torch.zeros(1, 1, 513, 51)
    truth[..., 100:200, 20:40] = 1
    axes = plt.subplots(1, 2)[1]
    figures.spectrogram(axes[0], feature(tone()).values, feature)
    assert not axes[0].collections
    figures.spectrogram(axes[1], feature(tone()).values, feature, truth=truth)
    (outline,) = axes[1].collections
    assert to_hex(outline.get_edgecolor()[0]) == style.OUTLINE.lower()
    corners = np.concatenate([path.vertices for path in outline.get_paths()])
    assert corners.min(axis=0) == pytest.approx([0.35, 98.5]) and corners.max(
        axis=0
    ) == pytest.approx([0.83, 200.5])


def test_pictures_side_by_side_share_colours_and_one_labelled_bar(clip):
    feature = LogMel()
    pictures = {
        label: feature(gain * clip.waveform).values
        for label, gain in (("a", 0.5), ("b", 1), ("c", 1), ("d", 1))
    }
    figure = figures.spectrograms(
        pictures, feature, columns=3, truth=clip.truth(feature), label="level (dB)"
    )
    *axes, bar = figure.axes
    assert len(axes) == 6 and [ax.get_visible() for ax in axes] == [True] * 4 + [False] * 2
    assert bar.get_ylabel() == "level (dB)" and [ax.get_title() for ax in axes[:4]] == list("abcd")
    quiet = pictures["a"].max().item()
    for ax, values in zip(axes, pictures.values(), strict=False):
        (image,) = ax.images
        assert image.get_clim() == pytest.approx((quiet - 80, quiet)) and len(ax.collections) == 1
        assert torch.equal(torch.from_numpy(np.asarray(image.get_array())), values[0, 0])
    assert bar.get_ylim() == pytest.approx((quiet - 80, quiet))
    assert [ax.get_ylabel() for ax in axes[:4]] == ["frequency (kHz)", "", "", "frequency (kHz)"]


def test_limits_label_and_columns_are_the_callers():
    feature = LogStft()
    values = feature(tone()).values
    figure = figures.spectrograms(
        {"one": values, "two": values}, feature, 3, None, (0, 1), "mask", style.MASK_MAP
    )
    *axes, bar = figure.axes
    assert len(axes) == 2 and bar.get_ylabel() == "mask" and bar.get_ylim() == (0, 1)
    assert all(
        ax.images[0].get_clim() == (0, 1) and ax.images[0].get_cmap().name == "cividis"
        for ax in axes
    )
    assert len(figures.spectrograms({"alone": values}, feature).axes) == 2


def test_waveform_is_drawn_over_seconds():
    ax = plt.subplots()[1]
    figures.waveform(ax, tone(seconds=0.5), RATE, "tone", color="red")
    (line,) = ax.lines
    assert (
        line.get_xdata()[[0, -1]] == pytest.approx([0, 0.5 - 1 / RATE])
        and line.get_label() == "tone"
    )
    assert np.array_equal(line.get_ydata(), tone(seconds=0.5)[0]) and line.get_color() == "red"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "amplitude")


def test_attributions_are_drawn_each_to_its_own_scale_around_zero():
    feature, truth = LogMel(), torch.zeros(1, 1, 64, 50)
    truth[..., 10:20, 10:20] = 1
    maps = {
        "small": 1e-6 * torch.randn(1, 1, 64, 50),
        "large": 1e6 * torch.randn(1, 1, 64, 50).abs(),
    }
    figure = figures.attributions(maps, feature, truth=truth)
    for ax, found in zip(figure.axes, maps.values(), strict=False):
        (image,) = ax.images
        assert (
            image.get_clim() == (-1, 1)
            and image.get_cmap().name == style.SIGNED_MAP
            and image.get_interpolation() == "nearest"
        )
        drawn = torch.as_tensor(image.get_array().data)
        assert drawn.abs().quantile(0.995).item() == pytest.approx(1, rel=1e-3)
        assert torch.equal(drawn.sign(), found[0, 0].sign()) and len(ax.collections) == 1
    assert (
        figures.attribution(figure.axes[0], torch.zeros(1, 1, 64, 50), feature).get_array().max()
        == 0
    )


def test_an_attribution_of_over_sixteen_million_bins_is_drawn():
    """More than torch's own quantile takes; and where torch takes it, the scale is the same."""
    large = torch.randn(1, 1, 4_200, 4_000, generator=torch.Generator().manual_seed(0))
    with pytest.raises(RuntimeError, match="too large"):
        large.abs().quantile(0.995)
    scaled = figures._to_own_scale(large)
    assert (scaled.abs() > 1).float().mean().item() == pytest.approx(0.005, rel=1e-3)
    small = large[..., :64, :251]
    wanted = small / small.abs().quantile(0.995)
    assert torch.equal(figures._to_own_scale(small), wanted)
