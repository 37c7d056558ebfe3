"""Figures, players and explorers: that what is drawn, heard and shown is what was computed."""

import base64
import io
import itertools
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch
from PIL import Image

from audioxai_lite import attribution, counterfactuals, datasets, masks
from audioxai_lite.course.explorers import Shown, explorer
from audioxai_lite.course.nb00.explorers import anomaly_explorer
from audioxai_lite.course.nb01.explorers import inversion_explorer
from audioxai_lite.course.nb01.scheme import transform_scheme
from audioxai_lite.course.nb02.explorers import masking_explorer, threshold_explorer
from audioxai_lite.course.nb03.explorers import attribution_explorer
from audioxai_lite.course.nb05.explorers import MASK_RULES, mask_explorer
from audioxai_lite.course.nb05.rules import mask_rules
from audioxai_lite.course.nb06.explorers import score_explorer
from audioxai_lite.course.nb08.explorers import counterfactual_explorer
from audioxai_lite.course.nb09.explorers import noise_explorer
from audioxai_lite.display import charts, figures, style
from audioxai_lite.display import players as display_players
from audioxai_lite.evaluation import stability
from audioxai_lite.evaluation.localisation import average_precision
from audioxai_lite.models.autoencoder import Autoencoder, random_visible
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels, quality
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft

RATE = 16_000


@pytest.fixture(autouse=True)
def no_open_figures():
    plt.switch_backend("Agg")
    assert plt.get_fignums() == []
    yield
    plt.close("all")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tone(frequency=440.0, seconds=1.0, rate=RATE, level=0.5):
    time = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return (level * torch.sin(2 * torch.pi * frequency * time)).float()[None]


def hiss(seconds=1.0, rate=RATE, level=0.1):
    return level * torch.randn(1, round(seconds * rate), generator=torch.Generator().manual_seed(0))


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


def test_the_truth_is_outlined_where_it_is():
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
    assert corners.min(axis=0) == pytest.approx([0.39, 99.5]) and corners.max(
        axis=0
    ) == pytest.approx([0.79, 199.5])


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


def test_bars_carry_values_and_the_colours_of_their_methods():
    ax = charts.bars({"ours": 1.25, "librosa": 0.5, "another": 3.0}, "error")
    assert [bar.get_width() for bar in ax.patches] == [1.25, 0.5, 3.0]
    wanted = [style.COLOURS["ours"], style.COLOURS["librosa"], "#999999"]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [
        colour.lower() for colour in wanted
    ]
    assert [text.get_text() for text in ax.texts] == [
        "1.25",
        "0.5",
        "3",
    ] and ax.get_xlabel() == "error"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ours", "librosa", "another"]


def test_methods_are_told_apart_by_colour():
    """Those that stand in one figure: of notebook 01, detectors, attributions, the two classifiers,
    counterfactuals.
    """
    names, colours = list(style.COLOURS), [colour.lower() for colour in style.COLOURS.values()]
    first = [
        0,
        7,
        names.index("saliency"),
        names.index("plain"),
        names.index("generator"),
        len(names),
    ]
    for start, end in zip(first, first[1:], strict=False):
        assert len(set(colours[start:end])) == end - start > 1
    assert first == sorted(first) and names[first[3] : first[4]] == ["plain", "robust"]


def test_the_scheme_of_transforms_shows_what_was_measured():
    measured = {
        ("power", "waveform"): "138 dB",
        ("decibels", "power"): "81 dB",
        ("mel", "power"): "12 dB",
        ("mel decibels", "mel"): "exact",
    }
    figure = transform_scheme(measured)
    figure.canvas.draw()
    (ax,) = figure.axes
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(measured.values()) <= set(texts) and {"waveform", "mel\npower", "10 log₁₀"} <= set(
        texts
    )
    for (start, end), text in measured.items():
        boxes = {
            "waveform": (0, 1),
            "power": (1, 1),
            "decibels": (2, 1),
            "mel": (1, 0),
            "mel decibels": (2, 0),
        }
        middle = np.mean([boxes[start], boxes[end]], axis=0)
        assert np.abs(np.subtract(texts[text], middle)).max() < 0.2, (
            f"{text} is not on the way back from {start}"
        )
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 8
    assert [arrow.get_linestyle() for arrow in arrows].count("--") == 1
    assert len(transform_scheme({}).axes[0].patches) == 8


