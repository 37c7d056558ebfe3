"""The attack of 1906.07983, as its code makes it."""

import pytest
import torch
from torch import nn

from audioxai_lite.attribution.twice import saliency_twice
from audioxai_lite.evaluation.stability import agreement
from audioxai_lite.published import manipulated


@pytest.fixture
def model():
    torch.manual_seed(0)
    layers = (nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 3))
    return nn.Sequential(nn.Flatten(), *layers).eval()


def test_the_loss_weighs_maps_and_probabilities_as_in_the_code():
    maps, wanted = torch.tensor([[[[1.0, -3.0]]]]), torch.tensor([[[[1.0, 1.0]]]])
    outputs = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 3.0]]).log1p()
    of_maps = 1e11 * 0.25**2  # shares of 1/4 and 3/4 for halves
    of_answers = 1e6 * 0.3**2  # probabilities of .2 and .8 for halves
    assert manipulated.loss(maps, wanted, outputs[0], outputs[0]).item() == pytest.approx(of_maps)
    assert manipulated.loss(wanted, wanted, *outputs).item() == pytest.approx(of_answers)


def test_maps_turn_answers_stay_and_no_value_leaves_its_clip_s_range(model):
    values = torch.randn(2, 1, 4, 8)
    classes = model(values).argmax(dim=1)
    probe = values.clone().requires_grad_()
    own = saliency_twice(model, probe, classes).detach()
    wanted = own.roll(1, dims=0)
    changed = manipulated.manipulate(model, values, wanted, steps=600)
    probe = changed.clone().requires_grad_()
    shown = saliency_twice(model, probe, classes).detach()
    assert (agreement(shown, wanted) > agreement(own, wanted) + 0.1).all()
    assert torch.equal(model(changed).argmax(dim=1), classes)
    for clip, before in zip(changed, values, strict=True):
        assert clip.min() >= before.min() and clip.max() <= before.max()
    step = manipulated.RATE * values.std().item()
    assert 0 < (changed - values).abs().mean() <= 600 * step  # the size of a step of Adam


def test_a_wanted_map_of_another_shape_is_refused(model):
    with pytest.raises(ValueError, match="wanted maps"):
        manipulated.manipulate(model, torch.randn(2, 1, 4, 8), torch.rand(2, 1, 4, 9), steps=1)


def test_half_the_beta_asks_for_twice_the_noise():
    assert manipulated.noise_of(5.0) == pytest.approx(2 * manipulated.noise_of(10.0))
    assert manipulated.noise_of(1.0) == pytest.approx(1.7375, abs=1e-3)
