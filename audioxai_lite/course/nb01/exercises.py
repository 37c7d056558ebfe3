"""Checks for the exercises of notebook 01: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_tensor_like, run_answer
from audioxai_lite.sound.spectrogram import PowerStft


def check_to_decibels(answer: Callable[[Tensor, float], Tensor]) -> Feedback:
    """Exercise 1.1: power to decibels with a floor.

    Examples
    --------
    >>> check_to_decibels(lambda power, floor: (20 * power.log10()).clamp(min=floor))
    Not yet. Your values are twice too large: 20 log10 belongs to magnitudes, and these are powers.
    """
    known = {
        40: "Your values are twice too large: 20 log10 belongs to magnitudes, and these are powers.",
        2: "Your values are ten times too small: a decibel is a tenth of a bel.",
        46.0517: "Decibels use the logarithm to base 10, `torch.log10`, not the natural one.",
    }
    for floor in (-80.0, -50.0):
        power = torch.tensor([100.0, 1.0, 0.01, 2 * 10 ** (floor / 10), 1e-12, 0.0])
        result = as_tensor_like(run_answer(answer, power.clone(), floor), power)
        if isinstance(result, Feedback):
            return result
        slope = float(result[0] - result[1])  # a factor of 100 in power
        for wrong, hint in known.items():
            if abs(slope - wrong) < 1e-3:
                return Feedback(False, hint)
        if not torch.allclose(result[:2], torch.tensor([20.0, 0.0]), atol=1e-3):
            text = f"A power of 100 is 20 dB and a power of 1 is 0 dB; you return {result[0]:.4g} and {result[1]:.4g}."
            return Feedback(False, text)
        for given, found, right in zip(
            power[2:4], result[2:4], 10 * power[2:4].log10(), strict=True
        ):
            if abs(found - right) > 1e-3:
                text = f"A power of {given:g} is {right:.3g} dB, above the floor of {floor:g}; you return {found:.3g}."
                return Feedback(False, text + " Bound the power at the floor, and add nothing.")
        if not torch.allclose(result[4:], torch.full((2,), floor), atol=1e-3):
            text = f"A power of 1e-12 is below the floor and must give {floor:g} dB; you return {result[4]:.4g}."
            return Feedback(False, text + " Which power lies at the floor? 10 ** (floor / 10).")
    return Feedback(True, "Power 100 → 20 dB, and silence → the floor.")


def check_mask_decibels(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
    """Exercise 1.2: mask a spectrogram in decibels so that what is removed becomes silent.

    Examples
    --------
    >>> check_mask_decibels(lambda decibels, mask, floor: decibels * mask)
    Not yet. Removed bins now lie at 0 dB, which is loud. Measure the level from the floor before you multiply.
    """
    decibels = torch.tensor([[20.0, 0.0, -30.0, -70.0]])
    mask = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    result = as_tensor_like(run_answer(answer, decibels.clone(), mask.clone(), -80.0), decibels)
    if isinstance(result, Feedback):
        return result
    if torch.allclose(result, decibels * mask):
        text = "Removed bins now lie at 0 dB, which is loud. Measure the level from the floor before you multiply."
        return Feedback(False, text)
    if torch.allclose(result, decibels):
        return Feedback(False, "Nothing was removed: your result does not depend on the mask.")
    if torch.allclose(result[:, :2], decibels[:, :2]):
        return Feedback(False, "What should stay is removed, and the other way round: 1 keeps.")
    if not torch.allclose(result[:, 2:], decibels[:, 2:]):
        return Feedback(False, "A mask of 1 must leave a bin as it is. Did you add the floor back?")
    if not torch.allclose(result[:, :2], torch.full((1, 2), -80.0)):
        return Feedback(
            False,
            f"A mask of 0 must give the floor, here -80 dB; you return {result[0, 0]:.4g} for a bin of 20 dB.",
        )
    half = as_tensor_like(
        run_answer(answer, decibels.clone(), torch.full_like(mask, 0.5), -90.0), decibels
    )
    if isinstance(half, Feedback):
        return half
    if torch.allclose(half, (decibels - 80) / 2):
        return Feedback(
            False,
            "Right for a floor of -80 dB. Use the floor that you are given: it may be another.",
        )
    if not torch.allclose(half, (decibels - 90) / 2):
        text = "Right for masks of 0 and 1. A mask of 0.5 should land half-way, in decibels, to the floor: from 20 dB"
        return Feedback(
            False, f"{text} at -35 dB if the floor is -90 dB; you return {half[0, 0]:.4g}."
        )
    return Feedback(True, "1 keeps, 0 silences, 0.5 lands half-way to the floor.")


def check_griffin_lim_step(answer: Callable[[Tensor, Tensor, PowerStft], Tensor]) -> Feedback:
    """Exercise 1.3: one iteration of Griffin-Lim, from magnitude and phase to a better phase.

    Examples
    --------
    >>> check_griffin_lim_step(lambda magnitude, phase, feature: phase)
    Not yet. The phase came back unchanged. Which phase does the resynthesised sound have?
    """
    feature = PowerStft(n_fft=256, hop_length=50)
    time = torch.arange(50 * 80) / 16_000
    sound = (
        torch.sin(2 * torch.pi * 500 * time)
        + 0.5 * torch.sin(2 * torch.pi * (900 * time + 800 * time**2))
    )[None]
    spectrogram = feature(torch.cat([sound, sound.flip(1)]) / 2)
    magnitude = spectrogram.values.sqrt()
    start = (
        torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0)) * 2 * torch.pi
        - torch.pi
    )
    result = as_tensor_like(run_answer(answer, magnitude.clone(), start.clone(), feature), start)
    if isinstance(result, Feedback):
        return result
    if torch.equal(result, start):
        return Feedback(
            False, "The phase came back unchanged. Which phase does the resynthesised sound have?"
        )
    right = feature(_resynthesise(feature, magnitude, start)).phase
    # Bins without energy have no phase worth comparing: the angle must fit where the magnitude is.
    if ((torch.cos(result - right) < 0.99) & (magnitude > 0.1)).float().mean() > 1e-3:
        if result.abs().max() > 6.3:
            return Feedback(
                False, "A phase lies between -π and π. Did you return a magnitude, or power?"
            )
        text = "That is another phase. One step: back to a waveform with this phase, the magnitude (not its square) and"
        return Feedback(False, text + " the feature's window; forward, once; take the new phase.")
    before, after = (_inconsistency(feature, magnitude, phase) for phase in (start, result))
    return Feedback(
        True,
        f"Inconsistency fell from {before:.2f} to {after:.2f} in one step. Now run it 32 times.",
    )


def _resynthesise(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    spectrum = torch.polar(magnitude, phase)[:, 0]
    return torch.istft(spectrum, feature.n_fft, feature.hop_length, window=feature.window)


def _inconsistency(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    """How far a magnitude with this phase is from the spectrogram of any sound, relative to its
    size.
    """
    again = feature(_resynthesise(feature, magnitude, phase)).values.sqrt()
    return (again - magnitude).norm() / magnitude.norm()