def test_png_is_a_picture_of_limited_colours_and_size(clip):
    figure = figures.spectrograms({"clip": LogStft()(clip.waveform).values}, LogStft())
    full = io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    small = style.png(figure)
    assert small.startswith(b"\x89PNG\r\n\x1a\n") and len(small) < 0.6 * len(full.getvalue())
    picture, original = Image.open(io.BytesIO(small)), Image.open(full)
    assert picture.format == "PNG" and picture.size == original.size
    assert 32 < len(picture.convert("RGB").getcolors(10_000)) <= 256
    difference = np.asarray(picture.convert("RGB"), float) - np.asarray(
        original.convert("RGB"), float
    )
    assert np.abs(difference).mean() < 4 and np.abs(difference).max() < 60


@pytest.mark.parametrize("in_notebook", [False, True])
def test_style_suits_a_notebook(monkeypatch, in_notebook):
    registered = {}
    formatter = SimpleNamespace(for_type=registered.__setitem__)
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"image/png": formatter}))
    monkeypatch.setattr(style, "get_ipython", lambda: shell if in_notebook else None)
    with plt.rc_context():
        style.use_style()
        assert plt.rcParams["figure.dpi"] == plt.rcParams["savefig.dpi"] == 72
        assert (
            plt.rcParams["figure.constrained_layout.use"]
            and plt.rcParams["image.cmap"] == style.LEVEL_MAP
        )
    assert registered == ({style.Figure: style.png} if in_notebook else {})
    assert plt.get_fignums() == []


class Players(HTMLParser):
    """What a page of players holds: captions, the labels of the players, and their sound as
    (samples, rate).
    """

    def __init__(self, page):
        super().__init__()
        self.captions, self.labels, self.sounds, self.tags = [], [], [], set()
        self.in_caption = False
        self.feed(page)
        self.close()
        assert len(self.captions) == len(self.labels) == len(self.sounds)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.in_caption = tag == "figcaption"
        if self.in_caption:
            self.captions.append("")
        elif tag == "audio":
            assert "controls" in attributes
            self.labels.append(attributes["aria-label"])
        elif tag == "source":
            kind, _, data = attributes["src"].partition(";base64,")
            assert kind == "data:audio/wav"
            self.sounds.append(
                soundfile.read(io.BytesIO(base64.b64decode(data, validate=True)), dtype="float32")
            )

    def handle_endtag(self, tag):
        self.in_caption = False

    def handle_data(self, data):
        if self.in_caption:
            self.captions[-1] += data


def test_players_hold_every_sound_under_one_gain():
    sounds = {"loud": tone(level=0.3), "quiet": 0.03 * hiss(), "silent": torch.zeros(1, 8_000)}
    players = Players(display_players.players_html(sounds, RATE))
    assert players.captions == players.labels == list(sounds)
    for (samples, rate), sound in zip(players.sounds, sounds.values(), strict=True):
        assert rate == RATE and samples.shape == sound[0].shape
        assert np.abs(samples - 3 * sound[0].numpy()).max() < 1e-4
    assert np.abs(players.sounds[0][0]).max() == pytest.approx(0.9, abs=1e-3)


@pytest.mark.parametrize("level", [1e-3, 0.5, 4.0])
def test_the_loudest_peak_is_at_nine_tenths_whatever_it_was(level):
    players = Players(
        display_players.players_html(
            {"first": tone(level=level / 10), "second": -tone(level=level)}, RATE
        )
    )
    peaks = [np.abs(samples).max() for samples, _ in players.sounds]
    assert peaks == pytest.approx([0.09, 0.9], abs=1e-3)
    assert players.sounds[1][0][:10] == pytest.approx(-10 * players.sounds[0][0][:10], abs=1e-3)


def test_labels_are_escaped():
    label = "</figcaption><script>alert('x')</script> \"Tom\" & <b>Jerry</b>"
    page = display_players.players_html({label: tone(), "plain": tone()}, RATE)
    players = Players(page)
    assert players.captions == players.labels == [label, "plain"]
    assert not {"script", "b"} & players.tags and "<script" not in page


