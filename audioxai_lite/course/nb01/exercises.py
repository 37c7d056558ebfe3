"""Checks for the exercises of notebook 01: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from ...sound.spectrogram import PowerStft
from ..checks import NotYet, answered_tensor, compare, exercise, first_hint, near, require


@exercise
def check_to_decibels(answer: Callable[[Tensor, float], Tensor]) -> str:
    """Exercise 1.1: power to decibels with a floor.

    Examples
    --------
    >>> check_to_decibels(lambda power, floor: (20 * power.log10()).clamp(min=floor))
    Not yet. Your values are twice too large: 20 log10 belongs to magnitudes, and these are powers.
    """
    slopes = {
        "Your values are twice too large: 20 log10 belongs to magnitudes, and these are "
        "powers.": 40,
        "Your values are ten times too small: a decibel is a tenth of a bel.": 2,
        "Decibels use the logarithm to base 10, `torch.log10`, not the natural one.": 46.0517,
    }
    for floor in (-80.0, -50.0):
        power = torch.tensor([100.0, 1.0, 0.01, 2 * 10 ** (floor / 10), 1e-12, 0.0])
        decibels = answered_tensor(answer, power.shape, power, floor)
        first_hint(decibels[0] - decibels[1], slopes)  # of a factor of 100 in power
        text = "A power of 100 is 20 dB and a power of 1 is 0 dB; you return "
        text += f"{decibels[0]:.4g} and {decibels[1]:.4g}."
        require(near(decibels[:2], torch.tensor([20.0, 0.0])), text)
        for value, level in zip(power[2:4], decibels[2:4], strict=True):
            right = 10 * value.log10()
            text = f"A power of {value:g} is {right:.3g} dB, above the floor of {floor:g}; you "
            text += f"return {level:.3g}. Bound the power at the floor, and add nothing."
            require(near(level, right), text)
        text = f"A power of 1e-12 is below the floor and must give {floor:g} dB; you return "
        text += f"{decibels[4]:.4g}. Which power lies at the floor? 10 ** (floor / 10)."
        require(near(decibels[4:], torch.full((2,), floor)), text)
    return "Power 100 → 20 dB, and silence → the floor."


@exercise
def check_mask_decibels(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 1.3: mask a spectrogram in decibels so that what is removed becomes silent.

    Examples
    --------
    >>> check_mask_decibels(lambda decibels, mask, floor: decibels - 1_000 * (1 - mask))
    Not yet. A mask of 0 must give the floor, here -80 dB; you return -980 for a bin of 20 dB.
    """
    decibels = torch.tensor([[20.0, 0.0, -30.0, -70.0]])
    mask = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    result = answered_tensor(answer, decibels.shape, decibels, mask, -80.0)
    loud = "Removed bins now lie at 0 dB, which is loud. Measure the level from the floor before "
    known = {
        f"{loud}you multiply.": decibels * mask,
        "Nothing was removed: your result does not depend on the mask.": decibels,
    }
    first_hint(result, known)
    text = "What should stay is removed, and the other way round: 1 keeps."
    require(not near(result[:, :2], decibels[:, :2]), text)
    text = "A mask of 1 must leave a bin as it is. Did you add the floor back?"
    require(near(result[:, 2:], decibels[:, 2:]), text)
    text = f"A mask of 0 must give the floor, here -80 dB; you return {result[0, 0]:.4g} for a bin"
    require(near(result[:, :2], torch.full((1, 2), -80.0)), f"{text} of 20 dB.")
    half = answered_tensor(answer, decibels.shape, decibels, torch.full_like(mask, 0.5), -90.0)
    text = "Right for a floor of -80 dB. Use the floor that you are given: it may be another."
    known = {text: (decibels - 80) / 2}
    text = "Right for masks of 0 and 1. A mask of 0.5 should land half-way, in decibels, to the "
    text += "floor: from 20 dB at -35 dB if the floor is -90 dB; you return "
    compare(half, (decibels - 90) / 2, known, f"{text}{half[0, 0]:.4g}.")
    return "1 keeps, 0 silences, 0.5 lands half-way to the floor."


@exercise
def check_griffin_lim_step(answer: Callable[[Tensor, Tensor, PowerStft], Tensor]) -> str:
    """Exercise 1.2: one iteration of Griffin-Lim, from magnitude and phase to a better phase.

    Examples
    --------
    >>> check_griffin_lim_step(lambda magnitude, phase, feature: phase)
    Not yet. The phase came back unchanged. Which phase does the resynthesised sound have?
    """
    feature = PowerStft(n_fft=256, hop_length=50)
    magnitude = _glides(feature)
    draws = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))
    start = draws * 2 * torch.pi - torch.pi
    phase = answered_tensor(answer, start.shape, magnitude, start, feature)
    text = "The phase came back unchanged. Which phase does the resynthesised sound have?"
    require(not torch.equal(phase, start), text)
    right = feature(_resynthesise(feature, magnitude, start)).phase
    # Bins without energy have no phase worth comparing: it must fit where the magnitude is.
    off = (torch.cos(phase - right) < 0.99) & (magnitude > 0.1)
    if off.float().mean() > 1e-3:
        text = "A phase lies between -π and π. Did you return a magnitude, or power?"
        require(phase.abs().max() <= 6.3, text)
        text = "That is another phase. One step: back to a waveform with this phase, the magnitude"
        text += " (not its square) and the feature's window; forward, once; take the new phase."
        raise NotYet(text)
    before, after = (_inconsistency(feature, magnitude, x) for x in (start, phase))
    return f"Inconsistency fell from {before:.2f} to {after:.2f} in one step. Now run it 32 times."


def _glides(feature: PowerStft) -> Tensor:
    """The magnitudes of a tone with a glide, forwards and backwards."""
    time = torch.arange(50 * 80) / 16_000
    glide = torch.sin(2 * torch.pi * (900 * time + 800 * time**2))
    sound = (torch.sin(2 * torch.pi * 500 * time) + 0.5 * glide)[None]
    return feature(torch.cat([sound, sound.flip(1)]) / 2).values.sqrt()


def _resynthesise(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    spectrum = torch.polar(magnitude, phase)[:, 0]
    return torch.istft(spectrum, feature.n_fft, feature.hop_length, window=feature.window)


def _inconsistency(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    """How far a magnitude with this phase is from the spectrogram of any sound, relative to its
    size.
    """
    again = feature(_resynthesise(feature, magnitude, phase)).values.sqrt()
    return (again - magnitude).norm() / magnitude.norm()
