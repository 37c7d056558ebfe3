"""Models are called in one place, whatever they take and give."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite.models.calling import Called, unpack


@dataclass
class Result:
    logits: torch.Tensor
    hidden: torch.Tensor


Pair = namedtuple("Pair", "logits hidden")


@pytest.mark.parametrize(
    ("result", "output", "words"),
    [
        ({"logits": 1, "hidden": 2}, "logits", "a dict of 'logits', 'hidden'"),
        (Result(1, 2), "logits", "a Result of logits, hidden"),
        (Pair(1, 2), "logits", "a Pair of 2, 0 to 1"),
        ((1, 2), 0, "a tuple of 2, 0 to 1"),
        ([2, 1], -1, "a list of 2, 0 to 1"),
        ({"a": {"b": 1}}, lambda result: result["a"]["b"], "a dict of 'a'"),
    ],
)
def test_parts_are_taken_by_key_name_place_or_function(result, output, words):
    assert unpack(result, output) == 1
    with pytest.raises(ValueError, match=f"{words}: say which is the answer, output="):
        unpack(result)
    with pytest.raises(ValueError, match=f"{words} without a part 'wrong'"):
        unpack(result, "wrong")


def test_a_tensor_has_no_parts():
    with pytest.raises(ValueError, match="a Tensor without a part 0"):
        unpack(torch.ones(2, 3), 0)
    with pytest.raises(ValueError, match="gives a NoneType"):
        unpack(None)


class Gives(nn.Module):
    def __init__(self, result):
        super().__init__()
        self.result = result

    def forward(self, x):
        return self.result


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (torch.ones(3), r"for 2 clips the model gives outputs of shape \(3,\)"),
        (torch.ones(()), r"outputs of shape \(\)"),
        (torch.ones(2, 3, 4), "reduce="),
        (torch.tensor([[1.0, torch.nan], [0, 0]]), "gives NaN"),
        (torch.ones(2, dtype=torch.complex64), "outputs are numbers"),
    ],
)
def test_outputs_that_are_none_are_refused(result, words):
    with pytest.raises(ValueError, match=words):
        Called(Gives(result))(torch.zeros(2, 1, 4, 8))


@pytest.mark.parametrize(
    "result", [np.ones((2, 3)), torch.ones(2, 3).double(), torch.ones(2, 3).bool()]
)
def test_outputs_of_any_number_type_are_floats(result):
    outputs = Called(Called(Gives(result)))(torch.zeros(2, 1, 4, 8))
    assert outputs.dtype == torch.float32 and torch.equal(outputs, torch.ones(2, 3))


def test_gradients_pass_a_model_in_double_precision():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Flatten(), nn.Linear(32, 2)).double()
    values = torch.zeros(2, 1, 4, 8, requires_grad=True)
    Called(layers)(values)[:, 1].sum().backward()
    assert torch.allclose(values.grad[0].flatten(), layers[1].weight[1].float())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_elsewhere_is_called_where_it_is():
    layers = nn.Sequential(nn.Flatten(), nn.Linear(32, 2)).cuda()
    assert Called(layers)(torch.zeros(2, 1, 4, 8)).device.type == "cpu"
