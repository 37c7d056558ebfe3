"""How notebook 13 judges learned masks."""

import numpy as np
import pytest
import torch

from audioxai_lite.course.classifiers import CHANNELS
from audioxai_lite.course.clips import MEL, log_mel, noise_like
from audioxai_lite.course.nb13 import conditions, judging, losses, maskers
from audioxai_lite.course.results import results, results_by_clip
from audioxai_lite.datasets import environment
from audioxai_lite.evaluation import fidelity
from audioxai_lite.evaluation.equal_area import hardened, in_order_of
from audioxai_lite.models.masker import Masker
from audioxai_lite.sound.stft import PowerStft


@pytest.fixture(scope="module")
def model():
    return maskers.explained_model("environment", "robust")


@pytest.fixture(scope="module")
def clips():
    return list(environment.load().select(fold=5))[:24:8]


@pytest.fixture(scope="module")
def values(clips):
    return MEL(torch.cat([clip.waveform for clip in clips])).values


@pytest.fixture
def mask(values):
    return torch.rand(values.shape, generator=torch.Generator().manual_seed(0)) ** 3


def test_every_map_gets_the_values_of_the_mask_or_as_many_bins(model, values, mask):
    energy = {"energy": values}
    rows = judging.at_equal_area(model, values, mask, energy, draws=2)
    masks = {
        ("soft", "learned"): mask,
        ("hard", "learned"): hardened(mask),
        ("soft", "energy"): in_order_of(values, mask),
        ("hard", "energy"): in_order_of(values, hardened(mask)),
    }
    for place, asked in masks.items():
        expected = fidelity.scores(fidelity.answers(model, values, asked[None]))
        found = rows.set_index(["form", "method"]).sort_index().loc[place].sort_values("clip")
        for name in ("FF", "AD", "AG", "Fid-In"):
            np.testing.assert_allclose(found[name], expected[name][0], atol=1e-3)
    chance = rows.query("method == 'random cells'")
    assert len(chance) == 2 * len(values)


def test_a_method_that_was_not_asked_about_a_clip_has_no_row(model, values, mask):
    partly = torch.full_like(values, torch.nan)
    partly[::2] = values[::2]
    rows = judging.at_equal_area(model, values, mask, {"slow": partly}, draws=1)
    assert rows.query("method == 'slow'")["clip"].unique().tolist() == [0, 2]


def test_gains_of_one_change_nothing(model, clips, values):
    sounds = torch.cat([clip.waveform for clip in clips])
    power = PowerStft()(sounds).values
    rows = judging.scores_on_amplitude(model, power, values, {"all": torch.ones_like(values)})
    assert rows["AD"].max() < 0.1 and rows["Fid-In"].min() == 1


def test_nothing_is_named_otherwise_where_all_agree(values):
    owners = torch.tensor([0, 0, 1])
    found = conditions._named_otherwise(values, owners)
    assert torch.equal(found[0], values[2]) and torch.equal(found[2], values[0])
    same = conditions._named_otherwise(values, torch.zeros(3, dtype=torch.long))
    assert torch.equal(same, values)


def test_noise_has_the_power_of_the_clip(values):
    noise = noise_like(values, 0)
    for each in (values, noise):
        assert each.shape == values.shape
    power = [(10 ** (each / 10)).mean(dim=(1, 2, 3)) for each in (values, noise)]
    torch.testing.assert_close(*power, rtol=1e-3, atol=0)


@pytest.mark.parametrize("share", [1.0, 0.0])
def test_the_published_loss_trains_by_its_price(model, monkeypatch, share):
    sounds = maskers.training_sounds("environment")[:32]
    monkeypatch.setattr(losses, "training_sounds", lambda data: sounds)
    masker = losses.published_decoder(model, "environment", 0, share, epochs=3)
    area = maskers.masks_of(masker, model, MEL(sounds[:4]).values).mean().item()
    assert 0 < area < 1 and not masker.training


def test_the_price_is_the_smallest_that_keeps_little(monkeypatch):
    """Masks here keep so much of a clip as the price leaves."""
    sounds = list(environment.load().select(fold=4))[:2]
    monkeypatch.setattr(maskers, "training_sounds", lambda data: None)
    monkeypatch.setattr(maskers, "train_masker", lambda *given, **options: (given[3].area, None))
    monkeypatch.setattr(maskers, "masks_of", lambda area, model, values: torch.ones(1) / area)
    monkeypatch.setattr(maskers, "log_mel", lambda clips: log_mel(sounds))
    assert maskers.price_of_area("environment", "robust", "decibels") == 3
    assert maskers.price_of_area("environment", "robust", "decibels", (2.5,)) == 2.5


@pytest.mark.parametrize("case", maskers.SHIPPED, ids=str)
def test_shipped_decoders_draw_what_their_manifests_say(case):
    data, kind, application = case
    masker = maskers.load_masker(data, kind, application)
    assert isinstance(masker, Masker) and len(masker.norms) == len(CHANNELS)
    if data == "environment":
        model = maskers.explained_model(data, kind)
        heard = [clip.waveform for clip in list(environment.load().select(fold=5))[::20]]
        drawn = maskers.masks_of(masker, model, MEL(torch.cat(heard)).values)
        assert 0.02 < drawn.mean() < 0.6 and drawn.std() > 0.1


@pytest.mark.parametrize("loss", losses.SHIPPED)
def test_decoders_of_other_losses_draw_what_the_record_says(model, loss):
    heard = list(environment.load().select(fold=5))[::16]
    drawn = maskers.masks_of(losses.load_masker_of_loss(loss), model, log_mel(heard))
    stored = results_by_clip("mask_losses").query("loss == @loss and seed == 0")
    area = stored.set_index("clip")["area"].dropna()
    for clip, mask in zip(heard, drawn, strict=True):
        assert mask.mean().item() == pytest.approx(area[clip.name], rel=0.02)


def test_a_decoder_shares_nothing_with_the_head_of_its_network(model, values):
    """Shuffling what lies behind the last block cannot change what is drawn."""
    rows = results("learned_masks").query("form == 'shuffled to fc1' and method == 'learned'")
    assert rows["agrees"].min() > 0.999
