"""A classifier's answers to both parts of a clip, and the scores of masks, by hand."""

import numpy as np
import pytest
import torch

from audioxai_lite import masks
from audioxai_lite.evaluation import fidelity
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import posthoc_audio


class Sums(torch.nn.Module):
    """A classifier whose logits are the mean levels of the two halves of the bands, which can be
    worked out by hand.
    """

    def __init__(self):
        super().__init__()
        self.inputs = 0

    def forward(self, x):
        self.inputs += len(x)
        return (
            (x[:, 0, 0].mean(dim=1, keepdim=True) - x[:, 0, 1].mean(dim=1, keepdim=True))
            / 10
            * torch.tensor([1, 0])
        )


def test_scores_of_masks_by_hand():
    values = torch.tensor([[[[0.0, 0.0], [-10.0, -10.0]]]])
    keep = {
        "all": [1, 1, 1, 1],
        "none": [0, 0, 0, 0],
        "first row": [1, 1, 0, 0],
        "second row": [0, 0, 1, 1],
    }
    given = torch.tensor(list(keep.values()), dtype=torch.float32).reshape(4, 1, 1, 2, 2)
    found = fidelity.answers(Sums(), values, given, floor=-20.0)
    scores = {
        name: score[:, 0].tolist()
        for name, score in posthoc_audio.interpretation_scores(found, given).items()
    }

    def p(first, second):  # probability of class 0 for the levels of the two rows
        return 1 / (1 + np.exp(-(first - second) / 10))

    clean = p(0, -10)
    kept, removed = [clean, 0.5, p(0, -20), p(-20, -10)], [0.5, clean, p(-20, -10), p(0, -20)]
    assert scores["FF"] == pytest.approx([clean - value for value in removed], abs=1e-6)
    assert scores["AI"] == [0, 0, 100, 0]
    assert scores["AD"] == pytest.approx(
        [100 * max(0, clean - value) / clean for value in kept], abs=1e-4
    )
    assert scores["AG"] == pytest.approx(
        [100 * max(0, value - clean) / (1 - clean) for value in kept], abs=1e-4
    )
    assert scores["Fid-In"] == [1, 1, 1, 0]  # of two equal logits the first is named
    assert scores["SPS"] == pytest.approx([0, 0, 0.5, 0.5], abs=1e-6)
    assert scores["COMP"] == pytest.approx([0, 0, np.log(2), np.log(2)])
    assert set(scores) == set(posthoc_audio.DIRECTIONS)


def test_a_mask_that_does_nothing_scores_as_one():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(80, 5))
    values = 10 * torch.randn(7, 1, 8, 10, generator=generator) - 50
    given = torch.stack([torch.ones_like(values), torch.rand(values.shape, generator=generator)])
    scores = posthoc_audio.interpretation_scores(
        fidelity.answers(model, values, given, batch_size=3), given
    )
    assert (
        (scores["AI"][0] == 0).all()
        and (scores["AD"][0] == 0).all()
        and (scores["AG"][0] == 0).all()
    )
    assert (scores["Fid-In"][0] == 1).all() and scores["AD"][1].max() > 0
    scores = posthoc_audio.interpretation_scores(fidelity.answers(model, values, given), given)
    order = torch.tensor([3, 1, 0, 6, 5, 2, 4])
    turned = posthoc_audio.interpretation_scores(
        fidelity.answers(model, values[order], given[:, order]), given[:, order]
    )
    for name, score in scores.items():
        assert torch.allclose(turned[name], score[:, order], atol=1e-4, equal_nan=True), name


def test_nothing_is_asked_twice():
    values = torch.zeros(3, 1, 2, 4) - 50
    ones, half = torch.ones(3, 1, 2, 4), torch.zeros(3, 1, 2, 4)
    half[..., 0, :] = 1
    given = torch.stack([ones, half, 1 - half, half, 0 * ones])
    model = Sums()
    fidelity.answers(model, values, given, batch_size=2)
    assert model.inputs == 3 * 4  # the clip, silence, and either row
    with pytest.raises(ValueError, match="masks have the shape"):
        fidelity.answers(model, values, given[:, :2])


