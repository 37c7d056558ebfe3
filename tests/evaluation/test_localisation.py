"""Localisation scores: perfect, useless and reversed attributions, by hand and against
scikit-learn.
"""

import numpy as np
import pytest
import torch

from audioxai_lite.evaluation import localisation


@pytest.fixture
def truth():
    mask = torch.zeros(3, 1, 8, 10)
    mask[0, 0, 2:4, 3:8] = 1
    mask[1, 0, 0, :] = 1
    mask[2, 0, 7, 9] = 1
    return mask


@pytest.mark.parametrize("name", localisation.SCORES)
def test_the_truth_itself_is_perfect_and_its_opposite_worthless(name, truth):
    score = localisation.SCORES[name]
    assert score(truth, truth).tolist() == [1, 1, 1]
    opposite = score(1 - truth, truth)
    assert (opposite <= truth.mean(dim=(1, 2, 3)) + 1e-6).all()


@pytest.mark.parametrize("name", localisation.SCORES)
def test_each_clip_is_scored_by_itself(name, truth):
    attribution = torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    score = localisation.SCORES[name]
    alone = torch.cat([score(attribution[n : n + 1], truth[n : n + 1]) for n in range(3)])
    assert torch.equal(alone, score(attribution, truth)) and ((alone >= 0) & (alone <= 1)).all()


def test_by_hand():
    truth = torch.tensor([[[[1.0, 0.0, 1.0, 0.0]]]])
    attribution = torch.tensor([[[[4.0, 3.0, 2.0, -1.0]]]])
    assert localisation.pixel_auroc(attribution, truth).item() == 0.75
    assert localisation.average_precision(attribution, truth).item() == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert localisation.pointing_game(attribution, truth).item() == 1
    assert localisation.relevance_mass(attribution, truth).item() == pytest.approx(6 / 9)
    assert localisation.iou_at_area(attribution, truth).item() == pytest.approx(1 / 3)


def test_a_constant_knows_nothing(truth):
    constant, area = torch.ones_like(truth), truth.mean(dim=(1, 2, 3)).double()
    assert localisation.pixel_auroc(constant, truth).tolist() == [0.5, 0.5, 0.5]
    for score in (
        localisation.average_precision,
        localisation.pointing_game,
        localisation.relevance_mass,
    ):
        assert torch.allclose(score(constant, truth).double(), area)
    assert localisation.relevance_mass(-constant, truth).tolist() == [0, 0, 0]


def test_table_has_intervals_and_tells_good_from_random():
    generator = torch.Generator().manual_seed(0)
    truth = (torch.rand(40, 1, 8, 10, generator=generator) > 0.9).float()
    truth[:, 0, 0, 0], truth[:, 0, 0, 1] = 1, 0
    good = truth + 0.8 * torch.randn(truth.shape, generator=generator)
    controls = localisation.controls(-truth, seed=1)
    assert set(controls) == {"random", "energy"} and torch.equal(controls["energy"], -truth)
    table = localisation.table({"good": good, **controls}, truth, resamples=200).set_index(
        ["method", "score"]
    )
    assert (
        len(table) == 15
        and (table["value low"] <= table["value"]).all()
        and (table["value"] <= table["value high"]).all()
    )
    for score in localisation.SCORES:
        assert (
            table.loc[("good", score), "value low"] > table.loc[("random", score), "value high"]
        ), score
        assert (
            table.loc[("random", score), "value low"] > table.loc[("energy", score), "value high"]
            or score == "relevance mass"
        )
    mean = localisation.average_precision(good, truth).mean().item()
    assert table.loc[("good", "average precision"), "value"] == pytest.approx(mean)
    half = localisation.table({"good": good[::4]}, truth[::4], resamples=200).set_index(
        ["method", "score"]
    )
    widths = [
        part.loc[("good", "average precision")].pipe(
            lambda row: row["value high"] - row["value low"]
        )
        for part in (table, half)
    ]
    assert 1.3 < widths[1] / widths[0] < 3


def test_gain_over_a_control_is_clip_by_clip():
    generator = torch.Generator().manual_seed(0)
    truth = (torch.rand(30, 1, 8, 10, generator=generator) > 0.8).float()
    hard = 3 * torch.rand(
        30, 1, 1, 1, generator=generator
    )  # some clips are hard for every attribution
    control = truth + hard * torch.randn(truth.shape, generator=generator)
    better = control + 0.3 * truth
    table = localisation.table(
        {"better": better, "itself": control}, truth, over=control, resamples=200
    )
    table = table.set_index(["method", "score"])
    row = table.loc[("better", "average precision")]
    means = [
        localisation.average_precision(part, truth).mean().item() for part in (better, control)
    ]
    assert row["gain"] == pytest.approx(means[0] - means[1])
    assert 0 < row["gain low"] < row["gain"] < row["gain high"]
    assert row["gain high"] - row["gain low"] < 0.5 * (row["value high"] - row["value low"])
    assert (table.loc["itself", ["gain", "gain low", "gain high"]] == 0).all(axis=None)


@pytest.mark.parametrize(
    ("attribution", "truth", "words"),
    [
        (torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 3), "shape of the attributions"),
        (torch.full((1, 1, 2, 2), np.nan), torch.eye(2)[None, None], "NaN"),
        (torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2), "some of both"),
        (torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.5), "ones and zeros"),
    ],
)
def test_bad_input_is_told(attribution, truth, words):
    for score in localisation.SCORES.values():
        with pytest.raises(ValueError, match=words):
            score(attribution, truth)


@pytest.mark.parametrize("name", localisation.SCORES)
def test_maps_and_truths_of_any_type_are_taken(name, truth):
    score = localisation.SCORES[name]
    generator = torch.Generator().manual_seed(0)
    attribution = torch.randint(-3, 4, truth.shape, generator=generator).float()
    expected = score(attribution, truth)
    for given in (attribution.int(), attribution.double(), attribution.numpy()):
        assert torch.equal(score(given, truth.bool()), expected)
    carrying = attribution.clone().requires_grad_()
    assert torch.equal(score(carrying, truth.int().numpy()), expected)
    assert score(truth.bool(), truth.bool()).tolist() == [1, 1, 1]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_ties_share_the_iou_wherever_the_truth_lies(first):
    truth = torch.zeros(1, 1, 4, 1)
    truth[0, 0, first : first + 2] = 1
    # Two of four bins at random: one hit in four of six draws (IoU 1/3), two hits in one (IoU 1).
    iou = localisation.iou_at_area(torch.zeros_like(truth), truth).item()
    assert iou == pytest.approx(4 / 6 / 3 + 1 / 6)
    partly = torch.zeros_like(truth)
    partly[0, 0, first] = 1  # the other place falls to one of three bins
    assert localisation.iou_at_area(partly, truth).item() == pytest.approx(1 / 3 + 2 / 3 / 3)


def test_two_sounds_are_told_apart_by_the_bins_that_are_one_s_alone():
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.rand(4, 1, 6, 9, generator=generator) > 0.6 for _ in range(2))
    attribution = torch.randn(4, 1, 6, 9, generator=generator)
    found = localisation.one_over_another(attribution.numpy(), first, second.int())
    for clip in range(4):
        own = attribution[clip][first[clip] & ~second[clip]]
        others = attribution[clip][second[clip] & ~first[clip]]
        pairs = (own[:, None] > others).double().mean()
        assert found[clip].item() == pytest.approx(pairs.item())
    same = localisation.one_over_another(attribution, first, first)
    assert same.isnan().all()
    with pytest.raises(ValueError, match="truths have the shape of the attributions"):
        localisation.one_over_another(attribution, first, second[..., :3])
