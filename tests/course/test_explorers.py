"""Explorers follow their controls and show what was computed: the skeleton, notebooks 00 to 02."""

import io
import re

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from explorer_parts import RATE, Players, hiss, part, snapshot, tone
from PIL import Image

from audioxai_lite import datasets
from audioxai_lite.course.explorers import ExplorerView, explorer
from audioxai_lite.course.nb00.explorers import anomaly_explorer
from audioxai_lite.course.nb01.explorers import inversion_explorer
from audioxai_lite.course.nb02.explorers import masking_explorer, threshold_explorer
from audioxai_lite.display import figures
from audioxai_lite.models.autoencoder import Autoencoder, random_visible
from audioxai_lite.sound import quality
from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture(scope="module")
def clip():
    return datasets.load("machine", normal=0, anomalous=1)[0]


def test_explorer_draws_once_at_the_start_and_once_for_every_change():
    drawn = []

    def draw(number, word):
        drawn.append((number, word))
        figure = None if number == 2 else plt.figure(figsize=(2 + number, 1))
        sounds = {word: tone(seconds=0.1)} if number else {}
        return ExplorerView(figure, f"{number} {word}", sounds, RATE)

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
    plt.close("all")


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
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
    heard = Players(players)
    assert heard.captions == ["original", "what comes back"]
    gain = 0.9 / max(original.abs().max(), back.abs().max()).item()
    assert np.abs(heard.sounds[1][0] - gain * back[0].numpy()).max() < 1e-3
    plt.close("all")


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
    plt.close("all")


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
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
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
    plt.close("all")


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
    plt.close("all")