def test_long_sounds_are_cut_at_five_seconds():
    sounds = {"long": tone(seconds=6), "short": tone(seconds=0.2)}
    players = Players(display_players.players_html(sounds, RATE))
    assert [len(samples) for samples, _ in players.sounds] == [80_000, 3_200]
    assert np.abs(players.sounds[0][0] - 1.8 * sounds["long"][0, :80_000].numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("rate", "heard"), [(44_100, 16_000), (22_050, 16_000), (16_000, 16_000), (8_000, 8_000)]
)
def test_high_rates_are_reduced_for_the_players(rate, heard):
    sound = tone(1_000, seconds=0.5, rate=rate)
    before = sound.clone()
    ((samples, player_rate),) = Players(display_players.players_html({"tone": sound}, rate)).sounds
    assert player_rate == heard and len(samples) == heard // 2
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * 2 == 1_000 and np.abs(samples).max() == pytest.approx(0.9, abs=0.06)
    assert torch.equal(sound, before)


def test_a_sound_with_gradient_can_be_heard():
    assert (
        len(
            Players(display_players.players_html({"learned": tone().requires_grad_()}, RATE)).sounds
        )
        == 1
    )


def test_silence_can_be_heard():
    ((samples, _),) = Players(
        display_players.players_html({"nothing left": torch.zeros(1, 8_000)}, RATE)
    ).sounds
    assert len(samples) == 8_000 and not samples.any()


@pytest.mark.parametrize("feature", [None, LogStft()], ids=["default", "LogStft"])
def test_compare_shows_one_figure_and_one_row_of_players(monkeypatch, clip, feature):
    shown, displayed = [], []
    monkeypatch.setattr(plt, "show", lambda: shown.extend(plt.get_fignums()))
    monkeypatch.setattr(display_players, "display", displayed.append)
    sounds = {"with knock": clip.waveform, "twin": clip.twin}
    truth = clip.truth(feature or LogMel())
    display_players.compare(sounds, RATE, feature, truth=truth)
    assert len(shown) == 1
    *axes, _ = plt.figure(shown[0]).axes
    assert [ax.get_title() for ax in axes] == list(sounds) and [
        len(ax.collections) for ax in axes
    ] == [1, 1]
    for ax, sound in zip(axes, sounds.values(), strict=True):
        expected = (feature or LogMel())(sound).values[0, 0]
        assert torch.equal(torch.from_numpy(np.asarray(ax.images[0].get_array())), expected)
    (page,) = displayed
    players = Players(page.data)
    assert players.captions == list(sounds)
    seconds = min(5, clip.waveform.shape[1] / RATE)
    assert [len(samples) for samples, _ in players.sounds] == [round(seconds * RATE)] * 2


def part(explorer, kind, description=""):
    (found,) = [
        child
        for child in explorer.children
        if isinstance(child, kind) and child.description == description
    ]
    return found


def snapshot(explorer):
    """The values of all that an explorer shows, controls apart: its text, picture and players."""
    text, picture, players = explorer.children[-3:]
    assert isinstance(text, ipywidgets.HTML) and isinstance(players, ipywidgets.HTML)
    assert isinstance(picture, ipywidgets.Image)
    return [text.value, picture.value, players.value]


def test_explorer_draws_once_at_the_start_and_once_for_every_change():
    drawn = []

    def draw(number, word):
        drawn.append((number, word))
        figure = None if number == 2 else plt.figure(figsize=(2 + number, 1))
        sounds = {word: tone(seconds=0.1)} if number else {}
        return Shown(figure, f"{number} {word}", sounds, RATE)

    number, word = ipywidgets.IntSlider(0, 0, 3), ipywidgets.Dropdown(options=["a", "b"])
    made = explorer({"number": number, "word": word}, draw)
    assert made.children[:2] == (number, word) and drawn == [(0, "a")]
    text, first, players = snapshot(made)
    assert (text, players) == ("0 a", "") and Image.open(io.BytesIO(first)).format == "PNG"
    number.value, word.value = 1, "b"
    assert drawn == [(0, "a"), (1, "a"), (1, "b")]
    text, second, players = snapshot(made)
    assert text == "1 b" and second != first and Players(players).captions == ["b"]
    number.value = 2  # without a figure the picture stays
    assert snapshot(made)[:2] == ["2 b", second] and plt.get_fignums() == []


