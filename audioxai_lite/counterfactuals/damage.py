"""Damage to normal clips that knows nothing of the faults to be explained. Taught in notebook
08.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from ..inputs import as_floats
from ..sound.levels import decibels_to_power, power_to_decibels

Another = Callable[[], Tensor]
"""Draws one of the other clips, (frequency, time)."""

Change = Callable[[Tensor, Tensor, Another, torch.Generator], Tensor]
"""Of a clip, (frequency, time), its window and another clip: what to add to it, in decibels."""


def _gain(clip: Tensor, window: Tensor, another: Another, generator: torch.Generator) -> Tensor:
    return torch.tensor(_uniform(4, 16, generator))


def _attenuation(
    clip: Tensor, window: Tensor, another: Another, generator: torch.Generator
) -> Tensor:
    return -_gain(clip, window, another, generator)


def _texture(clip: Tensor, window: Tensor, another: Another, generator: torch.Generator) -> Tensor:
    """Coarse or fine flickering: random cells, drawn smoothly over the clip."""
    bands, frames = clip.shape
    rows = max(1, round(bands / _log_uniform(1, 32, generator)))
    columns = max(1, round(frames / _log_uniform(2, 8, generator)))
    cells = torch.rand(1, 1, rows, columns, generator=generator) ** _uniform(1, 4, generator)
    depth = _uniform(8, 24, generator)
    return depth * nn.functional.interpolate(cells, clip.shape, mode="bilinear")[0, 0]


def _paste(clip: Tensor, window: Tensor, another: Another, generator: torch.Generator) -> Tensor:
    """Another clip from any place in it, brought to this clip's level in the window, and louder."""
    other = another()
    bands, frames = clip.shape
    down, along = round(_uniform(0, bands, generator)), round(_uniform(0, frames, generator))
    rolled = other.roll((down, along), dims=(0, 1))
    level = ((clip - rolled) * window).sum() / window.sum().clamp(min=1e-6)
    both = torch.stack([clip, rolled + level + _uniform(0, 12, generator)])
    return power_to_decibels(decibels_to_power(both).sum(dim=0)) - clip


def _shift(clip: Tensor, window: Tensor, another: Another, generator: torch.Generator) -> Tensor:
    """The clip as it is some bands higher or lower, instead of it."""
    bands = round(_uniform(1, 4, generator))
    upwards = _uniform(0, 1, generator) < 0.5
    return clip.roll(bands if upwards else -bands, dims=0) - clip


CHANGES: dict[str, Change] = {
    "gain": _gain,
    "attenuation": _attenuation,
    "texture": _texture,
    "paste": _paste,
    "shift": _shift,
}
CORRUPTIONS = tuple(CHANGES)


def corrupt(
    values: Tensor, generator: torch.Generator, kinds: tuple[str, ...] = CORRUPTIONS
) -> tuple[Tensor, Tensor]:
    """Change one to three random patches of each normal clip, in ways that know nothing of the
    faults to be explained.

    A patch is 15 to 90 frames long (0.3 to 1.8 s) and 3 to 32 bands high, with soft edges. Kinds:
    "gain" raises it by 4 to 16 dB, "attenuation" lowers it by as much, "texture" adds coarse or
    fine flickering of up to 24 dB, "paste" adds the sound of another clip, from any place in it and
    up to 12 dB louder, "shift" moves its bands by 1 to 4.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels; at least two clips when "paste" is asked for.
    generator : torch.Generator
    kinds : tuple of str, default `CORRUPTIONS`
        Of which each patch gets one.

    Returns
    -------
    corrupted : Tensor, shape of `values`
    where : Tensor, shape of `values`, 1 where a bin was changed by more than 0.5 dB

    Raises
    ------
    ValueError
        If a kind is unknown, or there is no other clip to paste from.

    Source: this course. Notebook: 08.

    Examples
    --------
    >>> values = torch.zeros(3, 1, 64, 201)
    >>> corrupted, where = corrupt(values, torch.Generator().manual_seed(0), ("gain",))
    >>> bool((corrupted >= values).all()), where.unique().tolist()
    (True, [0.0, 1.0])
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    unknown = set(kinds) - set(CORRUPTIONS)
    if unknown or not kinds:
        wrong = ", ".join(sorted(unknown)) or "none at all"
        raise ValueError(f"corruptions are {', '.join(CORRUPTIONS)}, not {wrong}")
    if "paste" in kinds and len(values) < 2:
        raise ValueError("to paste from another clip there must be one: give at least two clips")
    corrupted = values.clone()
    for number, clip in enumerate(corrupted[:, 0]):
        another = partial(_another, values, number, generator)
        for _ in range(1 + int(torch.randint(3, (), generator=generator))):
            change = CHANGES[kinds[int(torch.randint(len(kinds), (), generator=generator))]]
            window = _window(clip, generator)
            clip += window * change(clip, window, another, generator)
    return corrupted, ((corrupted - values).abs() > 0.5).float()


def _another(values: Tensor, number: int, generator: torch.Generator) -> Tensor:
    further = 1 + int(torch.randint(len(values) - 1, (), generator=generator))
    return values[(number + further) % len(values), 0]


def _window(clip: Tensor, generator: torch.Generator) -> Tensor:
    """A random patch of a clip, (frequency, time), in [0, 1], with soft edges."""
    bands, frames = clip.shape
    height = round(_log_uniform(3, 32, generator))
    length = round(_log_uniform(15, 90, generator))
    rows = _soft(bands, _uniform(0, bands, generator), height)
    return rows[:, None] * _soft(frames, _uniform(0, frames, generator), length)


def _soft(length: int, centre: float, width: int) -> Tensor:
    """A window of about `width` bins around `centre`, with edges of two bins."""
    distance = (torch.arange(length) + 0.5 - centre).abs()
    return ((width / 2 - distance) / 2 + 0.5).clamp(0, 1)


def _uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * torch.rand((), generator=generator).item()


def _log_uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low * (high / low) ** torch.rand((), generator=generator).item()
