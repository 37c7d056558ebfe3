"""Scores of clips, and alarms."""

import weakref
from functools import partial

import numpy as np
import pytest
import torch
from stand_in_detectors import Smoother
from torch import nn

from audioxai_lite import detection


def test_scores_by_hand():
    errors = torch.zeros(2, 1, 4, 11)
    errors[0, 0, :, 3] = 2.0
    errors[1, 0, 1] = torch.arange(11.0)
    assert torch.equal(detection.frame_errors(errors)[0], 2.0 * (torch.arange(11) == 3))
    assert torch.allclose(detection.mean_score(errors), torch.tensor([2 / 11, 5 / 4]))
    assert torch.allclose(detection.percentile_score(errors, 90), torch.tensor([0.0, 9 / 4]))
    assert torch.allclose(detection.percentile_score(errors), torch.tensor([1.0, 9.5 / 4]))
    assert torch.allclose(detection.percentile_score(errors, 100), torch.tensor([2.0, 10 / 4]))


@pytest.mark.parametrize("score", [detection.mean_score, detection.percentile_score])
def test_gradients_flow_through_scores(score, values):
    values.requires_grad_()
    score(Smoother().eval().errors(values)).sum().backward()
    assert values.grad.isfinite().all() and (values.grad.flatten(1).abs().sum(dim=1) > 0).all()


@pytest.mark.parametrize("shape", [(2, 18, 23), (2, 3, 18, 23)])
def test_a_score_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"\(batch, 1, frequency, time\), not"):
        detection.mean_score(torch.zeros(shape))


@pytest.mark.parametrize("percentile", [-1, 101, float("nan")])
def test_a_percentile_has_limits(percentile):
    with pytest.raises(ValueError, match="between 0 and 100"):
        detection.percentile_score(torch.zeros(1, 1, 2, 2), percentile)


def test_scoring_leaves_the_model_as_it_was(values):
    model = Smoother().train()
    model.frozen = nn.Linear(1, 1).eval()
    first = detection.score_clips(model, [values.requires_grad_()])
    assert torch.equal(first, detection.score_clips(model, [values]))  # no dropout
    assert not first.requires_grad
    assert model.training and model.dropout.training and not model.frozen.training
    with pytest.raises(ValueError):
        detection.score_clips(model, [values[0]])
    assert model.training and torch.is_grad_enabled()


def test_clips_are_scored_batch_by_batch(values):
    model, alive = Smoother(), []

    def batches():
        for part in values.split(2):
            alive.append(len(part))
            yield part

    expected = detection.mean_score(model.eval().errors(values))
    assert torch.allclose(detection.score_clips(model, batches()), expected)
    assert alive == [2, 2, 1] and model.most == 5
    kept = []

    def watched(errors):
        assert not any(
            reference() is not None for reference in kept
        )  # small tensors left behind break up the heap
        scores = detection.mean_score(errors)
        kept.append(weakref.ref(scores))
        return scores

    assert torch.equal(
        detection.score_clips(model, batches(), watched), detection.score_clips(model, batches())
    )
    errors = partial(detection.masked_errors, ratio=0.5, seed=3)
    scores = detection.score_clips(model, values.split(2), detection.percentile_score, errors)
    assert torch.allclose(scores, detection.percentile_score(errors(model, values)))
    used = batches()
    list(used)
    with pytest.raises(ValueError, match="nothing to score: a generator serves once"):
        detection.score_clips(model, used)


def test_alarms_count_what_lies_above_the_threshold():
    scores, labels = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 1, 1])
    assert detection.alarms(scores, labels, 1.0) == {
        "faults": 3,
        "found": 2,
        "false alarms": 1,
        "precision": 2 / 3,
        "recall": 2 / 3,
    }
    nothing = detection.alarms(scores, labels, 9.0)
    assert np.isnan(nothing["precision"]) and nothing["recall"] == 0
    healthy = detection.alarms(scores, np.zeros(5), 1.0)  # only false alarms can be counted
    assert healthy["false alarms"] == 3 and np.isnan(healthy["recall"])


@pytest.mark.parametrize("label", [bool, int, float, object])
def test_alarms_take_zeros_and_ones_of_any_type(label):
    assert detection.alarms([0.0, 2.0], np.array([0, 1]).astype(label), 1)["recall"] == 1
    assert detection.alarms(torch.tensor([0, 2]).bfloat16(), [0, 1], 1)["found"] == 1


@pytest.mark.parametrize(
    "scores, labels, threshold, words",
    [
        ([0.1, np.nan, 0.9], [0, 1, 1], 0.5, "1 scores are NaN or infinite"),
        ([0.1, -np.inf, np.inf], [0, 1, 1], 0.5, "2 scores are NaN"),
        ([0.1, 0.9], ["normal", "anomalous"], 0.5, r"not \['normal', 'anomalous'\]"),
        ([0.1, 0.9], [0, None], 0.5, r"not \[None\]"),
        ([0.1, 0.9], [0, np.nan], 0.5, r"not \[nan\]"),
        ([0.1, 0.9], [1, 2], 0.5, r"not \[2\]"),
        ([0.1, 0.9, 0.5], [1], 0.5, "one value a clip"),
        ([[0.1, 0.9]], [[0, 1]], 0.5, "one value a clip"),
        (["loud", "soft"], [0, 1], 0.5, "scores are numbers"),
        ([0.1, 0.9], [0, 1], np.nan, "a threshold is a number"),
    ],
)
def test_alarms_refuse_what_is_no_score_or_label(scores, labels, threshold, words):
    with pytest.raises(ValueError, match=words):
        detection.alarms(scores, labels, threshold)
