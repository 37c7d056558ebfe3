"""Relevance by zennit's rules against a computation by hand, on inputs of both signs."""

import pytest
import torch
from torch import nn

from audioxai_lite import AudioModel, explain
from audioxai_lite.attribution.composites import relevance
from audioxai_lite.sound.gains import SampleGrid
from audioxai_lite.sound.stft import PowerStft


def by_hand(convolution, dense, x, target):
    """α1β0 through the convolution, both signs of its input, and ε through the dense layer."""
    hidden = convolution(x).relu().flatten(1)
    weight = dense.weight[target]
    start = dense(hidden)[:, target]
    contributions = hidden * weight
    relevant = contributions / contributions.sum(dim=1, keepdim=True) * start[:, None]
    relevant = relevant.view_as(convolution(x))
    plus, minus = convolution.weight.clamp(min=0), convolution.weight.clamp(max=0)
    stride = convolution.stride
    parts = ((x.clamp(min=0), plus), (x.clamp(max=0), minus))
    forward = nn.functional.conv1d if x.ndim == 3 else nn.functional.conv2d
    backward = nn.functional.conv_transpose1d if x.ndim == 3 else nn.functional.conv_transpose2d
    total = sum(forward(part, weights, stride=stride) for part, weights in parts)
    share = relevant / (total + 1e-6 * ((total >= 0).float() * 2 - 1))
    return sum(part * backward(share, weights, stride=stride) for part, weights in parts)


@pytest.mark.parametrize("sign", [1.0, -1.0, None], ids=["positive", "negative", "both"])
def test_relevance_is_that_by_hand(sign):
    torch.manual_seed(0)
    convolution, dense = nn.Conv2d(1, 3, (2, 4), (2, 4)), nn.Linear(3 * 4 * 4, 2)
    network = nn.Sequential(convolution, nn.ReLU(), nn.Flatten(), dense)
    x = torch.randn(2, 1, 8, 16)
    x = x if sign is None else sign * x.abs()
    with torch.no_grad():
        expected = by_hand(convolution, dense, x, 1)
    found = relevance(network, x, 1)
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-4 * expected.abs().max().item())


def test_batch_normalisations_are_merged_and_the_network_is_left_alone():
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(252, 2))
    network.eval()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    x = torch.randn(1, 1, 8, 16)
    merged = nn.Sequential(
        nn.utils.fusion.fuse_conv_bn_eval(network[0], norm), nn.ReLU(), nn.Flatten(), network[4]
    )
    assert torch.allclose(relevance(network, x, 1), relevance(merged, x, 1), atol=1e-5)
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


def test_gains_get_what_the_samples_they_make_got():
    """On gains of samples relevance is that of the samples; on a Fourier transform it adds up."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Unflatten(1, (1, -1)),
        nn.Conv1d(1, 4, 32, 16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1_996, 2),
    )
    sound = torch.randn(1, 8_000) / 10
    with torch.no_grad():
        expected = by_hand(network[1], network[4], sound[:, None], 0)
    on_samples = AudioModel(network, sample_rate=16_000, answer="logits", grid=SampleGrid(16_000))
    found = explain(on_samples, sound, "LRP", 0).map
    assert torch.allclose(found[:, 0], expected, rtol=1e-2, atol=1e-3 * expected.abs().max().item())
    on_stft = AudioModel(
        network, sample_rate=16_000, answer="logits", grid=PowerStft(16_000, hop_length=256)
    )
    total = explain(on_stft, sound, "LRP", 0).map.sum().item()
    assert total == pytest.approx(network(sound)[0, 0].item(), rel=1e-3)


class Branching(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.first, self.second, self.step = nn.Linear(8, 8), nn.Linear(8, 2), step

    def forward(self, x):
        hidden = self.first(x.flatten(1))
        return self.second(self.step(hidden, x.flatten(1)))


@pytest.mark.parametrize(
    "step",
    [lambda h, x: h + x, lambda h, x: h.tanh(), lambda h, x: h * 2, lambda h, x: h - h.mean()],
    ids=["skip", "tanh", "scaled", "centred"],
)
def test_steps_that_rules_cannot_see_are_refused(step):
    with pytest.raises(ValueError, match="before this Linear something happens that is no module"):
        relevance(Branching(step), torch.randn(1, 1, 2, 4), 0)


def test_a_function_after_the_last_layer_is_refused_and_relu_is_not():
    relevance(Branching(lambda h, x: h.relu()), torch.randn(1, 1, 2, 4), 0)

    class Mean(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv2d(1, 2, 3)

        def forward(self, x):
            return self.convolution(x).mean(dim=(2, 3))

    with pytest.raises(ValueError, match="after the last layer something happens"):
        relevance(Mean(), torch.randn(1, 1, 8, 8), 0)


def test_a_normalisation_without_a_layer_before_it_is_refused():
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 2))
    with pytest.raises(ValueError, match="follows no convolution or dense layer"):
        relevance(network.eval(), torch.randn(1, 1, 8, 8), 0)
