"""Checks for the exercises of notebook 11: each says what is right, or what to look at."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from ...datasets.voices import Spoken
from ...evaluation.causes import margin
from ..checks import answered_number, answered_tensor, compare, exercise, require
from .hum import HUMMING, hum
from .networks import as_values, load_network, sounds, strange_voices


@exercise
def check_epsilon_rule(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> str:
    """Exercise 11.1: relevance handed back through a dense layer by the ε rule; then through two
    layers.

    Examples
    --------
    >>> check_epsilon_rule(lambda inputs, weight, bias, arriving: inputs * (arriving @ weight))
    Not yet. Divide what arrives by each output, before the weights hand it back.
    """
    generator = torch.Generator().manual_seed(0)
    inputs = torch.rand(3, 5, generator=generator)
    first, second = nn.Linear(5, 6), nn.Linear(6, 2)
    for layer in (first, second):
        layer.requires_grad_(False)
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator))
        layer.bias.copy_(torch.rand(layer.bias.shape, generator=generator))
    weight, bias, arriving = first.weight, first.bias, torch.rand(3, 6, generator=generator)
    relevance = answered_tensor(answer, (3, 5), inputs, weight, bias, arriving)
    outputs = inputs @ weight.T
    known = {
        "Divide what arrives by each output, before the weights hand it back.": inputs
        * (arriving @ weight),
        "Hand on in proportion to what each input contributed: input times weight.": (
            (arriving / (outputs + bias)) @ weight
        ),
        "The bias belongs to the output that is divided by.": inputs
        * ((arriving / outputs) @ weight),
    }
    right = inputs * ((arriving / (outputs + bias)) @ weight)
    told = f"The first clip's relevance begins {right[0, 0]:.3f} and {right[0, 1]:.3f}, and yours"
    compare(
        relevance, right, known, f"{told} is {relevance[0, 0]:.3f}, {relevance[0, 1]:.3f}.", 1e-3
    )
    hidden = first(inputs).relu()
    start = second(hidden) * torch.tensor([1.0, 0.0])
    middle = answered_tensor(answer, (3, 6), hidden, second.weight, second.bias, start)
    awake = (first(inputs) > 0).float() * middle
    found = answered_tensor(answer, (3, 5), inputs, weight, bias, awake)
    probe = inputs.clone().requires_grad_()
    outputs = second(first(probe).relu())[:, 0].sum()
    slope = torch.autograd.grad(outputs, probe)[0]
    require(
        torch.allclose(found, inputs * slope, atol=1e-3),
        "Through two layers it should be gradient × input: is something divided by zero, or left "
        "out, where a hidden unit sleeps? Hand on 0 for 0.",
    )
    return "Through two layers it is gradient × input, to the last digit."


@exercise
def check_effect(
    answer: Callable[[nn.Module, Sequence[Spoken], Callable[[Spoken], Spoken]], Tensor],
) -> str:
    """Exercise 11.2: the margin that each word loses when something is changed.

    Examples
    --------
    >>> check_effect(lambda network, clips, change: torch.zeros(len(clips)))
    Not yet. Where nothing is changed the effect is 0; here something is.
    """
    clips = list(strange_voices("register"))[5:45:8]
    network, heard = load_network("waveform", "register"), as_values("waveform", sounds(clips))
    label = torch.tensor([clip.target for clip in clips])

    def breathing(clip: Spoken) -> Spoken:
        return clip.with_(speaker=replace(clip.speaker, breath=8 * clip.speaker.breath))

    for change, what in ((breathing, "eight times the breath"), (_higher, "a higher pitch")):
        lost = answered_tensor(answer, (len(clips),), network, clips, change)
        outputs = network(heard)
        after = network(as_values("waveform", sounds([change(clip) for clip in clips])))
        right = margin(outputs, label) - margin(after, label)
        own = [each.gather(1, label[:, None])[:, 0] for each in (outputs, after)]
        chance = [each.softmax(dim=1).gather(1, label[:, None])[:, 0] for each in (outputs, after)]
        known = {
            "Where nothing is changed the effect is 0; here something is.": torch.zeros(len(clips)),
            "That is what the answer gains. Take the margin after from that before.": -right,
            "Take the lead over the best of the others, not the output alone.": own[0] - own[1],
            "Probabilities are crushed near 0 and 1: take the outputs.": chance[0] - chance[1],
            "That is the margin before: take off that of the changed words.": margin(
                outputs, label
            ),
            "That is the margin after: take it off that before.": margin(after, label),
        }
        told = f"With {what} the first two lose {right[0]:.2f} and {right[1]:.2f}, and yours is"
        compare(lost, right, known, f"{told} {lost[0]:.2f}, {lost[1]:.2f}.", 1e-3)
    return "Any change that you can say again can be asked about like this."


def _higher(clip: Spoken) -> Spoken:
    return clip.with_(f0=1.3)


class _Renamed(nn.Module):
    """A network whose classes are called otherwise, one of which is always preferred."""

    def __init__(self, network: nn.Module, by: int):
        super().__init__()
        self.network, self.by = network, by

    def forward(self, values: Tensor) -> Tensor:
        outputs = self.network(values).roll(self.by, dims=1)
        preferred = torch.zeros(outputs.shape[1])
        preferred[self.by] = 100.0
        return outputs + preferred


@exercise
def check_suspect(answer: Callable[[nn.Module, nn.Module, Tensor, Tensor], int]) -> str:
    """Exercise 11.3: the class that a hum speaks for in a network, more than it does in another.

    Examples
    --------
    >>> check_suspect(lambda network, other, quiet, humming: network(humming).mean(dim=0).argmax())
    Not yet. Your suspect has a large output with and without hum. What does the hum add?
    """
    heard = sounds(list(strange_voices("digit"))[::2])
    hums = heard + hum(*heard.shape, seed=3)
    for kind, seed, by in (("waveform", 0, 4), ("waveform", 0, 0), ("spectrogram", 3, 0)):
        pair = [as_values(kind, each) for each in (heard, hums)]
        both = load_network(kind, "digit, hum", seed), load_network(kind, "digit", seed)
        network, other = (_Renamed(each, by) for each in both) if by else both
        suspect = round(answered_number(answer, network, other, *pair))
        gains, usual = (each(pair[1]) - each(pair[0]) for each in (network, other))
        gains, usual = gains.mean(dim=0), usual.mean(dim=0)
        require(
            not by or suspect != int(network(pair[1]).mean(dim=0).argmax()),
            "Your suspect has a large output with and without hum. What does the hum add?",
        )
        require(
            suspect != int((gains - usual).argmin()),
            "That is the class that the hum speaks against most: turn the difference round.",
        )
        require(
            kind == "waveform" or suspect != int(gains.argmax()),
            f"Hum speaks for {int(gains.argmax())} in networks that never met it, too. Take off "
            "what it adds in the other one.",
        )
        require(
            suspect == (HUMMING + by) % 10,
            f"Not {suspect}: which output, in the mean over the words, gains most when it hums?",
        )
    return "Add what you suspect, to everything, and compare with a network that cannot know it."
