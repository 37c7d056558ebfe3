"""Models that know less and less."""

import pytest
import torch

from audioxai_lite import attribution
from audioxai_lite.evaluation import sanity, stability
from audioxai_lite.models.cnn14 import Cnn14


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Cnn14(3, n_mels=32, frames=64).eval()


def test_layers_are_shuffled_from_the_output_down(model):
    steps = list(sanity.randomised(model))
    names = [name for name, _ in steps]
    assert names == ["output", "fc1", *(f"conv_block{n}" for n in range(6, 0, -1)), "bn0"]
    before = model.state_dict()
    for place, (_, copied) in enumerate(steps):
        after = copied.state_dict()
        changed = {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}
        assert changed <= set(names[: place + 1]) and set(names[: place + 1]) - {"bn0"} <= changed
        assert all(
            torch.equal(before[key].flatten().sort()[0], after[key].flatten().sort()[0])
            for key in before
        )
    assert not copied.training
    again = dict(sanity.randomised(model))["conv_block1"].state_dict()
    assert all(
        torch.equal(value, dict(steps)["conv_block1"].state_dict()[key])
        for key, value in again.items()
    )


def test_a_gradient_notices(model):
    values = torch.randn(2, 1, 32, 64, generator=torch.Generator().manual_seed(1))
    before = attribution.saliency(model, values, 0)
    *_, (_, shuffled) = sanity.randomised(model)
    after = attribution.saliency(shuffled, values, 0)
    assert (stability.rank_correlation(before, before) > 0.999).all()
    assert (stability.rank_correlation(before, after).abs() < 0.5).all()