@pytest.fixture
def inversion():
    glide = (
        torch.sin(
            2 * torch.pi * (300 * (time := torch.arange(8_000) / RATE) + 2_000 * time.square())
        )[None]
        / 2
    )
    sounds = {"glide": glide, "tones": (tone(440, 0.5) + tone(1_500, 0.5) + hiss(0.5)) / 2}
    return inversion_explorer(sounds, RATE), sounds


@pytest.mark.parametrize("control", ["sound", "feature", "phase"])
def test_inversion_explorer_follows_its_controls(inversion, control):
    explorer, _ = inversion
    numbers, picture, players = snapshot(explorer)
    part(explorer, ipywidgets.Dropdown, "feature").value = "mel, 64 bands"
    dropdown = part(explorer, ipywidgets.Dropdown, control)
    before = snapshot(explorer)
    assert all(new != old for new, old in zip(before, (numbers, picture, players), strict=True))
    dropdown.value = next(
        option for option in reversed(dropdown.options) if option != dropdown.value
    )
    assert all(new != old for new, old in zip(snapshot(explorer), before, strict=True))
    assert plt.get_fignums() == []


def test_inversion_explorer_shows_what_was_computed(inversion):
    explorer, sounds = inversion
    chosen = {child.description: child for child in explorer.children[:3]}
    chosen["sound"].value, chosen["feature"].value = "tones", "mel, 128 bands"
    chosen["phase"].value = "Griffin-Lim, 8 iterations"
    feature, original = LogMel(n_mels=128), sounds["tones"]
    back = feature.inverse(feature(original), 8)
    numbers, picture, players = snapshot(explorer)
    si_sdr, distance = map(float, re.findall(r"(-?\d+\.\d) dB", numbers))
    assert si_sdr == pytest.approx(quality.si_sdr(back, original).item(), abs=0.06)
    assert distance == pytest.approx(quality.log_spectral_distance(back, original).item(), abs=0.06)
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    heard = Players(players)
    assert heard.captions == ["original", "what comes back"]
    gain = 0.9 / max(original.abs().max(), back.abs().max()).item()
    assert np.abs(heard.sounds[1][0] - gain * back[0].numpy()).max() < 1e-3
    assert plt.get_fignums() == []


def test_inversion_explorer_offers_settings_that_all_differ(inversion):
    explorer, _ = inversion
    _, feature, phase, *_ = explorer.children
    numbers = {}
    for option in feature.options:
        feature.value = option
        numbers[option] = float(re.findall(r"(-?\d+\.\d) dB", snapshot(explorer)[0])[0])
    assert len(set(numbers.values())) == 5
    assert numbers["power STFT"] > 100 and numbers["STFT in decibels"] > 60
    assert (
        max(
            numbers["STFT in decibels, top_db = 40"],
            numbers["mel, 64 bands"],
            numbers["mel, 128 bands"],
        )
        < 40
    )
    feature.value = "power STFT"
    seen = set()
    for option in phase.options:
        phase.value = option
        seen.add(snapshot(explorer)[0])
    assert len(seen) == 4


@pytest.fixture(scope="module")
def machine():
    return datasets.load("machine", normal=2, anomalous=13, seconds=2.5)


@pytest.mark.parametrize("control", ["kind", "clip"])
def test_anomaly_explorer_follows_its_controls(machine, control):
    explorer = anomaly_explorer(machine)
    before = snapshot(explorer)
    (widget,) = [
        child for child in explorer.children if getattr(child, "description", "") == control
    ]
    widget.value = 1 if control == "clip" else "drop-out"
    changed = [new != old for new, old in zip(snapshot(explorer), before, strict=True)]
    assert changed == [False, True, True]
    assert plt.get_fignums() == []


