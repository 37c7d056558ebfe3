"""Effects of causes, and shares of relevance beside them."""

import pytest
import torch
from torch import nn

from audioxai_lite.evaluation.causes import interventional_effect, margin, relevance_shares


def test_a_margin_is_the_lead_over_the_best_of_the_others():
    outputs = torch.tensor([[1.0, 4.0, 3.0], [1.0, 4.0, 3.0], [-2.0, -5.0, -9.0]])
    assert margin(outputs, torch.tensor([1, 2, 0])).tolist() == [1.0, -1.0, 3.0]


def test_the_effect_on_a_linear_network_is_what_its_weights_say():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(6, 2)).train()
    before, change = torch.randn(5, 1, 2, 3), torch.randn(5, 1, 2, 3)
    found = interventional_effect(network, before, before + change, torch.tensor([0, 1, 0, 1, 1]))
    weight = network[2].weight
    towards = (weight[0] - weight[1]) * torch.tensor([1, -1, 1, -1, -1])[:, None]
    torch.testing.assert_close(found, -(towards * change.flatten(1)).sum(dim=1).detach())
    assert network.training and not found.requires_grad


def test_batches_make_no_difference_and_shapes_must_fit():
    network, values = nn.Sequential(nn.Flatten(), nn.Linear(6, 3)), torch.randn(7, 1, 2, 3)
    whole = interventional_effect(network, values, values.flip(0), 1)
    torch.testing.assert_close(interventional_effect(network, values, values.flip(0), 1, 2), whole)
    with pytest.raises(ValueError, match="values after"):
        interventional_effect(network, values, values[..., :2], 1)


def test_shares_add_up_with_their_signs_and_an_empty_map_has_none():
    relevance = torch.tensor([[[[4.0, -1.0], [2.0, -3.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    regions = torch.tensor([[[[0, 0], [2, 2]]], [[[0, 1], [1, 2]]]])
    assert relevance_shares(relevance, regions, 4).tolist() == [
        pytest.approx([0.3, 0.0, -0.1, 0.0]),
        [0.0] * 4,
    ]
    with pytest.raises(ValueError, match="regions"):
        relevance_shares(relevance, regions[..., :1], 4)
