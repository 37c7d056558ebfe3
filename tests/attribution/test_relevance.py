"""Layer-wise relevance propagation against computations by hand, on inputs of both signs; what it
conserves, and which networks it refuses.
"""

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import AudioModel, attribution, explain
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import explained
from audioxai_lite.evaluation import completeness
from audioxai_lite.models.cnn14 import cnn14_with_folded_norms, cnn14_with_split_norms
from audioxai_lite.sound.gains import SampleGrid
from audioxai_lite.sound.spectrogram import LogMel
from audioxai_lite.sound.stft import PowerStft


def stabilised(total):
    return total + 1e-6 * ((total >= 0).float() * 2 - 1)


def through_convolution(layer, x, relevance):
    """α1β0 without bias: positive inputs by positive weights, negative ones by negative weights."""
    forward, backward = nn.functional.conv2d, nn.functional.conv_transpose2d
    weight, padding = layer.weight, layer.padding
    parts = (x.clamp(min=0), weight.clamp(min=0)), (x.clamp(max=0), weight.clamp(max=0))
    share = relevance / stabilised(sum(forward(part, w, padding=padding) for part, w in parts))
    return sum(part * backward(share, w, padding=padding) for part, w in parts)


def through_dense(layer, x, relevance):
    share = relevance / stabilised(x @ layer.weight.T)
    return x * (share @ layer.weight)


def through_average(pool, x, relevance):
    """In proportion to what each of the (not negative) inputs contributes."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (spread,) = torch.autograd.grad(pool(x), x, relevance / stabilised(pool(x)).detach())
    return x.detach() * spread


@torch.no_grad()
def cnn14_by_hand(net, x, target):
    """Every layer of a Cnn14 in turn, there and back."""
    seen, x = [], x.transpose(2, 3)
    for number in range(1, 7):
        block = getattr(net, f"conv_block{number}")
        for layer in (block.conv1, block.conv2):
            seen.append((through_convolution, layer, x))
            x = layer(x).relu()
        seen.append((through_average, block.pool, x))
        x = block.pool(x)
    seen.append((through_average, net.mean_frequency, x))
    x = net.mean_frequency(x)
    largest, mean = net.max_time(x), net.mean_time(x)
    both = (largest + mean).flatten(1)
    hidden = net.fc1(both).relu()
    answers = net.output(hidden)
    relevance = through_dense(net.output, hidden, nn.functional.one_hot(target, 10) * answers)
    share = through_dense(net.fc1, both, relevance).view_as(largest) / stabilised(largest + mean)
    winner = (x == largest).float()
    to_winner = winner / winner.sum(dim=2, keepdim=True) * share * largest
    relevance = to_winner + through_average(net.mean_time, x, share * mean)
    for back, layer, x in reversed(seen):
        relevance = back(layer, x, relevance)
    return relevance.transpose(2, 3), answers.gather(1, target[:, None])[:, 0]


@pytest.mark.parametrize("model", ["plain", "robust"])
def test_relevance_of_a_cnn14_is_that_by_hand(model):
    """Behind its first normalisation more than half of the plain network's inputs are negative."""
    network = load_classifier("environment", model, seed=0).network
    values, _, target = explained("environment", load_classifier("environment", model, seed=0))
    normalise, folded = cnn14_with_split_norms(network)
    inputs, target = normalise(values[::20]), target[::20]
    if model == "plain":
        assert (inputs < 0).float().mean() > 0.3
    expected, answers = cnn14_by_hand(folded, inputs, target)
    found = attribution.lrp(folded, inputs, target)
    assert torch.allclose(found, expected, atol=1e-4 * expected.abs().max().item())
    assert torch.allclose(found.sum(dim=(1, 2, 3)), answers, rtol=1e-3)


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
    found = attribution.lrp(network, x, 1)
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
    assert torch.allclose(attribution.lrp(network, x, 1), attribution.lrp(merged, x, 1), atol=1e-5)
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
        attribution.lrp(Branching(step), torch.randn(1, 1, 2, 4), 0)


