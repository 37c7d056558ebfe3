"""Explorers of notebooks 03 to 09: that they show what was computed."""

import io
import itertools

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch
from explorer_parts import RATE, Players, part, snapshot
from PIL import Image

from audioxai_lite import attribution, counterfactuals, datasets, masks
from audioxai_lite.course.nb03.explorers import attribution_explorer
from audioxai_lite.course.nb05.explorers import MASK_RULES, mask_explorer
from audioxai_lite.course.nb06.explorers import score_explorer
from audioxai_lite.course.nb07.explorers import faithfulness_explorer
from audioxai_lite.course.nb08.explorers import counterfactual_explorer
from audioxai_lite.course.nb09.explorers import noise_explorer
from audioxai_lite.evaluation import faithfulness, stability
from audioxai_lite.evaluation.localisation import average_precision
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture(scope="module")
def clip():
    return datasets.load("machine", normal=0, anomalous=1)[0]


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
    assert Image.open(io.BytesIO(picture)).format == "JPEG" and Players(players).captions == [
        "clip"
    ]


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
        assert Image.open(io.BytesIO(picture)).format == "JPEG" and plt.get_fignums() == []
        assert Players(players).captions == ["clip", "kept", "removed"]


def test_mask_explorer_says_when_a_mask_does_nothing(classifiers):
    dataset = datasets.load("environment", clips_per_class_and_fold=1).select(fold=1)
    nothing = {"negative": lambda model, values, target: -values.abs() - 1}
    explorer = mask_explorer(classifiers["plain"], dataset, nothing, LogMel())
    assert "the same everywhere" not in snapshot(explorer)[0]
    part(explorer, ipywidgets.Dropdown, "rule").value = "top k % of the positive part, as published"
    assert "area 100.0%, <b>the same everywhere</b>" in snapshot(explorer)[0]


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
    assert "controls were not asked for COMP" in snapshot(explorer)[0] and plt.get_fignums() == []


def test_faithfulness_explorer_shows_what_was_computed():
    clips, feature = datasets.load("machine", normal=0, anomalous=2), LogMel()
    torch.manual_seed(0)
    detector = Autoencoder()
    values = feature(clips[1].waveform).values
    detector.fit_scale(values)
    methods = {"energy": lambda model, standardised: standardised.square()}
    explorer = faithfulness_explorer({"AE": detector}, clips, methods, feature)
    before = snapshot(explorer)
    part(explorer, ipywidgets.Dropdown, "clip").value = 1
    part(explorer, ipywidgets.IntSlider, "percentile").value = 80
    text, picture, players = snapshot(explorer)
    standardised = detector.standardise(values).detach()
    curve = faithfulness.time_curve(standardised.square())
    chosen = faithfulness.top_percentile(curve, 80)[None]
    score, share = faithfulness.replace_and_score(detector, standardised, chosen)
    assert f"{share.item():.0%} of the frames replaced: faithfulness {score.item():.2f}, " in text
    assert picture != before[1] and players != before[2] and Players(players).captions == ["clip"]
    plt.close("all")


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
    choice = part(explorer, ipywidgets.Dropdown, "generator")
    assert choice.options == ("one", "two, k = 0", "two, k = 1")
    for chosen, name, concept in (("one", "one", 0), ("two, k = 1", "two", 1)):
        choice.value = chosen
        changed = counterfactuals.apply_generator(generators[name], detector, values, 0.5, concept)
        numbers, picture, players = snapshot(explorer)
        score = counterfactuals.log_scores(detector, changed).item()
        assert f"→ {score:.2f}, wanted {ranges[2, 0]:.2f} to {ranges[2, 1]:.2f}" in numbers
        assert f"mean change {(changed - values).abs().mean():.2f} dB" in numbers
        assert Image.open(io.BytesIO(picture)).format == "JPEG" and plt.get_fignums() == []
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
