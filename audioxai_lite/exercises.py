"""Checks for the exercises: each runs a learner's answer and says what is right or what to look at."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from audioxai_lite.features import PowerStft


@dataclass(frozen=True)
class Feedback:
    """What a check answers; as the last line of a cell it shows itself."""

    passed: bool
    text: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'Right.' if self.passed else 'Not yet.'} {self.text}"


def _run(answer: Callable, *arguments) -> object:
    """The answer's result, or the Feedback that says why there is none."""
    try:
        result = answer(*arguments)
    except Exception as error:  # whatever a learner's code raises is told, not thrown
        return Feedback(False, f"Your function stopped with {type(error).__name__}: {error}")
    if result is None or result is Ellipsis:
        return Feedback(False, "Your function returns nothing yet: fill it in, and end it with `return`.")
    return result


def _tensor_like(result: object, model: Tensor) -> Feedback | None:
    """Feedback when a result is no finite tensor of the expected shape, else None."""
    if isinstance(result, Feedback):
        return result
    if not isinstance(result, Tensor) or result.shape != model.shape:
        found = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
        return Feedback(False, f"A tensor of shape {tuple(model.shape)} is expected, and this is {found}.")
    if not result.isfinite().all():
        return Feedback(
            False, "Some values are infinite or NaN. What is the logarithm of zero, and which step must prevent it?"
        )
    return None


def check_area(answer: Callable[[Tensor], float]) -> Feedback:
    """Exercise 0.1: the share of bins that a mask, shape (1, 1, frequency, time), keeps."""
    mask = torch.zeros(1, 1, 4, 10)
    mask[..., 1:3, 2:7] = 1
    result = _run(answer, mask)
    if isinstance(result, Feedback):
        return result
    if not isinstance(result, (int, float, Tensor)):
        return Feedback(False, f"A number is expected, and this is {type(result).__name__}.")
    value = float(result)
    if abs(value - 10) < 1e-6:
        return Feedback(False, "That is the number of bins kept. Divide by the number of all bins.")
    if abs(value - 25) < 1e-6:
        return Feedback(False, "That is per cent. The course writes areas as shares between 0 and 1.")
    if abs(value - 0.25) > 1e-6:
        return Feedback(False, f"A mask that keeps 10 of 40 bins has the area 0.25; you return {value:.4g}.")
    return Feedback(True, "10 of 40 bins are a quarter. `mask.mean()` says it in one word, because kept bins are ones.")


def check_event_start(answer: Callable[[Tensor, int, int], float]) -> Feedback:
    """Exercise 0.2: time in seconds of the first frame that a mask keeps; given mask, hop length and sample rate."""
    mask = torch.zeros(1, 1, 4, 100)
    mask[..., 2, 60:80] = 1
    mask[..., 1, 50] = 1
    result = _run(answer, mask, 320, 16_000)
    if isinstance(result, Feedback):
        return result
    if not isinstance(result, (int, float, Tensor)) or (isinstance(result, Tensor) and result.numel() != 1):
        return Feedback(False, "One number is expected: the time of the first frame that holds any kept bin.")
    value = float(result)
    if abs(value - 50) < 1e-6:
        return Feedback(
            False,
            "That is a frame number. A frame comes every hop_length samples, and a second has sample_rate of them.",
        )
    if abs(value - 1.2) < 1e-6:
        return Feedback(
            False, "One frequency band starts earlier. Any band counts: take the maximum over frequency first."
        )
    if abs(value - 1.0) > 1e-6:
        return Feedback(
            False, f"Frame 50 at 320 samples a frame and 16000 samples a second is 1.0 s; you return {value:.4g}."
        )
    return Feedback(True, "Frame 50 × 320 samples ÷ 16000 samples a second = 1.0 s.")