def test_anomaly_explorer_plays_the_clip_that_was_chosen(machine, monkeypatch):
    drawn, original = [], figures.spectrogram
    monkeypatch.setattr(
        figures, "spectrogram", lambda *inputs: drawn.append(inputs) or original(*inputs)
    )
    explorer = anomaly_explorer(machine)
    kind, number, *_ = explorer.children
    assert kind.options == ("knock", "squeal", "grind", "rattle", "slip", "drop-out")
    assert (number.min, number.max) == (0, 1)
    kind.value, number.value = "grind", 1
    clip = machine.select(kind="grind")[1]
    _, picture, players = snapshot(explorer)
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    heard = Players(players)
    assert heard.captions == ["with a fault", "clean twin"]
    gain = 0.9 / max(clip.waveform.abs().max(), clip.twin.abs().max()).item()
    for (samples, _), sound in zip(heard.sounds, (clip.waveform, clip.twin), strict=True):
        assert np.abs(samples - gain * sound[0].numpy()).max() < 1e-3
    assert torch.equal(drawn[-1][5], clip.truth(LogMel())) and plt.get_fignums() == []


@pytest.fixture(scope="module")
def detectors():
    torch.manual_seed(0)
    models = {"AE": Autoencoder(), "MAE": Autoencoder()}
    for bias, model in enumerate(models.values(), 3):
        model.fit_scale(LogMel()(machine_clip()).values)
        torch.nn.init.constant_(
            model.up[-1].bias, bias
        )  # untrained networks say nothing, and nobody would see a change
    return models


def machine_clip():
    return datasets.load("machine", normal=1, anomalous=0)[0].waveform


@pytest.mark.parametrize(
    ("control", "value"), [("network", "MAE"), ("patch size", 16), ("ratio", 0.7)]
)
def test_masking_explorer_follows_its_controls(detectors, control, value):
    explorer = masking_explorer(detectors, machine_clip(), LogMel())
    before = snapshot(explorer)
    (widget,) = [
        child for child in explorer.children if getattr(child, "description", "") == control
    ]
    widget.value = value
    assert all(new != old for new, old in zip(snapshot(explorer), before, strict=True))
    assert plt.get_fignums() == []


def test_masking_explorer_shows_the_error_of_hidden_cells(detectors):
    feature, waveform = LogMel(), machine_clip()
    numbers, _, players = snapshot(masking_explorer(detectors, waveform, feature))
    values = feature(waveform).values
    visible = random_visible(values.shape, (4, 4), 0.3, torch.Generator().manual_seed(0))
    error = detectors["AE"].errors(values, visible)[visible == 0].mean().item()
    usual = detectors["AE"].standardise(values)[visible == 0].square().mean().item()
    assert re.findall(r"\d+\.\d\d", numbers) == [f"{error:.2f}", f"{usual:.2f}"]
    assert Players(players).captions == ["clip", "holes", "filled in"]


def test_threshold_explorer_counts_what_it_shows():
    labels = np.repeat([0, 1], [100, 20])
    scores = {"good": torch.arange(120.0), "useless": torch.arange(120.0).flip(0)}
    explorer = threshold_explorer(scores, labels)
    numbers, picture, _ = snapshot(explorer)
    assert "20 of 20 faults found, 5 false alarms; precision 0.80, recall 1.00" in numbers
    name, slider, *_ = explorer.children
    slider.value = 100
    after = snapshot(explorer)
    assert (
        "20 of 20 faults found, 0 false alarms; precision 1.00" in after[0] and after[1] != picture
    )
    name.value = "useless"
    assert (
        "0 of 20 faults found, 0 false alarms; precision nan, recall 0.00" in snapshot(explorer)[0]
    )
    assert plt.get_fignums() == []


@pytest.fixture(scope="module")
def classifiers():
    return {"plain": Cnn14(10).eval(), "robust": Cnn14(10).eval()}


MAPS = {
    "saliency": lambda model, values, target: attribution.saliency(model, values, target),
    "energy": lambda model, values, target: values,
}


@pytest.mark.parametrize(
    ("control", "value"), [("clip", 9), ("method", "energy"), ("model", "robust")]
)
def test_attribution_explorer_follows_its_controls(classifiers, control, value):
    dataset = datasets.load("environment", clips_per_class_and_fold=1).select(fold=1)
    explorer = attribution_explorer(classifiers, dataset, MAPS, LogMel())
    before = snapshot(explorer)
    part(explorer, ipywidgets.Dropdown, control).value = value
    changed = [new != old for new, old in zip(snapshot(explorer), before, strict=True)]
    assert changed == [True, True, control == "clip"] and plt.get_fignums() == []


