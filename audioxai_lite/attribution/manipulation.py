"""Sounds changed so that their explanation shows something else, and the answer stays. Taught in
notebook 10.

A search by gradients, on a softened copy of the network, whose explanations have slopes to follow;
whatever is claimed of the outcome is to be measured on the network itself.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_classes, as_floats, as_numbers, check_like
from ..models import evaluating
from ..models.softened import sharpen, softened
from ..sound.audio import as_waveform
from ..sound.hidden import LoudnessLimit, UnderTheMask, loudness_limit, under_the_mask
from ..sound.stft import PowerStft
from .twice import Map, saliency_twice

BETAS = (10.0, 100.0)
"""Of the softened copy, from the first step to the last."""


def scaled(attribution: Tensor) -> Tensor:
    """Maps over their mean size, differentiable: gradients have no unit that lasts from one clip to
    the next.

    Examples
    --------
    >>> scaled(torch.tensor([[[[1.0, -3.0]]]])).tolist()
    [[[[0.5, -1.5]]]]
    """
    attribution = as_numbers(attribution, "attributions", "batch, 1, frequency, time")
    return attribution / attribution.abs().mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)


def manipulate(
    model: nn.Module,
    front_end: PowerStft,
    waveform: Tensor,
    wanted: Tensor,
    method: Map = saliency_twice,
    budget: float | None = None,
    target: Tensor | None = None,
    steps: int = 150,
    rate: float = 0.05,
    hold: float = 1.0,
    betas: tuple[float, float] | None = BETAS,
    shifts: tuple[int, ...] = (0,),
) -> Tensor:
    """Change sounds, inaudibly or within a level, until their explanation is the wanted one.

    Parameters
    ----------
    model : nn.Module
        From the values of the front end, (batch, 1, frequency, time), to outputs (batch, classes).
    front_end : PowerStft, LogStft or LogMel
    waveform : Tensor, shape (batch, samples)
        At the front end's rate.
    wanted : Tensor, shape of the values
        What the explanation shall show: another clip's map, a drawn word. Its scale is of no
        account.
    method : callable, default `twice.saliency_twice`
        The explanation, differentiable, see `attribution.twice`.
    budget : float, optional
        The least ratio of sound to change, in decibels. None is the ear's own limit: the change
        stays under what the sound masks, see `sound.hidden`.
    target : Tensor, shape (batch,), optional
        The classes explained; by default those that the model names.
    steps : int, default 150
    rate : float, default 0.05
        Of Adam, in shares of what the budget allows.
    hold : float, default 1
        Weight of the squared change of the outputs, beside the squared distance of the maps in
        units of the wanted map's variance.
    betas : (float, float) or None
        β of the softened copy grows from one to the other, default 10 to 100. None takes the model
        as it is, which must then have explanations with slopes: softened by yourself, or explained
        by a method that follows activations.
    shifts : samples, default (0,)
        Ways to come late that the change is to survive, one after the other.

    Returns
    -------
    Tensor, shape (batch, samples)
        The changed sounds.

    Raises
    ------
    ValueError
        If shapes do not fit, or the network has no ReLU to soften.

    Source: Dombrowski et al. 2019 (1906.07983), section 2.1; on waveforms, and under the mask, this
    course. Notebook: 10.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> sound, wanted = torch.randn(1, 80_000) / 10, torch.rand(1, 1, 64, 251)
    >>> changed = manipulate(Cnn14(10), LogMel(), sound, wanted, budget=30.0, steps=2)
    >>> ratio = 10 * (sound.square().mean() / (changed - sound).square().mean()).log10()
    >>> ratio.item() > 29.9
    True
    """
    waveform = as_waveform(waveform)
    limit: UnderTheMask | LoudnessLimit
    if budget is None:
        limit = under_the_mask(waveform, front_end.sample_rate)
    else:
        limit = loudness_limit(waveform, budget)

    def values_of(free: Tensor, step: int) -> Tensor:
        late = shifts[step % len(shifts)]
        return front_end((waveform + limit.change(free)).roll(late, dims=-1)).values

    search = (method, target, steps, rate, hold, betas)
    free = _search(model, values_of, limit.start(), wanted, *search)
    return (waveform + limit.change(free, tight=True)).detach()


def manipulate_values(
    model: nn.Module,
    values: Tensor,
    wanted: Tensor,
    method: Map = saliency_twice,
    budget: float = 1.0,
    target: Tensor | None = None,
    steps: int = 150,
    rate: float = 0.05,
    hold: float = 1.0,
    betas: tuple[float, float] | None = BETAS,
) -> Tensor:
    """The same of spectrograms, which nobody hears: changed by at most `budget` decibels in the
    root mean square.

    Parameters
    ----------
    model, wanted, method, target, steps, rate, hold, betas
        See `manipulate`.
    values : Tensor, shape (batch, 1, frequency, time)
    budget : float, default 1
        In the unit of the values.

    Notebook: 10.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 8), nn.ReLU(), nn.Linear(8, 3))
    >>> values, wanted = torch.randn(2, 1, 4, 8), torch.rand(2, 1, 4, 8)
    >>> change = manipulate_values(model, values, wanted, budget=0.5, steps=3) - values
    >>> (change.square().mean(dim=(1, 2, 3)).sqrt() < 0.501).tolist()
    [True, True]
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")

    def changed(free: Tensor, step: int = 0) -> Tensor:
        size = free.square().mean(dim=(1, 2, 3), keepdim=True)
        return values + budget * free / size.clamp(min=1).sqrt()

    search = (method, target, steps, rate, hold, betas)
    return changed(_search(model, changed, torch.zeros_like(values), wanted, *search))


@contextmanager
def without_denormals() -> Iterator[None]:
    """Numbers too small for float32's full precision count as 0 inside it. Softplus makes many of
    them, far from its corner, and they take a processor three times as long.

    Examples
    --------
    >>> with without_denormals():
    ...     (torch.tensor(1e-38) / 10).item()
    0.0
    """
    before = bool(torch.tensor(1e-38) / 10 == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _search(
    model: nn.Module,
    values_of: Callable[[Tensor, int], Tensor],
    start: Tensor,
    wanted: Tensor,
    method: Map,
    target: Tensor | None,
    steps: int,
    rate: float,
    hold: float,
    betas: tuple[float, float] | None,
) -> Tensor:
    """The free numbers, of the shape of `start`, that the search ends with."""
    frozen = copy.deepcopy(model).requires_grad_(False)
    smooth = frozen if betas is None else softened(frozen, betas[0])
    growing = [None] * steps if betas is None else np.geomspace(*betas, steps).tolist()
    free = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([free], lr=rate)
    with evaluating(frozen), evaluating(smooth), without_denormals(), torch.enable_grad():
        with torch.no_grad():
            first = values_of(start, 0)
            before = frozen(first)
        wanted = as_floats(wanted, "wanted maps")
        check_like(wanted, "wanted maps", first, "the values")
        classes = before.argmax(dim=1) if target is None else as_classes(target, *before.shape)
        goal = scaled(wanted)
        spread = goal.var(dim=(1, 2, 3))
        for step, beta in enumerate(growing):
            if beta is not None:
                sharpen(smooth, beta)
            values = values_of(free, step)
            apart = (scaled(method(smooth, values, classes)) - goal).square().mean(dim=(1, 2, 3))
            moved = (frozen(values) - before).square().mean(dim=1)
            loss = (apart / spread + hold * moved).sum()
            (slope,) = torch.autograd.grad(loss, free)
            free.grad = slope.nan_to_num()
            optimiser.step()
    return free.detach()
