"""Attacks on explanations: they move the map, keep the answer, and stay within their budget."""

import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.attribution.manipulation import manipulate, manipulate_values, scaled
from audioxai_lite.evaluation.stability import agreement
from audioxai_lite.sound.hearing import noise_to_mask
from audioxai_lite.sound.spectrogram import LogMel

FRONT = LogMel(n_mels=16)


@pytest.fixture(scope="module")
def case():
    """A network of random weights, sounds, and a wanted map drawn at random in cells."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2, stride=2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 4 * 13, 4),
    ).eval()
    network[0].weight.data /= 20  # decibels are large
    network[0].bias.data += 2
    sounds = torch.randn(2, 16_000) / 10
    values = FRONT(sounds).values
    cells = torch.rand(2, 1, 4, 6)
    wanted = nn.functional.interpolate(cells, values.shape[2:])
    return network, sounds, values, wanted


def shown(network, values, target):
    return scaled(attribution.saliency(network, values, target))


def test_spectrograms_are_turned_within_a_budget_and_the_answer_stays(case):
    network, _, values, wanted = case
    classes = network(values).argmax(dim=1)
    changed = manipulate_values(network, values, wanted, budget=2.0, steps=80)
    size = (changed - values).square().mean(dim=(1, 2, 3)).sqrt()
    assert (size <= 2.001).all() and (size > 0.1).all()
    before, after = (agreement(shown(network, each, classes), wanted) for each in (values, changed))
    noise = values + 2.0 * torch.randn_like(values)
    by_chance = agreement(shown(network, noise, classes), wanted)
    assert (after > before + 0.05).all() and (after > by_chance + 0.05).all()
    moved = (network(changed) - network(values)).abs().max()
    held = manipulate_values(network, values, wanted, budget=2.0, steps=80, hold=100.0)
    free = manipulate_values(network, values, wanted, budget=2.0, steps=80, hold=0.0)
    assert (network(changed).argmax(dim=1) == classes).all()
    assert (network(held) - network(values)).abs().max() < moved + 0.01
    assert (network(free) - network(values)).abs().max() > moved


@pytest.mark.parametrize("budget", [None, 20.0])
def test_waveforms_stay_within_their_budget(case, budget):
    network, sounds, values, wanted = case
    state = {name: each.clone() for name, each in network.state_dict().items()}
    changed = manipulate(network, FRONT, sounds, wanted, budget=budget, steps=25)
    change = changed - sounds
    if budget is None:
        assert noise_to_mask(change, sounds).max() < 0
    else:
        ratio = 10 * (sounds.square().mean(dim=1) / change.square().mean(dim=1)).log10()
        assert (ratio > budget - 0.01).all()
    classes = network(values).argmax(dim=1)
    before, after = (
        agreement(shown(network, FRONT(each).values, classes), wanted) for each in (sounds, changed)
    )
    assert (after > before).all()
    assert all(torch.equal(state[name], each) for name, each in network.state_dict().items())
    assert all(weight.requires_grad for weight in network.parameters())


def test_an_attack_that_reckons_with_delays_changes_the_sound_as_well(case):
    network, sounds, _, wanted = case
    ways = [
        manipulate(network, FRONT, sounds, wanted, steps=4, shifts=shifts)
        for shifts in ((0,), (0, 80))
    ]
    assert not torch.equal(*ways)


def test_what_does_not_fit_is_named(case):
    network, sounds, _, wanted = case
    with pytest.raises(ValueError, match="wanted maps"):
        manipulate(network, FRONT, sounds, wanted[..., :3], steps=1)
    with pytest.raises(ValueError, match="no nn.ReLU to soften"):
        flat = nn.Sequential(nn.Flatten(), nn.Linear(16 * 51, 4))
        manipulate(flat, FRONT, sounds, wanted, steps=1)
    with pytest.raises(ValueError, match=r"target lies between 0 and 3, not at \[9, 9\]"):
        manipulate(network, FRONT, sounds, wanted, steps=1, target=torch.tensor([9, 9]))