def test_attribution_explorer_shows_what_was_computed(classifiers):
    dataset, feature = (
        datasets.load("environment", clips_per_class_and_fold=1).select(fold=1),
        LogMel(),
    )
    explorer = attribution_explorer(classifiers, dataset, MAPS, feature)
    part(explorer, ipywidgets.Dropdown, "method").value = "energy"
    numbers, picture, players = snapshot(explorer)
    values, truth = feature(dataset[0].waveform).values, dataset[0].truth(feature)
    with torch.no_grad():
        probability, heard = classifiers["plain"](values).softmax(dim=1)[0].max(dim=0)
    assert f"hears {dataset.classes[heard]} with a probability of {probability:.2f}" in numbers
    assert (
        f"average precision of the map {average_precision(values, truth).item():.2f}, of a random"
        in numbers
    )
    assert Image.open(io.BytesIO(picture)).format == "PNG" and Players(players).captions == ["clip"]


@pytest.mark.parametrize("rule", MASK_RULES)
def test_mask_explorer_shows_what_was_computed(classifiers, rule):
    dataset, feature = (
        datasets.load("environment", clips_per_class_and_fold=1).select(fold=1),
        LogMel(),
    )
    model = classifiers["robust"]
    explorer = mask_explorer(model, dataset, MAPS, feature)
    part(explorer, ipywidgets.Dropdown, "method").value = "energy"
    part(explorer, ipywidgets.Dropdown, "rule").value = rule
    part(explorer, ipywidgets.IntSlider, "k (%)").value = 40
    values = feature(dataset[0].waveform).values
    mask = MASK_RULES[rule](values, 0.4)
    for smooth in (False, True):
        part(explorer, ipywidgets.Checkbox, "median filter, 3 × 3 bins").value = smooth
        mask = masks.smooth(mask) if smooth else mask
        with torch.no_grad():
            p = model(torch.cat([values, *masks.apply_mask(values, mask)])).softmax(dim=1)
        named = int(p[0].argmax())
        numbers, picture, players = snapshot(explorer)
        assert f"area {masks.area(mask).item():.1%}" in numbers
        assert f"{p[0, named]:.2f}, of what is kept {p[1, named]:.2f}" in numbers
        assert f"of what is removed {p[2, named]:.2f}" in numbers
        assert ("same class" in numbers) == (int(p[1].argmax()) == named)
        assert Image.open(io.BytesIO(picture)).format == "PNG" and plt.get_fignums() == []
        assert Players(players).captions == ["clip", "kept", "removed"]


def test_mask_explorer_says_when_a_mask_does_nothing(classifiers):
    dataset = datasets.load("environment", clips_per_class_and_fold=1).select(fold=1)
    nothing = {"negative": lambda model, values, target: -values.abs() - 1}
    explorer = mask_explorer(classifiers["plain"], dataset, nothing, LogMel())
    assert "the same everywhere" not in snapshot(explorer)[0]
    part(explorer, ipywidgets.Dropdown, "rule").value = "top k % of the positive part, as published"
    assert "area 100.0%, <b>the same everywhere</b>" in snapshot(explorer)[0]


def test_rules_are_drawn_where_they_begin_to_keep():
    found = torch.linspace(-1, 1, 200).reshape(1, 1, 10, 20)
    given = {"sign": (found > 0).float(), "top 5 %": (found > 0.9).float(), "soft": (found + 1) / 2}
    figure, ax = plt.subplots()
    mask_rules(ax, found, given)
    assert sum(patch.get_height() for patch in ax.patches) == 200
    right = figure.axes[1]
    sign, top, soft = right.lines
    assert sign.get_xdata()[0] == pytest.approx(found[found > 0].min().item())
    assert (
        top.get_xdata()[0] == pytest.approx(found[found > 0.9].min().item())
        and top.get_linestyle() == "--"
    )
    assert list(soft.get_ydata()) == pytest.approx([(x + 1) / 2 for x in soft.get_xdata()])
    assert [text.get_text() for text in right.get_legend().get_texts()] == list(given)


