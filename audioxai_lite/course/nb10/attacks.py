"""What notebook 10 attacks, how, and how it judges the outcome."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from torch import Tensor, nn

from ... import attribution
from ...attribution import twice
from ...attribution.manipulation import BETAS, manipulate, scaled
from ...datasets import Clip
from ...evaluation import localisation
from ...evaluation.stability import agreement
from ...models.cnn14 import Cnn14, cnn14_with_folded_norms, cnn14_with_split_norms
from ...sound.hearing import noise_to_mask
from ...sound.hidden import loudness_limit, under_the_mask
from ..clips import MEL, clips_of_each_class

CLIPS = 24
STEPS = 100
SILENT = 0.1  # share of digitally silent samples from which on a clip is left out
SIGMA = 5.0  # decibels, SmoothGrad's, as everywhere in the course
METHODS = ("saliency", "gradient × input", "SmoothGrad", "Grad-CAM", "LRP")

Explain = Callable[[Tensor, Tensor], Tensor]  # values and classes to maps


def attacked_clips(data: str, count: int = CLIPS) -> list[Clip]:
    """The first test clips, class after class, that are not silent for a tenth or more.

    Examples
    --------
    >>> [clip.label for clip in attacked_clips("environment", 2)]
    ['dog', 'rooster']
    """
    rounds = 4
    clips = clips_of_each_class(data, rounds)
    sounding = [clip for clip in clips if (clip.waveform == 0).float().mean() < SILENT]
    of_class: dict[int, list[Clip]] = {}
    for clip in sounding:
        of_class.setdefault(clip.target, []).append(clip)
    order = [of_class[target][turn : turn + 1] for turn in range(rounds) for target in of_class]
    return [clip for one in order for clip in one][:count]


def folded_network(network: Cnn14) -> Cnn14:
    """The network as it is attacked: its normalisations folded, its weights frozen.

    Examples
    --------
    >>> any(weight.requires_grad for weight in folded_network(Cnn14(10)).parameters())
    False
    """
    return cnn14_with_folded_norms(network).requires_grad_(False)


def attacking(network: Cnn14, method: str) -> tuple[twice.Map, tuple[float, float] | None]:
    """A method as the attack differentiates it, and the β of the copy that it is asked about.

    Examples
    --------
    >>> attacking(Cnn14(10), "LRP")[1] is None  # it follows activations
    True
    """
    ways: dict[str, twice.Map] = {
        "saliency": twice.saliency_twice,
        "gradient × input": twice.gradient_times_input_twice,
        "SmoothGrad": partial(twice.smoothgrad_twice, samples=3, sigma=SIGMA, seed=None),
        "Grad-CAM": twice.grad_cam_twice("conv_block6", time_axis=2),
    }
    if method != "LRP":
        return ways[method], BETAS
    norm = network.bn0
    split = cnn14_with_split_norms(network)[1].requires_grad_(False)
    return twice.lrp_twice(split, lambda values: norm(values.squeeze(1))[:, None]), None


def explaining(network: nn.Module, method: str, sigma: float = SIGMA) -> Explain:
    """A method as the course gives it to everybody, which the outcome is judged by: maps over their
    mean size. SmoothGrad has noise of `sigma` decibels.

    Examples
    --------
    >>> explain = explaining(Cnn14(10).eval(), "saliency")
    >>> round(explain(torch.randn(1, 1, 64, 251), torch.tensor([3])).mean().item(), 3)
    1.0
    """
    ways: dict[str, Callable[..., Tensor]] = {
        "saliency": attribution.saliency,
        "gradient × input": attribution.gradient_times_input,
        "SmoothGrad": partial(attribution.smoothgrad, sigma=sigma),
    }

    def explain(values: Tensor, classes: Tensor) -> Tensor:
        if method == "Grad-CAM":
            return scaled(attribution.grad_cam(network, values, classes, network.conv_block6, 2))
        if method == "LRP":
            normalise, split = cnn14_with_split_norms(network)
            return scaled(attribution.lrp(split, normalise(values), classes))
        return scaled(ways[method](network, values, classes))

    return explain


def attacked(
    model: nn.Module,
    way: tuple[twice.Map, tuple[float, float] | None],
    waveform: Tensor,
    wanted: Tensor,
    classes: Tensor,
    **options,
) -> Tensor:
    """Sounds, eight at a time, changed by `attribution.manipulation.manipulate`.

    Parameters
    ----------
    model : nn.Module
        A `folded_network`, softened perhaps.
    way : see `attacking`
    waveform, wanted, classes, options
        See `manipulate`.

    Examples
    --------
    >>> network, sound = Cnn14(10).eval(), torch.randn(1, 80_000) / 10
    >>> way, wanted = attacking(network, "saliency"), torch.rand(1, 1, 64, 251)
    >>> attacked(folded_network(network), way, sound, wanted, torch.tensor([3]), steps=1).shape
    torch.Size([1, 80000])
    """
    method, betas = way
    options = {"method": method, "betas": betas, "steps": STEPS} | options
    parts = zip(waveform.split(8), wanted.split(8), classes.split(8), strict=True)
    made = [
        manipulate(model, MEL, sounds, goals, target=named, **options)
        for sounds, goals, named in parts
    ]
    return torch.cat(made)


def noise_like(waveform: Tensor, changed: Tensor, budget: float | None) -> Tensor:
    """The control: sounds with a change as large and as hidden, of random numbers.

    Parameters
    ----------
    waveform, changed : Tensor, shape (batch, samples)
        Before an attack and after it.
    budget : float or None
        Of the attack.

    Examples
    --------
    >>> sound = torch.randn(1, 16_000) / 10
    >>> size = (noise_like(sound, sound + 0.001, 30.0) - sound).square().mean().sqrt()
    >>> round(size.item(), 4)
    0.001
    """
    limit = under_the_mask(waveform) if budget is None else loudness_limit(waveform, budget)
    generator = torch.Generator().manual_seed(0)
    random = limit.change(3 * torch.randn(limit.start().shape, generator=generator), tight=True)
    sizes = [
        each.square().mean(dim=1, keepdim=True).sqrt() for each in (changed - waveform, random)
    ]
    share = sizes[0] / sizes[1]
    return waveform + random * (share.clamp(max=1) if budget is None else share)  # hidden it stays


def judged(
    network: nn.Module,
    explain: Explain,
    before: Tensor,
    after: Tensor,
    wanted: Tensor,
    truth: Tensor | None,
) -> pd.DataFrame:
    """What became of sounds, a row a clip, on the network itself.

    Returns
    -------
    DataFrame
        target before, target: agreement of the map with the wanted one; own: with the map of the
        sound before; other: of the map with the wanted map of the next clip but one, which nobody
        asked for; average precision before and after, where the truth is known; kept: 1 where the
        answer is the same; probability, logit: how far those of the class moved; ratio: of sound to
        change; to the mask: the largest noise-to-mask ratio, and over the mask the share of bands
        and frames above 0 dB.

    Examples
    --------
    >>> network, sound = Cnn14(10).eval(), torch.randn(1, 80_000) / 10
    >>> explain, wanted = explaining(network, "saliency"), torch.rand(1, 1, 64, 251)
    >>> rows = judged(network, explain, sound, sound + 1e-6, wanted, None)
    >>> rows[["own", "kept", "over the mask"]].round(3).to_dict("records")
    [{'own': 1.0, 'kept': 1.0, 'over the mask': 0.0}]
    """
    pair = [MEL(sound).values for sound in (before, after)]
    with torch.no_grad():
        outputs = [network(values) for values in pair]
    classes = outputs[0].argmax(dim=1)
    old, new = (explain(values, classes) for values in pair)
    named = [each.gather(1, classes[:, None])[:, 0] for each in outputs]
    chance = [each.softmax(dim=1).gather(1, classes[:, None])[:, 0] for each in outputs]
    change = after - before
    ratio = noise_to_mask(change, before)
    columns = {
        "target before": agreement(old, wanted),
        "target": agreement(new, wanted),
        "own": agreement(new, old),
        "other": agreement(new, wanted.roll(2, dims=0)),
        "kept": (outputs[1].argmax(dim=1) == classes).double(),
        "probability": (chance[1] - chance[0]).abs(),
        "logit": (named[1] - named[0]).abs(),
        "ratio": 10 * (before.square().mean(dim=1) / change.square().mean(dim=1)).log10(),
        "to the mask": ratio.amax(dim=(1, 2)),
        "over the mask": (ratio > 0).double().mean(dim=(1, 2)),
    }
    if truth is not None:
        columns["average precision before"] = localisation.average_precision(old.abs(), truth)
        columns["average precision"] = localisation.average_precision(new.abs(), truth)
    return pd.DataFrame({name: column.double().numpy() for name, column in columns.items()})
