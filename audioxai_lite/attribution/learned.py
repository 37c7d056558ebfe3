"""A mask that a decoder has learned to draw for a frozen network: what it keeps should be named as
the whole, and what it removes should not. Taught in notebook 13.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..answers import meaning
from ..inputs import as_floats
from ..masks.rules import top_k
from ..models import evaluating
from ..models.masker import Masker
from ..models.training import fit
from ..sound.gains import shares_of_bins
from ..sound.levels import power_to_decibels
from ..sound.stft import PowerStft
from .batches import undisturbed
from .cam import laid_out

Application = Literal["decibels", "amplitude"]
RAMP = 0.4  # of all steps, over which the price of area grows: at once, it may take everything


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
    area : float, default 1
        The mean of the mask, as far as it exceeds `budget`. It grows from 0 over the first 40 % of
        the steps.
    budget : float, default 0
        An area that costs nothing.
    smoothness : float, default 0
        Mean square difference of neighbouring bins.
    guidance : float, default 0
        Cross-entropy of the mask with the loudest tenth of the bins. It teaches energy, not what
        the network hears.

    Source: Paissan et al. 2024, eq. 3 to 6; the loss of what is removed has no bound there, see
    `published.lmac.loss`. Notebook: 13.
    """

    kept: float = 1.0
    removed: float = 1.0
    area: float = 1.0
    budget: float = 0.0
    smoothness: float = 0.0
    guidance: float = 0.0


def inner_maps(
    model: Any, values: Tensor, layers: Sequence[nn.Module], batch_size: int = 16
) -> list[Tensor]:
    """What inner layers give for clips, each (clips, channels, frequency, time), without gradients.

    Parameters
    ----------
    model : AudioModel
        On spectrograms, with its `time_axis` declared.
    values : Tensor, shape (clips, 1, frequency, time)
        Of its front end.
    layers : sequence of nn.Module
        Parts of its network whose outputs have time along that axis, from the first to the
        deepest.

    Raises
    ------
    ValueError
        If the model hears waveforms or declares no time axis, or does not call a layer once.

    Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> from audioxai_lite import AudioModel
    >>> network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.LazyLinear(2))
    >>> model = AudioModel(network, LogMel(), time_axis=3)
    >>> inner_maps(model, torch.randn(2, 1, 64, 50), [network[0]])[0].shape
    torch.Size([2, 3, 62, 48])
    """
    if model.front_end is None or model.time_axis is None:
        raise ValueError(
            "a learned mask needs a network on spectrograms that says along which axis of its "
            "layers' outputs time lies: AudioModel(network, front_end=..., time_axis=2 or 3)"
        )
    values = as_floats(values, "values", "batch, 1, frequency, time")
    seen: list[list[Tensor]] = [[] for _ in layers]
    handles = [
        layer.register_forward_hook(
            lambda module, inputs, output, place=place: place.append(output)
        )
        for layer, place in zip(layers, seen, strict=True)
    ]
    batches = values.split(batch_size)
    try:
        with evaluating(model.called):
            for batch in batches:
                model(batch)
    finally:
        for handle in handles:
            handle.remove()
    for layer, place in zip(layers, seen, strict=True):
        if len(place) != len(batches):
            raise ValueError(
                f"the model calls this {type(layer).__name__} {len(place) // len(batches)} times "
                "for a clip, not once: name another layer"
            )
    return [laid_out(torch.cat(place), model.time_axis) for place in seen]


def learned_mask(masker: Masker, model: Any, values: Tensor, layers: Sequence[nn.Module]) -> Tensor:
    """The masks that a decoder draws for clips, (clips, 1, frequency, time), in (0, 1).

    Parameters
    ----------
    masker : Masker
        Trained by `train_masker` for this model and these layers.
    model, values, layers
        See `inner_maps`.

    Source: Paissan et al. 2024 (2403.13086). Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> from audioxai_lite import AudioModel
    >>> network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.LazyLinear(2))
    >>> model = AudioModel(network, LogMel(), time_axis=3)
    >>> learned_mask(Masker((3,)), model, torch.randn(2, 1, 64, 50), [network[0]]).shape
    torch.Size([2, 1, 64, 50])
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    drawn = []
    with evaluating(masker):
        for batch in values.split(16):
            maps = inner_maps(model, batch, layers)
            drawn.append(masker(maps, batch.shape[2:]).sigmoid())
    return torch.cat(drawn)


def masked_decibels(values: Tensor, mask: Tensor, silence: float | Tensor) -> Tensor:
    """What a mask keeps, in decibels from silence up, as everywhere in this course; differentiable.
    See `sound.levels.apply_mask`.

    Notebook: 13.

    Examples
    --------
    >>> masked_decibels(torch.tensor([-20.0]), torch.tensor([0.5]), -100.0).tolist()
    [-60.0]
    """
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

    Source: masks on a linear frequency axis as in Paissan et al. 2024, who multiply log(1 + |X|),
    see `published.lmac.parts`. Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel, PowerStft
    >>> mel, sound = LogMel(), torch.randn(1, 16_000)
    >>> half = masked_amplitude(mel, PowerStft()(sound).values, torch.full((1, 1, 64, 51), 0.5))
    >>> (mel(sound).values - half).mean().round().item()  # decibels: half the amplitude
    6.0
    """
    bands = getattr(front_end, "filters", None)
    gains = mask if bands is None else shares_of_bins(bands).T @ mask
    kept = gains.square() * power
    kept = kept if bands is None else bands @ kept
    return power_to_decibels(kept / front_end.reference, front_end.floor)


