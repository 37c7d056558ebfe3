"""Checks for the exercises of notebook 10: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...attribution.manipulation import scaled
from ...evaluation.stability import agreement
from ...models.softened import softened
from ..checks import NotYet, answered_tensor, compare, exercise, require
from ..classifiers import load_classifier
from ..clips import scored_clips
from .attacks import explaining, folded_network

CLIP = (1, 2, 3)  # all axes but that of the batch


@exercise
def check_manipulation_loss(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> str:
    """Exercise 10.1: mean squared distance of two maps over the variance of the wanted one, plus
    the mean squared change of the outputs.

    Examples
    --------
    >>> check_manipulation_loss(lambda maps, wanted, before, after: maps.mean(dim=(1, 2, 3)))
    Not yet. 2.13, 2.20 and 3.85 are expected, and yours is 1.00, 1.00, 1.00.
    """
    generator = torch.Generator().manual_seed(0)
    maps, wanted = (torch.rand(3, 1, 6, 9, generator=generator) for _ in range(2))
    before = torch.randn(3, 4, generator=generator)
    after = before + torch.tensor([[0.1], [0.5], [1.4]]) * torch.ones(3, 4)
    maps, wanted = scaled(maps), scaled(wanted)
    loss = answered_tensor(answer, (3,), maps, wanted, before, after)
    apart = (maps - wanted).square().mean(dim=CLIP)
    moved, spread = (after - before).square().mean(dim=1), wanted.var(dim=CLIP)
    right = apart / spread + moved
    known = {
        "Divide the distance of the maps by the variance of the wanted one.": apart + moved,
        "What keeps the answer? The outputs must not move, either.": apart / spread,
        "That is the sum over the bins. Take the mean.": (
            (maps - wanted).square().sum(dim=CLIP) / spread + moved
        ),
        "Square the change of the outputs.": apart / spread + (after - before).abs().mean(dim=1),
        "Take the mean over the outputs, not the sum.": apart / spread + 4 * moved,
        "Square the distance of the maps.": (maps - wanted).abs().mean(dim=CLIP) / spread + moved,
        "That is the variance over all clips. Take it clip by clip.": apart / wanted.var() + moved,
        "Divide by the variance, not by its root.": apart / wanted.std(dim=CLIP) + moved,
        "That is the variance of the maps shown. Take the wanted ones'.": (
            apart / maps.var(dim=CLIP) + moved
        ),
        "Add the change of the outputs: a search makes the loss small.": apart / spread - moved,
    }
    told = " and ".join([", ".join(f"{x:.2f}" for x in right[:2]), f"{right[2]:.2f}"])
    yours = ", ".join(f"{x:.2f}" for x in loss)
    compare(loss, right, known, f"{told} are expected, and yours is {yours}.", 1e-3)
    return "At 1 the map is as far from the wanted one as a map of one value would be."


@exercise
def check_limited(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 10.2: a change, brought to so many decibels below the sound where it is louder.

    Examples
    --------
    >>> check_limited(lambda change, sound, decibels: change)
    Not yet. The first change is 10 dB below its sound, and 20 are asked for: turn it down.
    """
    generator = torch.Generator().manual_seed(0)
    sound = torch.randn(3, 800, generator=generator) * torch.tensor([[1.0], [0.1], [0.5]])
    size = torch.tensor([10.0, 35.0, 12.0])
    noise = torch.randn(3, 800, generator=generator)
    noise = noise / noise.square().mean(dim=1, keepdim=True).sqrt()
    level = sound.square().mean(dim=1, keepdim=True).sqrt()
    change = noise * level * 10 ** (-size[:, None] / 20)
    limited = answered_tensor(answer, (3, 800), change, sound, 20.0)
    power = limited.square().mean(dim=1).clamp(min=1e-20)
    ratio = 10 * (sound.square().mean(dim=1) / power).log10()
    together = (sound.square().mean() / limited.square().mean().clamp(min=1e-20)).log10()
    text = "The clips together are 20 dB louder than their changes. Limit each clip by itself."
    require(ratio[0] > 19.9 or (10 * together - 20).abs() > 0.1, text)
    loud = f"The first change is {ratio[0]:.0f} dB below its sound, and 20 are asked for"
    require(ratio[0] > 19.9, f"{loud}: turn it down.")
    require(
        (ratio[1] - 35).abs() < 0.1,
        "The second change was soft enough, 35 dB below its sound, and should stay as it was.",
    )
    require(
        (ratio[[0, 2]] - 20).abs().max() < 0.1,
        "Turn down by no more than is needed: each clip by its own level, in power (10 dB are a "
        "factor of 10) or amplitude (a factor of 10 ** 0.5).",
    )
    shape = nn.functional.cosine_similarity(limited, change)
    require(shape.min() > 0.999, "Turn the whole change down; cut nothing off: a click is loud.")
    return "The published code has no such line: what it changes by is whatever the search needs."


@exercise
def check_broken_defence(answer: Callable[[nn.Module, Tensor, Tensor], Tensor]) -> str:
    """Exercise 10.3: change spectrograms by 2 dB at most, so that a softened network's maps agree
    with the wanted ones.

    Examples
    --------
    >>> check_broken_defence(lambda network, values, wanted: values)
    Not yet. Nothing was changed: the clips are as they were.
    """
    network = load_classifier("environment", "plain", 0).network
    defended = softened(folded_network(network), 10.0)
    values = scored_clips("environment")[0][[0, 2, 4]]
    explain = explaining(defended, "saliency")
    with torch.no_grad():
        outputs = defended(values)
    classes = outputs.argmax(dim=1)
    wanted = explain(values, classes).roll(1, dims=0)
    try:
        changed = answered_tensor(answer, tuple(values.shape), defended, values, wanted)
    except NotYet as told:
        text = "The network is softened already, with no ReLU to soften: attack it with betas=None."
        require("nn.ReLU to soften" not in str(told), text)
        raise
    size = (changed - values).square().mean(dim=CLIP).sqrt()
    shown = agreement(explain(changed, classes), wanted).mean()
    require(bool((size > 0).any()), "Nothing was changed: the clips are as they were.")
    require(size.max() < 2.01, f"You changed a clip by {size.max():.1f} dB, and 2 are allowed.")
    with torch.no_grad():
        kept = defended(changed).argmax(dim=1) == classes
    require(bool(kept.all()), "An answer has changed: hold the outputs.")
    require(
        shown > 0.4,
        f"The maps agree with the wanted ones by {shown:.2f} in the mean; 0.40 can be had. A "
        "softened network has slopes of its own: attack it as it is, with betas=None.",
    )
    return (
        f"They agree by {shown:.2f} now. A defence is worth what it holds against those who know."
    )