def test_heat_map_writes_its_numbers_and_paints_the_good_bright():
    table = pd.DataFrame({"a": [0.0, 1.0], "b": [0.5, np.nan]}, index=["x", "y"])
    for higher in (True, False):
        figure, ax = plt.subplots()
        image = charts.heat_map(ax, table, "title", (0, 1), higher, decimals=1)
        assert [text.get_text() for text in ax.texts] == ["0.0", "0.5", "1.0"]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
        brightness = [sum(image.cmap(image.norm(value))[:3]) for value in (0.0, 1.0)]
        assert (brightness[1] > brightness[0]) == higher
        assert ax.texts[0].get_color() == ("white" if higher else "black")


@pytest.fixture
def study():
    rows = [
        {
            "model": model,
            "grain": "bins",
            "method": method,
            "mask": mask,
            "area": 0.1 * (1 + number),
            "constant": 0.5,
            **{score: 1.0 + number for score in posthoc_audio.DIRECTIONS},
            "AD over cells": -2.0 * number,
        }
        for model in ("plain", "robust")
        for number, (method, mask) in enumerate(
            itertools.product(("saliency", "LRP"), ("sign", "top"))
        )
    ]
    return pd.DataFrame([*rows, rows[0] | {"method": "none", "AD": -99.0}])


def test_score_explorer_names_the_best(study):
    explorer = score_explorer(study)
    numbers, picture, _ = snapshot(explorer)
    assert (
        "best: saliency with sign, 1.00; it keeps 10% of a clip" in numbers
        and "on 50% of them" in numbers
    )
    part(explorer, ipywidgets.Dropdown, "score").value = "FF"
    assert "best: LRP with top, 4.00; it keeps 40%" in snapshot(explorer)[0]
    part(explorer, ipywidgets.Dropdown, "score").value = "area"
    assert "best: saliency with sign, 0.10" in snapshot(explorer)[0]
    part(explorer, ipywidgets.Dropdown, "score").value = "AD"
    part(explorer, ipywidgets.Dropdown, "shown").value = "less that of random cells"
    assert "best: LRP with top, -6.00" in snapshot(explorer)[0] and snapshot(explorer)[1] != picture
    part(explorer, ipywidgets.Dropdown, "score").value = "COMP"
    assert (
        "random cells were not asked for COMP" in snapshot(explorer)[0] and plt.get_fignums() == []
    )


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


def test_histogram_roc_and_dots_draw_the_numbers():
    scores, labels = np.r_[np.zeros(10), np.ones(5)], np.repeat([0, 1], [10, 5])
    figure, axes = plt.subplots(1, 3)
    charts.score_histogram(axes[0], scores, labels, 0.5)
    counts = [patch.get_height() for patch in axes[0].patches]
    assert sum(counts) == 15 and max(counts) == 10 and axes[0].lines[0].get_xdata()[0] == 0.5
    curve = pd.DataFrame(
        {
            "true_positive_rate": [0, 1],
            "true_positive_rate low": [0, 0.5],
            "true_positive_rate high": [0.5, 1],
        },
        index=[0.0, 1.0],
    )
    charts.roc(axes[1], {"AE": curve})
    assert axes[1].lines[0].get_ydata().tolist() == [0, 1]
    assert to_hex(axes[1].lines[0].get_color()) == style.COLOURS["AE"].lower()
    table = pd.concat(
        {"AE": pd.DataFrame({"auc": [0.8], "auc low": [0.7], "auc high": [0.85]}, index=["all"])},
        axis=1,
    )
    charts.dots(axes[2], table, {"AE": "black"})
    assert axes[2].lines[0].get_xdata().tolist() == [0.8]
    assert axes[2].collections[0].get_segments()[0][:, 0].tolist() == pytest.approx([0.7, 0.85])