def train_masker(
    model: Any,
    waveforms: Tensor,
    layers: Sequence[nn.Module],
    objective: Objective = Objective(),
    application: Application = "decibels",
    epochs: int = 12,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    seed: int = 0,
    progress: bool = True,
) -> tuple[Masker, pd.DataFrame]:
    """Train a decoder to draw masks for a frozen network. Nobody needs labels: the classes are
    those that the network names.

    Parameters
    ----------
    model : AudioModel
        A classifier on spectrograms in decibels, see `inner_maps`. Left as it is.
    waveforms : Tensor, shape (clips, samples)
    layers : sequence of nn.Module
        See `inner_maps`.
    objective : Objective
    application : "decibels" or "amplitude", default "decibels"
        What the mask multiplies: decibels above silence, or the amplitude of the Fourier
        transform. A decoder belongs to its application.
    epochs, batch_size, learning_rate, seed, progress
        See `training.fit`.

    Returns
    -------
    Masker, in evaluation mode
    DataFrame
        See `training.fit`.

    Source: Paissan et al. 2024 (2403.13086). Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> from audioxai_lite import AudioModel
    >>> network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(3 * 62 * 24, 2))
    >>> model, sounds = AudioModel(network, LogMel(), time_axis=3), torch.randn(4, 8_000)
    >>> masker, history = train_masker(model, sounds, [network[0]], epochs=2, progress=False)
    >>> len(history), network[0].weight.grad is None
    (2, True)
    """
    front_end = model.front_end
    with torch.no_grad():
        values = torch.cat([front_end(part).values for part in waveforms.split(batch_size)])
        given = values
        if application == "amplitude":
            stft = PowerStft(front_end.sample_rate, front_end.n_fft, front_end.hop_length)
            given = torch.cat([stft(part).values for part in waveforms.split(batch_size)])
    maps, outputs = inner_maps(model, values, layers), model.outputs(values)
    if outputs.ndim != 2 or (model.answer or meaning(outputs)) != "logits":
        raise ValueError("masks are learned for a classifier that gives logits, a number a class")
    named = outputs.argmax(dim=1)
    silence = front_end.floor if model.silence is None else model.silence

    def apply(given: Tensor, mask: Tensor) -> Tensor:
        if application == "amplitude":
            return masked_amplitude(front_end, given, mask)
        return masked_decibels(given, mask, silence)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        masker = Masker([each.shape[1] for each in maps])
    ramp = max(1, round(RAMP * epochs * -(-len(values) // batch_size)))
    data, weights = (given, values, named, *maps), list(model.called.parameters())
    trainable = [weight.requires_grad for weight in weights]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        with undisturbed(model.called):
            history = fit(
                masker,
                _loss(model, objective, apply, ramp),
                data,
                None,
                epochs,
                batch_size,
                learning_rate,
                keep="last",
                seed=seed,
                progress=progress,
            )
    finally:
        for weight, learned in zip(weights, trainable, strict=True):
            weight.requires_grad_(learned)
    return masker, history


def _loss(
    model: Any, objective: Objective, apply: Callable[[Tensor, Tensor], Tensor], ramp: int
) -> Callable[..., Tensor]:
    """The loss of a decoder, for `training.fit`."""

    def loss(masker: Masker, given: Tensor, values: Tensor, named: Tensor, *maps, generator):
        mask = masker(maps, values.shape[2:]).sigmoid()
        grown = min(1.0, int(masker.steps) / ramp)
        masker.steps += masker.training
        return mask_loss(model, objective, apply, given, values, named, mask, grown)

    return loss


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
    >>> two = nn.Sequential(nn.Flatten(), nn.Linear(2, 2))
    >>> everything, only_area = torch.ones(1, 1, 1, 2), Objective(kept=0, removed=0)
    >>> mask_loss(two, only_area, torch.mul, values, values, named, everything).item()
    1.0
    """
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
