"""A mask that a decoder has learned to draw for a frozen network: what it keeps should be named as
the whole, and what it removes should not. Taught in notebook 13.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import pandas as pd
import torch
from torch import Tensor, nn

from ..answers import meaning
from ..inputs import as_floats
from ..models import evaluating
from ..models.masker import Masker
from ..models.training import fit
from ..sound.audio import as_waveform
from ..sound.stft import PowerStft
from .batches import undisturbed
from .cam import laid_out
from .mask_losses import Objective, mask_loss, masked_amplitude, masked_decibels

Application = Literal["decibels", "amplitude"]
DEFAULT = Objective()
RAMP = 0.4  # of all steps, over which the price of area grows: at once, it may take everything


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


def train_masker(
    model: Any,
    waveforms: Tensor,
    layers: Sequence[nn.Module],
    objective: Objective = DEFAULT,
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
    objective : Objective, by default with all its defaults
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
    waveforms = as_waveform(waveforms)
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
