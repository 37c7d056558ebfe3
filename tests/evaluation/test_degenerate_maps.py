"""Maps, masks and answers that say nothing, or are huge or tiny: one meaning each, by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import masks
from audioxai_lite.counterfactuals import measures
from audioxai_lite.detection import compact, directions
from audioxai_lite.evaluation import (
    axes,
    chance,
    completeness,
    conciseness,
    curvature,
    equal_area,
    faithfulness,
    fidelity,
    heard_again,
    localisation,
    stability,
    statistics,
)
from audioxai_lite.masks.regions import largest_regions
from audioxai_lite.sound import levels, quality
from audioxai_lite.sound.spectrogram import LogMel, LogStft

SIZES = (1e-42, 1e-30, 1e-9, 1e9, 1e30, 1e36)  # of maps: only their shares or order count
RISING = torch.arange(1.0, 33.0).reshape(1, 1, 4, 8)
TRUTH = (RISING > 20).float()
CONSTANT = torch.full((1, 1, 4, 8), 0.1)


def test_signed_maps_that_are_mostly_zero_share_the_last_places():
    """Their least value is below 0, and still they say nothing of the zeros."""
    first, second = torch.zeros(2, 1, 1, 64, 100)
    first.view(-1)[:120], second.view(-1)[-120:] = 1.0, 1.0
    first.view(-1)[3_000] = second.view(-1)[3_001] = -1.0
    chance = 200 / (6_400 - 121)  # of each zero to fill the 320 places
    expected = (240 * chance + (6_400 - 242) * chance**2) / 320
    assert stability.top_overlap(first, second).item() == pytest.approx(expected)
    above = torch.ones(2, 1, 1, 64, 100)
    above[0].view(-1)[0] = above[1].view(-1)[-1] = 0.0
    chance = 320 / 6_399
    expected = 6_398 * chance**2 / 320
    assert stability.top_overlap(*above).item() == pytest.approx(expected)


@pytest.mark.parametrize("size", SIZES)
def test_maps_of_any_size_are_compared_alike(size):
    small = RISING * size
    assert small.unique().numel() > 30
    assert stability.rank_correlation(small, RISING).item() == pytest.approx(1)
    assert stability.rank_correlation(small, -small).item() == pytest.approx(-1)
    turned = RISING.flip(3)
    expected = np.corrcoef(RISING.flatten().numpy(), turned.flatten().numpy())[0, 1]
    found = stability.agreement(small, turned * size).item()
    assert found == pytest.approx(expected, rel=1e-2 if size < 1e-40 else 1e-6)
    assert stability.top_overlap(small, RISING, 0.25).item() == 1
    for measure in (conciseness.sparseness, conciseness.complexity):
        assert measure(small).item() == pytest.approx(measure(RISING).item(), rel=1e-2)
        if size > 1e-40:
            assert measure(small).item() == pytest.approx(measure(RISING).item(), rel=1e-5)
    for name, score in localisation.SCORES.items():
        wanted = score(RISING, TRUTH).item()
        assert score(small, TRUTH).item() == pytest.approx(wanted, rel=1e-2), name
    assert torch.allclose(masks.min_max(small), masks.min_max(RISING), atol=1e-2)
    (region,) = largest_regions(small, 1, 0.25)
    assert region.share == pytest.approx(largest_regions(RISING, 1, 0.25)[0].share, rel=1e-2)


def test_a_constant_map_has_no_order():
    for constant in (CONSTANT, 0 * CONSTANT, -CONSTANT, -0.0 * CONSTANT):
        assert stability.rank_correlation(constant, RISING).isnan().all()
        assert stability.agreement(constant, RISING).item() == 0
        assert stability.agreement(RISING, constant).item() == 0
        assert stability.top_overlap(constant, RISING, 0.25).item() == pytest.approx(0.25)
        area = TRUTH.mean().item()
        assert localisation.pixel_auroc(constant, TRUTH).item() == 0.5
        for score in (localisation.average_precision, localisation.pointing_game):
            assert score(constant, TRUTH).item() == pytest.approx(area)
        assert conciseness.sparseness(constant).item() == pytest.approx(0, abs=1e-6)
        assert not masks.min_max(constant).any()
    assert localisation.relevance_mass(CONSTANT, TRUTH).item() == pytest.approx(area)
    assert localisation.relevance_mass(-CONSTANT, TRUTH).item() == 0
    noise = torch.randn(1, 8_000, generator=torch.Generator().manual_seed(0)) / 10
    found = axes.axis_test(lambda sound: torch.full((1, 1, 513, 32), 0.1), noise, LogStft())
    assert found.verdict == "unclear" and set(found.time.values()) == {0.0}


def test_minus_zero_is_zero():
    signs = torch.tensor([[[[0.0, -0.0, 0.0, -0.0]]]])
    truth = torch.tensor([[[[0.0, 1.0, 0.0, 1.0]]]])
    assert localisation.pixel_auroc(signs, truth).item() == 0.5
    assert localisation.iou_at_area(signs, truth).item() == pytest.approx(
        (1 * 1 + 4 * 1 / 3 + 1 * 0) / 6  # of six ways to choose two of four
    )
    assert masks.top_k(signs, 0.5).flatten().tolist() == [1, 1, 0, 0]
    assert masks.sign(signs).sum() == 0 and masks.is_constant_mask(signs).item()


def test_a_map_near_the_largest_numbers_becomes_a_mask():
    largest = torch.finfo(torch.float32).max
    values = torch.tensor([[[[-largest, 0.0, largest]]]])
    assert masks.min_max(values).flatten().tolist() == [0, 0.5, 1]
    assert masks.relative_to_largest(values).flatten().tolist() == [0, 0, 1]


def test_sums_over_nothing_are_nan():
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 2, bias=False))
    same = completeness.completeness(RISING, model, RISING, 0, baseline=RISING)
    assert same.isnan().all()
    model[1].weight.data.zero_()
    assert completeness.conservation(RISING, model, RISING, 0).isnan().all()
    assert curvature.level_set_curvature(model, RISING, torch.tensor([0])).item() == 0
    with pytest.raises(ValueError, match="have the shape of the values"):
        completeness.conservation(RISING[..., :4], model, RISING, 0)


def test_a_small_gradient_is_no_gradient_of_zero():
    class Round(nn.Module):
        def forward(self, x):
            return self.size * x.square().sum(dim=(1, 2, 3))[:, None] / 2

    points, model = torch.tensor([[[[3.0, 4.0]]]]), Round()
    for model.size in (1.0, 1e-13):  # a circle of radius 5, whatever the output's unit
        found = curvature.level_set_curvature(model, points, torch.tensor([0]))
        assert found.item() == pytest.approx(1 / 5)
    centre = curvature.level_set_curvature(model, 0 * points, torch.tensor([0]))
    assert centre.item() == torch.inf


def test_a_clip_without_error_has_none_that_falls():
    class Copies(nn.Module):
        def forward(self, standardised):
            return standardised

    chosen = torch.ones(1, 8).bool()
    score, share = faithfulness.replace_and_score(Copies(), RISING, chosen, 0 * RISING)
    assert score.isnan().all() and share.item() == 1


def test_no_star_for_what_has_no_number():
    drawn = np.random.default_rng(0).normal([5.0, 0.0], size=(1_000, 2))
    drawn[:, 1] = np.nan
    assert statistics.differs_from_zero(drawn).tolist() == [True, False]
    with pytest.raises(ValueError, match="no clip to draw from"):
        statistics.mean_interval(np.empty((1, 0)))
    with pytest.raises(ValueError, match="ones and zeros"):
        statistics.paired_share_interval(np.array([0.5]), np.array([1.0]))


def test_features_that_are_all_the_same():
    same = np.full((20, 3), 0.1)
    assert np.isnan(directions.effective_rank(same))
    assert directions.mean_resultant_length(same) == pytest.approx(1)
    assert compact.cosine_to_nearest(same)(np.zeros((1, 3))).tolist() == [0.5]
    other = np.abs(np.random.default_rng(0).normal(size=(20, 1))) + 1
    both = compact.ensembled([lambda x: x[:, 0], lambda x: x[:, 0]], [same, other])
    alone = compact.ensembled([lambda x: x[:, 0]], [other])
    assert both([same, other]) == pytest.approx(alone([other]) / 2)


def test_silence_has_no_distance():
    silence, sound = torch.zeros(1, 4_000), torch.randn(1, 4_000)
    assert quality.si_sdr(sound, silence).isnan().all()
    assert quality.si_sdr(silence, sound).item() == -np.inf
    assert quality.log_spectral_distance(sound, silence).isnan().all()
    assert quality.log_spectral_distance(silence, sound).item() > 0
    for name in ("peak_normalise", "rms_normalise"):
        for bad in (torch.nan, torch.inf):
            with pytest.raises(ValueError, match="holds NaN or infinite samples"):
                getattr(levels, name)(torch.full((1, 10), bad))


def test_a_clip_that_is_its_own_twin_has_no_way_to_go():
    from audioxai_lite.models.autoencoder import Autoencoder

    torch.manual_seed(0)
    normal, clips = torch.randn(20, 1, 8, 16), torch.randn(2, 1, 8, 16)
    twins = torch.stack([clips[0], clips[1] + 1])
    everywhere = torch.ones_like(clips)
    found = measures(
        *(Autoencoder(8, 16), Autoencoder(8, 16), clips, clips + 1, twins, everywhere, normal)
    )
    assert found["to the twin"][0].isnan() and found["to the twin"][1].item() == 0
    assert found["outside"].isnan().all() and found["inside"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="a one in every clip"):
        measures(
            *(Autoencoder(8, 16), Autoencoder(8, 16), clips, clips + 1, twins, 0 * clips, normal)
        )


def test_what_is_no_mask_is_refused():
    for call in (
        lambda: masks.random_like(2 * TRUTH),
        lambda: equal_area.hardened(-TRUTH),
        lambda: heard_again.kept_sound(
            LogMel(n_mels=4), torch.randn(1, 2_240), 2 * torch.ones(1, 1, 4, 8), "amplitude"
        ),
    ):
        with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
            call()
    with pytest.raises(ValueError, match="no mask, or no clip"):
        chance.scores_beside_chance(nn.Flatten(), RISING, {})
    with pytest.raises(ValueError, match="ones and zeros"):
        localisation.one_over_another(RISING, TRUTH / 2, 1 - TRUTH)


def test_a_probability_of_nothing_has_no_drop():
    zero = torch.zeros(1, 2)
    found = fidelity.scores(fidelity.Answers(zero, zero[None], zero[None]))
    assert found["AD"].isnan().all() and found["AG"].item() == 0
