"""Damage to normal clips that knows nothing of the faults to be explained. Taught in notebook 08."""

import torch
from torch import Tensor, nn

from audioxai_lite.sound.levels import decibels_to_power, power_to_decibels

CORRUPTIONS = ("gain", "attenuation", "texture", "paste", "shift")


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

    Source: this course. Notebook: 06.

    Examples
    --------
    >>> values = torch.zeros(3, 1, 64, 201)
    >>> corrupted, where = corrupt(values, torch.Generator().manual_seed(0), ("gain",))
    >>> bool((corrupted >= values).all()), where.unique().tolist()
    (True, [0.0, 1.0])
    """
    unknown = set(kinds) - set(CORRUPTIONS)
    if unknown or not kinds:
        raise ValueError(
            f"corruptions are {', '.join(CORRUPTIONS)}, not {', '.join(sorted(unknown)) or 'none at all'}"
        )
    if "paste" in kinds and len(values) < 2:
        raise ValueError("to paste from another clip there must be one: give at least two clips")
    bands, frames = values.shape[2:]

    def draw(low: float, high: float, logarithmic: bool = False) -> float:
        share = torch.rand((), generator=generator).item()
        return low * (high / low) ** share if logarithmic else low + (high - low) * share

    corrupted = values.clone()
    for number, clip in enumerate(corrupted[:, 0]):
        for _ in range(1 + int(torch.randint(3, (), generator=generator))):
            kind = kinds[int(torch.randint(len(kinds), (), generator=generator))]
            height, length = round(draw(3, 32, True)), round(draw(15, 90, True))
            window = _soft(bands, draw(0, bands), height)[:, None] * _soft(
                frames, draw(0, frames), length
            )
            if kind in ("gain", "attenuation"):
                change: float | Tensor = draw(4, 16) * (1 if kind == "gain" else -1)
            elif kind == "texture":
                cells = round(bands / draw(1, 32, True)), round(frames / draw(2, 8, True))
                rough = torch.rand(1, 1, *cells, generator=generator) ** draw(1, 4)
                change = (
                    draw(8, 24)
                    * nn.functional.interpolate(rough, (bands, frames), mode="bilinear")[0, 0]
                )
            elif kind == "paste":
                other = (
                    number + 1 + int(torch.randint(len(values) - 1, (), generator=generator))
                ) % len(values)
                rolled = values[other, 0].roll(
                    (round(draw(0, bands)), round(draw(0, frames))), dims=(0, 1)
                )
                level = ((clip - rolled) * window).sum() / window.sum().clamp(min=1e-6)
                both = torch.stack([clip, rolled + level + draw(0, 12)])
                change = power_to_decibels(decibels_to_power(both).sum(dim=0)) - clip
            else:
                step = round(draw(1, 4)) * (1 if draw(0, 1) < 0.5 else -1)
                change = clip.roll(step, dims=0) - clip
            clip += window * change
    return corrupted, ((corrupted - values).abs() > 0.5).float()


def _soft(length: int, centre: float, width: int) -> Tensor:
    """A window of about `width` bins around `centre`, with edges of two bins."""
    distance = (torch.arange(length) + 0.5 - centre).abs()
    return ((width / 2 - distance) / 2 + 0.5).clamp(0, 1)