def check_to_decibels(answer: Callable[[Tensor, float], Tensor]) -> Feedback:
    """Exercise 1.1: power to decibels with a floor."""
    power = torch.tensor([100.0, 1.0, 0.01, 1e-12, 0.0])
    result = _run(answer, power, -80.0)
    if (fault := _tensor_like(result, power)) is not None:
        return fault
    if torch.allclose(result[:3], torch.tensor([40.0, 0.0, -40.0]), atol=1e-3):
        return Feedback(False, "Your values are twice too large: 20 log10 belongs to magnitudes, and these are powers.")
    if not torch.allclose(result[:3], torch.tensor([20.0, 0.0, -20.0]), atol=1e-3):
        return Feedback(False, f"A power of 100 is 20 dB; you return {result[0]:.4g}. Which base has the logarithm?")
    if not torch.allclose(result[3:], torch.full((2,), -80.0), atol=1e-3):
        return Feedback(
            False, f"Nothing may lie below the floor of -80 dB; you return {result[3]:.4g} for a power of 1e-12."
        )
    return Feedback(True, "Power 100 → 20 dB, and silence → the floor.")


def check_mask_decibels(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
    """Exercise 1.2: mask a spectrogram in decibels so that what is removed becomes silent."""
    decibels = torch.tensor([[20.0, 0.0, -30.0, -100.0]])
    mask = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    result = _run(answer, decibels, mask, -100.0)
    if (fault := _tensor_like(result, decibels)) is not None:
        return fault
    if torch.equal(result, decibels * mask):
        return Feedback(
            False, "Removed bins now lie at 0 dB, which is loud. Measure the level from the floor before you multiply."
        )
    if not torch.allclose(result[:, 2:], decibels[:, 2:]):
        return Feedback(False, "A mask of 1 must leave a bin as it is. Did you add the floor back?")
    if not torch.allclose(result[:, :2], torch.full((1, 2), -100.0)):
        return Feedback(
            False, f"A mask of 0 must give the floor, -100 dB; you return {result[0, 0]:.4g} for a bin of 20 dB."
        )
    half = _run(answer, decibels, torch.full_like(mask, 0.5), -100.0)
    if isinstance(half, Feedback) or not torch.allclose(half, (decibels - 100) / 2):
        return Feedback(
            False, "Right for masks of 0 and 1. A mask of 0.5 should land half-way between the level and the floor."
        )
    return Feedback(True, "1 keeps, 0 silences, 0.5 lands half-way to the floor.")


def check_griffin_lim_step(answer: Callable[[Tensor, Tensor, PowerStft], Tensor]) -> Feedback:
    """Exercise 1.3: one iteration of Griffin-Lim, from magnitude and phase to a better phase."""
    feature = PowerStft(n_fft=256, hop_length=64)
    time = torch.arange(4_000) / 16_000
    sound = (torch.sin(2 * torch.pi * 500 * time) + 0.5 * torch.sin(2 * torch.pi * (900 * time + 800 * time**2)))[
        None
    ] / 2
    spectrogram = feature(sound)
    magnitude, start = spectrogram.values.sqrt(), torch.zeros_like(spectrogram.phase)
    result = _run(answer, magnitude, start, feature)
    if (fault := _tensor_like(result, start)) is not None:
        return fault
    if torch.equal(result, start):
        return Feedback(False, "The phase came back unchanged. Which phase does the resynthesised sound have?")
    if result.abs().max() > 3.15:
        return Feedback(False, "A phase lies between -π and π. Did you return a magnitude, or the complex spectrum?")

    def distance(phase: Tensor) -> Tensor:
        """How far a magnitude with this phase is from the spectrogram of any sound."""
        return (
            feature(_resynthesise(feature, magnitude, phase, 4_000)).values.sqrt() - magnitude
        ).norm() / magnitude.norm()

    if not torch.allclose(torch.cos(result - _griffin_lim_step(feature, magnitude, start)), torch.ones(()), atol=1e-2):
        before, after = distance(start), distance(result)
        text = f"Inconsistency was {before:.2f} and is {after:.2f} with your phase."
        return Feedback(
            False, text + " One step is: back to a waveform with this phase, forward again, take the new phase."
        )
    return Feedback(
        True,
        f"Inconsistency fell from {distance(start):.2f} to {distance(result):.2f} in one step. Now run it 32 times.",
    )


def _resynthesise(feature: PowerStft, magnitude: Tensor, phase: Tensor, samples: int) -> Tensor:
    spectrum = torch.polar(magnitude, phase)[:, 0]
    return torch.istft(spectrum, feature.n_fft, feature.hop_length, window=feature.window, length=samples)


def _griffin_lim_step(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    samples = feature.hop_length * (magnitude.shape[-1] - 1)
    return feature(_resynthesise(feature, magnitude, phase, samples)).phase