def test_a_function_after_the_last_layer_is_refused_and_relu_is_not():
    attribution.lrp(Branching(lambda h, x: h.relu()), torch.randn(1, 1, 2, 4), 0)

    class Mean(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv2d(1, 2, 3)

        def forward(self, x):
            return self.convolution(x).mean(dim=(2, 3))

    with pytest.raises(ValueError, match="after the last layer something happens"):
        attribution.lrp(Mean(), torch.randn(1, 1, 8, 8), 0)


def test_a_normalisation_without_a_layer_before_it_is_refused():
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 2))
    with pytest.raises(ValueError, match="follows no convolution or dense layer"):
        attribution.lrp(network.eval(), torch.randn(1, 1, 8, 8), 0)


def test_lrp_conserves_and_epsilon_is_gradient_times_input(classifier, values):
    normalise, folded = cnn14_with_split_norms(classifier)
    normalised = normalise(values)
    with torch.no_grad():
        assert torch.allclose(folded(normalised), classifier(values), rtol=1e-3, atol=1e-3)
        whole = cnn14_with_folded_norms(classifier)
        assert torch.allclose(whole(values), classifier(values), rtol=1e-3, atol=1e-3)
    result = attribution.lrp(folded, normalised, 1)
    conserved = completeness.conservation(result, classifier, values, 1)
    assert torch.allclose(conserved, torch.ones(3), atol=0.01), conserved
    x = normalised.clone().requires_grad_()
    folded(x)[:, 1].sum().backward()
    product, epsilon = x.grad * x.detach(), attribution.lrp(folded, normalised, 1, rule="epsilon")
    assert np.corrcoef(product.flatten(), epsilon.flatten())[0, 1] > 0.999


def test_any_network_of_known_layers_is_explained():
    """Without biases and below a ReLU nothing is lost: the relevance is the logit."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 3, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    model, values = nn.Sequential(*layers, nn.Linear(63, 2, bias=False)), torch.rand(2, 1, 8, 16)
    for rule in ("conserving", "epsilon"):
        relevance = attribution.lrp(model, values, [0, 1], rule)
        conserved = completeness.conservation(relevance, model, values, [0, 1])
        assert torch.allclose(conserved, torch.ones(2), atol=1e-3)


@pytest.mark.parametrize(
    ("last", "rule", "words"),
    [
        (nn.LSTM(1, 1), "conserving", "none for LSTM"),
        (nn.ReLU(), "conserve", 'rule is "conserving" or "epsilon"'),
    ],
)
def test_layers_and_rules_that_are_unknown_are_named(last, rule, words):
    model = nn.Sequential(nn.Conv2d(1, 1, 1), last, nn.Flatten())
    with pytest.raises(ValueError, match=words):
        attribution.lrp(model, torch.zeros(1, 1, 4, 4), 0, rule)


def test_the_door_hands_out_epsilon_which_promises_no_sum():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64 * 32, 2)).eval()
    model = AudioModel(network, LogMel(16_000), answer="logits")
    sound = torch.randn(1, 31 * 320) / 10
    found = explain(model, sound, "LRP", 0, rule="epsilon")
    with torch.no_grad():
        expected = found.recording.values * network[1].weight[0].view(64, 32)
        biased = network(found.recording.values)[0, 0]
    assert torch.allclose(found.map, expected, rtol=1e-3, atol=1e-3)
    assert abs(found.map.sum() - biased) == pytest.approx(abs(network[1].bias[0].item()), abs=0.05)


def test_what_reaches_a_unit_that_only_its_bias_keeps_awake_is_lost():
    convolution, dense = nn.Conv2d(1, 2, 1), nn.Linear(2, 1, bias=False)
    convolution.weight.data = torch.tensor([-1.0, 2.0]).view(2, 1, 1, 1)
    convolution.bias.data = torch.tensor([3.0, 0.0])
    dense.weight.data = torch.tensor([[1.0, 1.0]])
    network = nn.Sequential(convolution, nn.ReLU(), nn.Flatten(), dense)
    found = attribution.lrp(network, torch.ones(1, 1, 1, 1), 0)  # the output is 2 + 2
    assert found.item() == pytest.approx(2, abs=1e-4)  # nothing speaks for the first unit
