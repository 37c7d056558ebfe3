"""What a learned mask costs: whether the network still names what it keeps, and no longer what it
removes, and how much it keeps. Taught in notebook 13.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ..inputs import as_numbers, as_whole, plain
from ..masks.rules import top_k
from ..sound.gains import shares_of_bins
from ..sound.levels import power_to_decibels


@dataclass(frozen=True)
class Objective:
    """What a decoder is trained for: the weights of five losses, each a mean over clips; 0 switches
    one off.

    Attributes
    ----------
    kept : float, default 1
        Cross-entropy of what is kept with the class that the network names for the clip.
    removed : float, default 1
        -log(1 - p) of that class for what is removed.
    area : float, default 3
        The mean of the mask, as far as it exceeds `budget`. It grows from 0 over the first 40 % of
        the steps.
    budget : float, default 0
        An area that costs nothing.
    smoothness : float, default 0
        Mean square difference of neighbouring bins.
    guidance : float, default 0
        Cross-entropy of the mask with the loudest tenth of the bins. It teaches energy, not what
        the network hears.

    Source: after the public code of Paissan et al. 2024 (2403.13086); the loss of what is removed
    has no bound there, see `published.lmac.loss`. Notebook: 13.
    """

    kept: float = 1.0
    removed: float = 1.0
    area: float = 3.0
    budget: float = 0.0
    smoothness: float = 0.0
    guidance: float = 0.0


def masked_decibels(values: Tensor, mask: Tensor, silence: float | Tensor) -> Tensor:
    """What a mask keeps, in decibels from silence up, as everywhere in this course; differentiable.
    See `sound.levels.apply_mask`.

    Notebook: 13.

    Examples
    --------
    >>> masked_decibels(torch.tensor([-20.0]), torch.tensor([0.5]), -100.0).tolist()
    [-60.0]
    """
    silence = plain(silence)
    values, mask = as_numbers(values, "values"), as_numbers(mask, "masks")
    return silence + (values - silence) * mask


def masked_amplitude(front_end: Any, power: Tensor, mask: Tensor) -> Tensor:
    """What a mask keeps as gains on the amplitude of the Fourier transform; differentiable.

    Parameters
    ----------
    front_end : LogStft or LogMel
        Of the model.
    power : Tensor, shape (batch, 1, n_fft // 2 + 1, time)
        Of the clips: what `PowerStft` gives.
    mask : Tensor, shape (batch, 1, frequency, time)
        On the grid of the front end; mel bands share the bins of the transform by their triangles.

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time)
        Values of the front end.

    Source: masks on a linear frequency axis as in the public code of Paissan et al. 2024, which
    multiplies log(1 + |X|), see `published.lmac.parts`. Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel, PowerStft
    >>> mel, sound = LogMel(), torch.randn(1, 16_000)
    >>> half = masked_amplitude(mel, PowerStft()(sound).values, torch.full((1, 1, 64, 51), 0.5))
    >>> (mel(sound).values - half).mean().round().item()  # decibels: half the amplitude
    6.0
    """
    power, mask = as_numbers(power, "power"), as_numbers(mask, "masks")
    bands = getattr(front_end, "filters", None)
    gains = mask if bands is None else shares_of_bins(bands).T @ mask
    kept = gains.square() * power
    kept = kept if bands is None else bands @ kept
    return power_to_decibels(kept / front_end.reference, front_end.floor)


def mask_loss(
    model: Callable[[Tensor], Tensor],
    objective: Objective,
    apply: Callable[[Tensor, Tensor], Tensor],
    given: Tensor,
    values: Tensor,
    named: Tensor,
    mask: Tensor,
    grown: float = 1.0,
) -> Tensor:
    """What masks cost by an objective, a number.

    Parameters
    ----------
    model : callable, values -> logits (batch, classes)
    objective : Objective
    apply : callable (given, mask) -> values
        What a mask keeps.
    given, values : Tensor, shape (batch, 1, ...)
        What masks are applied to, and the decibels.
    named : Tensor, shape (batch,)
        The classes.
    mask : Tensor, shape of `values`
    grown : float, default 1
        The part of its price that area has reached.

    Notebook: 13, where you write it.

    Examples
    --------
    >>> values, named = torch.zeros(1, 1, 1, 2), torch.tensor([0])
    >>> two = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2, 2))
    >>> everything, only_area = torch.ones(1, 1, 1, 2), Objective(kept=0, removed=0, area=1)
    >>> mask_loss(two, only_area, torch.mul, values, values, named, everything).item()
    1.0
    """
    given, values = as_numbers(given, "values"), as_numbers(values, "values")
    mask, named = as_numbers(mask, "masks"), as_whole(named, "classes")
    total = mask.new_zeros(())
    if objective.kept:
        kept = functional.cross_entropy(model(apply(given, mask)), named)
        total = total + objective.kept * kept
    if objective.removed:
        logits = model(apply(given, 1 - mask))
        others = logits.scatter(1, named[:, None], -torch.inf).logsumexp(dim=1)
        total = total + objective.removed * (logits.logsumexp(dim=1) - others).mean()
    area = mask.mean(dim=(1, 2, 3))
    total = total + grown * objective.area * (area - objective.budget).clamp(min=0).mean()
    if objective.smoothness:
        steps = [mask.diff(dim=axis).square().mean() for axis in (2, 3)]
        total = total + objective.smoothness * sum(steps)
    if objective.guidance:
        loudest = top_k(values, 0.1)
        total = total + objective.guidance * functional.binary_cross_entropy(mask, loudest)
    return total
