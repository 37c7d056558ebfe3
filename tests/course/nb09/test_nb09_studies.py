"""Samples of the studies of notebook 09, computed again."""

import numpy as np
import pytest
import torch

from audioxai_lite import attribution
from audioxai_lite.course.classifiers import METHODS, load_classifier
from audioxai_lite.course.clips import background_clips
from audioxai_lite.course.nb09 import noisy_maps
from audioxai_lite.course.nb09.noisy_maps import (
    AS_PUBLISHED,
    BACKGROUNDS,
    NOISY_METHODS,
    SHAP_BACKGROUNDS,
    explained_in_noise,
    noisy_clips,
)
from audioxai_lite.course.results import results
from audioxai_lite.evaluation import fidelity, stability
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel


def recomputed(data, method, background, mask):
    """Means over fold 5 of one mask's scores on the robust network, put together from the study's
    own steps.
    """
    network = load_classifier(data, "robust")
    compared_with, rows = background_clips(data, 5, SHAP_BACKGROUNDS), []
    for part in range(4 if data == "environment" else 8):
        clips, sounds = noisy_clips(data, 5, part)
        waveform = torch.cat([clip.waveform for clip in clips])
        if background != "clean":
            waveform = posthoc_audio.mix(waveform, sounds[background])
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(network, values, target, compared_with, 0, (method,))[method]
        given = posthoc_audio.VARIANTS[mask][1](found)[None]
        scores = posthoc_audio.interpretation_scores(
            fidelity.answers(network.network, values, given), given
        )
        rows.append(
            {name: value[0] for name, value in scores.items()}
            | {"area": given.mean(dim=(2, 3, 4))[0]}
        )
    return {name: torch.cat([row[name] for row in rows]).double().mean().item() for name in rows[0]}


@pytest.mark.parametrize("data", ["environment", "esc10"])
@pytest.mark.parametrize(
    ("method", "position", "mask"), [("saliency", 1, "sign"), ("Grad-CAM", 3, "top 30 %")]
)
def test_a_sample_of_the_masks_in_noise_is_scored_again(
    data, method, position, mask, request, monkeypatch
):
    if data == "esc10":
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("shared_data")))
    background = ["clean", *BACKGROUNDS[data]][position]
    found = recomputed(data, method, background, mask)
    table = results("robustness" if data == "environment" else "robustness_esc10").query(
        "model == 'robust' and background == @background and method == @method "
        "and mask == @mask and test_fold == '5'"
    )
    for score, value in found.items():
        largest = 0.02 * max(1.0, abs(value))
        assert table[score].item() == pytest.approx(value, abs=largest), score


def test_maps_in_noise_are_those_of_the_methods_with_fewer_samples(monkeypatch):
    monkeypatch.setattr(noisy_maps, "LIME_SAMPLES", 30)
    network = load_classifier("environment", "robust")
    background = background_clips("environment", 5, 3)
    clips, _ = noisy_clips("environment", 5, 0)
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
    clips, sounds = noisy_clips("environment", 5, 0)
    network, waveform = (
        load_classifier("environment", "robust"),
        torch.cat([c.waveform for c in clips]),
    )
    maps, named = [], []
    for heard in (waveform, levels.mix(waveform, sounds["room"], 10.0, 16_000)):
        values = LogMel()(heard).values
        with torch.no_grad():
            named.append(network(values).argmax(dim=1))
        maps.append(attribution.saliency(network, values, named[-1], absolute=False))
    equal = torch.eq(*named)
    table = results("stability").query(
        "background == 'room' and snr == 10 and method == 'saliency' and test_fold == '5'"
    )
    assert table["equal"].item() == pytest.approx(equal.double().mean().item(), abs=0.051)
    assert table["overlap, equal"].item() == pytest.approx(
        stability.top_overlap(*maps)[equal].mean().item(), abs=0.02
    )


def test_scores_in_noise_keep_to_their_ranges():
    for name in ("robustness", "robustness_esc10"):
        table = results(name)
        scored = table[table["mask"] != "none"]
        for score, (_, low, high) in posthoc_audio.DIRECTIONS.items():
            high = np.log(64 * 251) if high is None else high
            assert scored[score].between(low - 1e-4, high + 1e-4).all(), (name, score)
        everything = scored[scored["mask"] == "all ones"]
        assert (everything[["AI", "AD", "AG", "COMP"]] == 0).all(axis=None) and (
            everything["Fid-In"] == 1
        ).all()
        clean = table[(table["mask"] == "none") & (table["background"] == "clean")]
        assert (clean["equal"] == 1).all() and (clean["overlap, equal"] == 1).all()
        controls = table[
            (table["mask"] == "none")
            & (table["method"] == "random")
            & (table["background"] != "clean")
        ]
        assert controls["overlap, equal"].between(0.04, 0.06).all() and len(controls) >= 9
        whole = results(name).query("test_fold == 'all'")
        states = whole.groupby("model")["background"].nunique()
        assert states.to_dict() == {"plain": 1, "robust": 4}
        assert set(whole["method"]) >= {*NOISY_METHODS, *AS_PUBLISHED, "random", "energy", "none"}