def test_counterfactual_explorer_shows_what_was_computed():
    clips, feature = list(datasets.load("machine", normal=0, anomalous=2)), LogMel()
    detector = Autoencoder()
    torch.manual_seed(0)
    generators = {"one": counterfactuals.Generator(), "two": counterfactuals.Generator(2)}
    with torch.no_grad():
        for generator in generators.values():
            generator.last.weight.normal_(std=0.3)
    values = feature(clips[1].waveform).values
    detector.fit_scale(values)
    ranges = counterfactuals.target_ranges(
        detector, torch.cat([values, feature(clips[1].twin).values])
    )
    explorer = counterfactual_explorer(generators, detector, ranges, clips)
    part(explorer, ipywidgets.Dropdown, "clip").value = f"2: {clips[1].events[0].kind}"
    part(explorer, ipywidgets.SelectionSlider, "target α").value = 0.5
    part(explorer, ipywidgets.IntSlider, "concept k").value = 1
    for name, concept in (("one", 0), ("two", 1)):
        part(explorer, ipywidgets.Dropdown, "generator").value = name
        changed = counterfactuals.apply(generators[name], detector, values, 0.5, concept)
        numbers, picture, players = snapshot(explorer)
        score = counterfactuals.log_scores(detector, changed).item()
        assert f"→ {score:.2f}, wanted {ranges[2, 0]:.2f} to {ranges[2, 1]:.2f}" in numbers
        assert (
            f"mean change {(changed - values).abs().mean():.2f} dB" in numbers
            and f"k = {concept}" in numbers
        )
        assert Image.open(io.BytesIO(picture)).format == "PNG" and plt.get_fignums() == []
        captions = ["the clip", "counterfactual", "what was taken out", "clean twin"]
        assert Players(players).captions == captions


def test_noise_explorer_shows_what_was_computed():
    dataset = datasets.load("environment").select(
        fold=5, name=list(datasets.load("environment").table["name"][-2:])
    )
    torch.manual_seed(0)
    model, feature = Cnn14(10).eval(), LogMel()
    noises = {
        name: draw(80_000, RATE, torch.Generator().manual_seed(0)) for name, draw in NOISES.items()
    }
    methods = {
        "saliency": lambda m, v, t: attribution.saliency(m, v, t, absolute=False),
        "Grad-CAM": lambda m, v, t: attribution.grad_cam(m, v, t, m.conv_block6.conv2, 2),
    }
    explorer = noise_explorer(model, dataset, noises, methods, feature)
    part(explorer, ipywidgets.Dropdown, "clip").value = 1
    part(explorer, ipywidgets.IntSlider, "SNR (dB)").value = -5
    clip, seen = dataset[1], set()
    for name, method in itertools.product(noises, methods):
        part(explorer, ipywidgets.Dropdown, "background").value = name
        part(explorer, ipywidgets.Dropdown, "method").value = method
        noisy = levels.mix(clip.waveform, noises[name], -5, RATE)
        values = [feature(sound).values for sound in (clip.waveform, noisy)]
        with torch.no_grad():
            targets = [model(x).argmax(dim=1) for x in values]
        maps = [methods[method](model, x, t) for x, t in zip(values, targets, strict=True)]
        numbers, picture, players = snapshot(explorer)
        assert f"{stability.top_overlap(*maps).item():.0%} stay" in numbers
        assert numbers.startswith("the same" if torch.equal(*targets) else "another")
        scores = [average_precision(found, clip.truth(feature)).item() for found in maps]
        assert f"average precision {scores[0]:.2f} clean, {scores[1]:.2f} noisy" in numbers
        assert Players(players).captions == ["clean", "noisy"] and plt.get_fignums() == []
        seen.add(picture)
    assert len(seen) == 6


def test_curve_has_its_steps_values_and_band():
    table = pd.DataFrame(
        {"value": [0.2, 0.5, 0.9], "value low": [0.1, 0.4, 0.8], "value high": [0.3, 0.7, 1.0]},
        index=[-5.0, 10.0, "clean"],
    )
    _, ax = plt.subplots()
    charts.curve(ax, table, "value", "LIME", style.COLOURS["LIME"])
    (line,), (band,) = ax.lines, ax.collections
    assert (
        line.get_xydata().tolist() == [[0, 0.2], [1, 0.5], [2, 0.9]] and line.get_label() == "LIME"
    )
    corners = {
        tuple(round(x, 6) for x in corner) for corner in band.get_paths()[0].vertices.tolist()
    }
    assert {(0, 0.1), (0, 0.3), (1, 0.4), (1, 0.7), (2, 0.8), (2, 1.0)} <= corners
    assert [label.get_text() for label in ax.get_xticklabels()] == ["-5", "10", "clean"]
    plt.close()
