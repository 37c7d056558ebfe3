"""Samples of the studies of notebook 09, computed again."""

import numpy as np
import pytest
import torch

from audioxai_lite import attribution
from audioxai_lite.course.classifiers import METHODS, load_classifier
from audioxai_lite.course.clips import background_clips, predicted_classes
from audioxai_lite.course.nb09 import noisy_maps, studies
from audioxai_lite.course.nb09.noisy_maps import (
    AS_PUBLISHED,
    BACKGROUNDS,
    NOISY_METHODS,
    explained_in_noise,
    noisy_clips,
)
from audioxai_lite.course.results import results, results_by_clip
from audioxai_lite.evaluation import stability
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel


def test_a_sample_of_the_masks_in_noise_is_scored_again(shared_data, monkeypatch):
    """One clip of the study's own cell, by two methods; what is published needs no network."""
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    methods = ("saliency", "Grad-CAM, as published")
    found = studies.robustness_cell("esc10", 2, 1, methods, classes=[4])
    name = "robustness_esc10"
    keys = ["background", "method", "mask"]
    stored = results_by_clip(name).query("seed == 2").merge(found[[*keys, "clip"]])
    assert len(stored) == len(found)
    stored, found = (table.set_index(keys).sort_index() for table in (stored, found))
    drawn = found.index.get_level_values("method") == "random"  # drawn for ten clips at once
    assert set(found.index.get_level_values("background")) == {"clean", *BACKGROUNDS["esc10"]}
    for column in (*posthoc_audio.DIRECTIONS, "area", "AD over energy"):
        expected = stored[column][~drawn]
        close = np.isclose(found[column][~drawn], expected, rtol=0.02, atol=5e-3, equal_nan=True)
        assert close.mean() > 0.97, column


def test_maps_in_noise_are_those_of_the_methods_with_fewer_samples(monkeypatch):
    monkeypatch.setattr(noisy_maps, "LIME_SAMPLES", 30)
    network = load_classifier("environment", "robust")
    background = background_clips("environment", 3)
    clips, _ = noisy_clips("environment", 0)
    values = torch.cat([LogMel()(clip.waveform).values for clip in clips[:6]])
    target = torch.arange(6)
    methods = NOISY_METHODS + AS_PUBLISHED
    found = explained_in_noise(network, values, target, background, 4, methods)
    assert list(found) == [*methods, "random", "energy"] and torch.equal(found["energy"], values)
    other = explained_in_noise(network, values[:1], target[:1], background, 5, ())
    assert not torch.equal(found["random"][:1], other["random"])
    for name in methods:
        if name.startswith("LIME"):
            expected = attribution.lime(network, values, target, samples=30)
        else:
            expected = METHODS[name](network, values, target, background)
        assert torch.allclose(found[name], expected, atol=1e-3 * expected.abs().max().item()), name


def test_a_sample_of_the_stability_is_computed_again():
    clips, sounds = noisy_clips("environment", 0)
    network = load_classifier("environment", "robust", seed=1)
    waveform = torch.cat([clip.waveform for clip in clips])
    maps, named = [], []
    for heard in (waveform, levels.mix(waveform, sounds["room"], 10.0, 16_000)):
        values = LogMel()(heard).values
        named.append(predicted_classes(network.network, values))
        maps.append(attribution.saliency(network, values, named[-1], absolute=False))
    equal = torch.eq(*named)
    stored = results_by_clip("stability").query(
        "background == 'room' and snr == 10 and method == 'saliency' and seed == 1 and part == 0"
    )
    stored = stored.set_index("clip").loc[[clip.name for clip in clips]]
    assert np.mean(stored["equal"] == equal.numpy()) > 0.85
    both = equal.numpy() & (stored["equal"] == 1).to_numpy()
    overlap = stability.top_overlap(*maps).numpy()
    assert np.allclose(overlap[both], stored["overlap, equal"][both], atol=0.02) and both.sum() > 3


@pytest.mark.parametrize("name", ["robustness", "robustness_esc10"])
def test_scores_in_noise_keep_to_their_ranges(name):
    table = results(name)
    scored = table[table["mask"] != "none"]
    for score, (_, low, high) in posthoc_audio.DIRECTIONS.items():
        high = np.log(64 * 251) if high is None else high
        assert scored[score].between(low - 1e-4, high + 1e-4).all(), score
    everything = scored[scored["mask"] == "all ones"]
    assert (everything[["AI", "AD", "AG", "COMP", "AD over cells"]] == 0).all(axis=None)
    assert (everything["Fid-In"] == 1).all()
    maps = table[table["mask"] == "none"]
    clean = maps[maps["background"] == "clean"]
    assert (clean["equal"] == 1).all()
    itself = results_by_clip(name).query("mask == 'none' and background == 'clean'")
    itself = itself["overlap, equal"]
    assert itself.round(3).isin([1, 0.05]).all()  # a map that is empty has no upper bins
    assert (itself == 1).mean() > 0.99
    noisy = maps[(maps["method"] == "random") & (maps["background"] != "clean")]
    assert len(noisy) == 3 * 4  # three backgrounds; three trainings and all of them
    assert noisy["overlap, equal"].between(0.04, 0.06).all()
    together = table[table["seed"] == "all"]
    assert (together["clips"] == 20).all() and together["background"].nunique() == 4
    assert set(together["method"]) == {*NOISY_METHODS, *AS_PUBLISHED, "random", "energy", "none"}