def test_deletion_and_insertion_by_hand():
    values = torch.tensor([[[[0.0, -4.0], [-8.0, -2.0]]]])
    deletion, insertion = fidelity.deletion_and_insertion(
        Sums(), values, values, steps=2, floor=-20.0
    )

    def p(*levels):  # of the class of the first row, the louder one
        return 1 / (1 + np.exp(-((levels[0] + levels[1]) / 2 - (levels[2] + levels[3]) / 2) / 10))

    assert deletion[0].tolist() == pytest.approx(
        [p(0, -4, -8, -2), p(-20, -4, -8, -20), p(-20, -20, -20, -20)]
    )
    assert insertion[0].tolist() == pytest.approx([0.5, p(0, -20, -20, -2), p(0, -4, -8, -2)])
    ends = fidelity.deletion_and_insertion(Sums(), values, values, steps=1, floor=-20.0)[0]
    assert ends[0].tolist() == pytest.approx([p(0, -4, -8, -2), p(-20, -20, -20, -20)])
    assert fidelity.curve_area(torch.tensor([[1.0, 0.5, 0.0], [1.0, 0.0, 0.0]])).tolist() == [
        0.5,
        0.25,
    ]
    with pytest.raises(ValueError, match="at least one step"):
        fidelity.deletion_and_insertion(Sums(), values, values, steps=0)
    with pytest.raises(ValueError, match="shape of the values"):
        fidelity.deletion_and_insertion(Sums(), values, values[..., :1])


def test_predictions_of_a_classifier_are_its_own_and_it_stays_as_it_was():
    torch.manual_seed(0)
    model = Cnn14(10).train()
    generator = torch.Generator().manual_seed(0)
    values = 10 * torch.randn(5, 1, 64, 251, generator=generator) - 40
    model(values)  # so that the running statistics are not those of an untouched network
    before = {key: value.clone() for key, value in model.state_dict().items()}
    strides = [parameter.stride() for parameter in model.parameters()]
    given = torch.rand(2, *values.shape, generator=generator)
    found = fidelity.answers(model, values, given)
    assert model.training and [parameter.stride() for parameter in model.parameters()] == strides
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(
        module.inplace for module in model.modules() if isinstance(module, torch.nn.ReLU)
    )
    with torch.no_grad():
        model.eval()
        assert torch.allclose(found.clean, model(values).softmax(dim=1), atol=1e-5)
        kept, removed = masks.apply_mask(values, given[1])
        assert torch.allclose(found.kept[1], model(kept).softmax(dim=1), atol=1e-5)
        assert torch.allclose(found.removed[1], model(removed).softmax(dim=1), atol=1e-5)


def test_masks_beyond_0_and_1_are_refused_and_the_network_is_left_as_it_was():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.LazyLinear(3)
    )
    values = torch.randn(2, 1, 8, 9)
    model(values)
    before = [parameter.stride() for parameter in model.parameters()]
    fidelity.answers(model.train(), values, torch.ones(1, *values.shape) / 2)
    assert [parameter.stride() for parameter in model.parameters()] == before and model.training
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
        fidelity.answers(model, values, 2 * torch.ones(1, *values.shape))


def test_masks_of_any_type_get_the_same_answers():
    values = torch.tensor([[[[0.0, 0.0], [-10.0, -10.0]]]])
    chosen = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 1, 2, 2)
    expected = fidelity.answers(Sums(), values, chosen)
    for given in (chosen.bool(), chosen.int(), chosen.double().numpy(), chosen.requires_grad_()):
        heard = fidelity.answers(Sums(), values.double().numpy(), given)
        assert torch.equal(heard.kept, expected.kept)
        assert torch.equal(heard.removed, expected.removed)


class Level(torch.nn.Module):
    """A classifier with one output: the logit is the mean level over ten."""

    def forward(self, x):
        return x.mean(dim=(1, 2, 3))[:, None] / 10


def test_a_single_output_needs_to_be_told_what_it_means():
    values, half = (
        torch.full((1, 1, 2, 2), 10.0),
        torch.tensor([1.0, 1, 0, 0]).reshape(1, 1, 1, 2, 2),
    )
    with pytest.raises(ValueError, match="softmax of one column"):
        fidelity.answers(Level(), values, half)
    with pytest.raises(ValueError, match="softmax of one column"):
        fidelity.deletion_and_insertion(Level(), values, values)
    heard = fidelity.answers(Level(), values, half, floor=-20.0, link=torch.sigmoid)

    def p(logit):
        return 1 / (1 + np.exp(-logit))

    assert heard.clean[0].tolist() == pytest.approx([p(-1), p(1)])
    assert heard.kept[0, 0].tolist() == pytest.approx([p(0.5), p(-0.5)])
    scores = fidelity.scores(heard)
    assert scores["FF"].item() == pytest.approx(p(1) - p(-0.5))
    assert scores["AD"].item() == pytest.approx(100 * (p(1) - p(-0.5)) / p(1))
    assert scores["Fid-In"].item() == 0
    deletion, insertion = fidelity.deletion_and_insertion(
        Level(), values, values, steps=2, floor=-20.0, link=torch.sigmoid
    )
    assert deletion[0].tolist() == pytest.approx([p(1), p(-0.5), p(-2)])
    assert insertion[0].tolist() == pytest.approx([p(-2), p(-0.5), p(1)])
