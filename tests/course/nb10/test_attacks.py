"""How notebook 10 attacks and judges."""

import pandas as pd
import pytest
import torch

from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import MEL
from audioxai_lite.course.nb10 import attacks, studies
from audioxai_lite.course.nb10.copies import copies
from audioxai_lite.evaluation.stability import agreement


@pytest.fixture(scope="module")
def case():
    clips = attacks.attacked_clips("environment", 3)
    network = load_classifier("environment", "plain", 0).network
    return network, torch.cat([clip.waveform for clip in clips])


@pytest.mark.parametrize("data", ["environment"])
def test_clips_alternate_classes_and_sound(data):
    clips = attacks.attacked_clips(data)
    assert len(clips) == attacks.CLIPS == len({clip.name for clip in clips})
    assert len({clip.target for clip in clips[:10]}) == 10
    assert all((clip.waveform == 0).float().mean() < attacks.SILENT for clip in clips)


@pytest.mark.parametrize("method", attacks.METHODS)
def test_what_is_attacked_is_what_is_judged(case, method):
    """The differentiable map and the course's own agree, but for SmoothGrad's draws."""
    network, sounds = case
    values = MEL(sounds).values
    classes = network(values).argmax(dim=1)
    way, betas = attacks.attacking(network, method)
    folded = attacks.folded_network(network)
    mine = way(folded, values.clone().requires_grad_(), classes).detach()
    own = attacks.explaining(network, method)(values, classes)
    close = 0.6 if method == "SmoothGrad" else 0.999
    assert agreement(mine, own).min() > close
    assert (betas is None) is (method == "LRP")


def test_an_attack_is_judged_on_the_network_itself(case):
    network, sounds = case
    explain = attacks.explaining(network, "saliency")
    values = MEL(sounds).values
    classes = network(values).argmax(dim=1)
    wanted = explain(values, classes).roll(1, dims=0)
    way = attacks.attacking(network, "saliency")
    folded = attacks.folded_network(network)
    changed = attacks.attacked(folded, way, sounds, wanted, classes, steps=30)
    noisy = attacks.noise_like(sounds, changed, None)
    rows, control, same = (
        attacks.judged(network, explain, sounds, each, wanted, None)
        for each in (changed, noisy, sounds + 1e-9)
    )
    assert (rows["target"] > rows["target before"] + 0.1).all()
    assert (rows["target"] > control["target"] + 0.1).all()
    assert (rows["to the mask"] < 0).all() and (rows["over the mask"] == 0).all()
    assert (control["ratio"] >= rows["ratio"] - 0.1).all()
    assert (rows["own"] < control["own"]).all() and (same["own"] > 0.99).all()
    assert (rows["kept"] == 1).all() and "average precision" not in rows


def test_copies_are_near_and_late_ones_late(case):
    _, sounds = case
    made = copies(sounds)
    assert torch.equal(made["10 ms late"][:, 160:], sounds[:, :-160])
    for name, least in {"16 bits": 60, "44.1 kHz and back": 20, "Ogg Vorbis": 5}.items():
        error = (made[name] - sounds).square().mean(dim=1)
        assert (10 * (sounds.square().mean(dim=1) / error).log10()).min() > least, name
    noise = made["white noise, 30 dB softer"] - sounds
    ratio = 10 * (sounds.square().mean(dim=1) / noise.square().mean(dim=1)).log10()
    assert torch.allclose(ratio, torch.full((3,), 30.0), atol=0.1)


def test_the_word_can_be_read():
    drawn = studies.word_map("FOX")[0, 0]
    columns = drawn.amax(dim=0) > 0
    letters = int((columns[1:] & ~columns[:-1]).sum())
    assert letters == 3 and set(drawn.unique().tolist()) == {0.0, 1.0}
    first = columns.nonzero()[0].item()
    letter = drawn[:, first : first + int((~columns[first:]).nonzero()[0])]
    inked = letter.sum(dim=1)
    inked = inked[inked > 0]
    assert inked[0] < inked[-1]  # an F is wide above, at the high bands


def test_cells_of_the_studies_give_what_is_declared(monkeypatch):
    monkeypatch.setattr(attacks, "STEPS", 2)
    rows = studies.manipulation_cell("environment", "robust", 1, "Grad-CAM", count=2)
    assert set(rows["attack"]) == {"under the mask", "noise under the mask"}
    whole = studies.manipulation_cell("environment", "plain", 0, "saliency", count=2)
    asked = {"30 dB", "noise, 40 dB", "under the mask, a word", "shift-aware, Ogg Vorbis"}
    asked |= {"seen by another training", "seen by softplus 3", "shown by LRP"}
    asked |= {"attacked, agrees with 10 ms late", "under the mask, away from the event"}
    assert asked <= set(whole["attack"])
    soft = studies.softened_cell("environment", "plain", 0, 3.0, count=2)
    assert set(soft["attack"]) == {"none", "attacked"}
    monkeypatch.setattr(studies, "HARDENED_EPOCHS", 1)
    hard = studies.hardened_cell("environment", "weight decay", 0, count=2)
    assert set(hard["attack"]) == {"none", "attacked"}
    declared = set(studies.COLUMNS) | set(studies.SOFT_COLUMNS) | {"attack", "clip"}
    assert set(pd.concat([rows, whole, soft, hard]).columns) <= declared
