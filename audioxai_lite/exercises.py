"""Checks for the exercises: each runs a learner's answer and says what is right or what to look at."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from audioxai_lite import counterfactuals
from audioxai_lite.datasets import machine
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.sound.levels import active_level
from audioxai_lite.sound.spectrogram import LogMel, PowerStft


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


def _number(result: object) -> float | Feedback:
    """A result as a number, or the Feedback that says why it is none."""
    if isinstance(result, Feedback):
        return result
    try:
        values = np.asarray(result, dtype=float).ravel()
    except (TypeError, ValueError, RuntimeError):
        values = np.empty(0)
    if len(values) != 1:
        return Feedback(False, f"One number is expected, and this is {type(result).__name__}{_shape(result)}.")
    value = float(values[0])
    return value if np.isfinite(value) else Feedback(False, f"A number is expected, and this is {value}.")


def _shape(result: object) -> str:
    return f" of shape {tuple(result.shape)}" if hasattr(result, "shape") else ""


def _tensor_like(result: object, model: Tensor) -> Tensor | Feedback:
    """A result as a float32 tensor of the expected shape, or the Feedback that says why it is none."""
    if isinstance(result, Feedback):
        return result
    found = f"{type(result).__name__}{_shape(result)}"
    if isinstance(result, list | np.ndarray):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):  # told below
            result = torch.as_tensor(np.array(result))
    if not isinstance(result, Tensor) or result.shape != model.shape:
        return Feedback(False, f"A tensor of shape {tuple(model.shape)} is expected, and this is {found}.")
    if result.is_complex():
        return Feedback(False, f"Real numbers are expected, and these are {result.dtype}. Is a step missing?")
    if not result.isfinite().all():
        text = "Some values are infinite or NaN. Is something divided by nothing, or the logarithm of zero taken?"
        return Feedback(False, text)
    return result.detach().float()


def _seeded(first: Tensor, again: Tensor, other: Tensor) -> Feedback | None:
    """What is wrong with results drawn with one seed, with the same seed again, and with another one."""
    if not torch.equal(first, again):
        return Feedback(False, "The same seed must give the same result: draw with `generator=generator`.")
    if torch.equal(first, other):
        return Feedback(False, "Another seed should give another result: draw at random, with the generator.")
    return None


def check_area(answer: Callable[[Tensor], float]) -> Feedback:
    """Exercise 0.1: the share of bins that a mask, shape (1, 1, frequency, time), keeps.

    Examples
    --------
    >>> check_area(lambda mask: mask.sum())
    Not yet. That is the number of bins kept. Divide by the number of all bins.
    """
    mask = torch.zeros(1, 1, 4, 10)
    mask[..., 1:3, 2:7] = 1
    value = _number(_run(answer, mask))
    if isinstance(value, Feedback):
        return value
    if abs(value - 10) < 1e-6:
        return Feedback(False, "That is the number of bins kept. Divide by the number of all bins.")
    if abs(value - 25) < 1e-6:
        return Feedback(False, "That is per cent. The course writes areas as shares between 0 and 1.")
    if abs(value - 0.25) > 1e-6:
        return Feedback(False, f"A mask that keeps 10 of 40 bins has the area 0.25; you return {value:.4g}.")
    if _number(_run(answer, torch.ones(1, 1, 4, 10))) != 1.0:
        return Feedback(False, "Right for that mask, but a mask that keeps everything must have the area 1.")
    return Feedback(True, "10 of 40 bins are a quarter. `mask.mean()` says it in one word, because kept bins are ones.")


def check_event_start(answer: Callable[[Tensor, int, int], float]) -> Feedback:
    """Exercise 0.2: time in seconds of the first frame that a mask keeps; given mask, hop length and sample rate.

    Examples
    --------
    >>> check_event_start(lambda mask, hop_length, sample_rate: 40)
    Not yet. That is a frame number. A frame comes every hop_length samples, and a second has sample_rate of them.
    """
    mask = torch.zeros(1, 1, 8, 100)
    mask[..., 2, 60:80] = 1
    mask[..., 5, 40:75] = 1
    mask[..., 6, 70:75] = 1
    for hop_length, sample_rate in ((320, 16_000), (512, 8_000)):
        value = _number(_run(answer, mask.clone(), hop_length, sample_rate))
        if isinstance(value, Feedback):
            return value
        frame = hop_length / sample_rate
        hints = {
            40: "That is a frame number. A frame comes every hop_length samples, and a second has sample_rate of them.",
            60 * frame: "Another frequency row starts earlier. Any row counts: take the maximum over frequency first.",
            70 * frame: "In that frame most rows are kept. The first in which any row is kept is asked for.",
            2: "That looks like a frequency row. Time is the last axis.",
            2 * frame: "That looks like a frequency row. Time is the last axis.",
        }
        for wrong, hint in hints.items():
            if abs(value - wrong) < 1e-6:
                return Feedback(False, hint)
        if abs(value - 40 * frame) > 1e-6:
            text = f"Frame 40 at {hop_length} samples a frame and {sample_rate} samples a second is {40 * frame:g} s"
            return Feedback(False, f"{text}; you return {value:.4g}.")
    return Feedback(True, "Frame 40 × 320 samples ÷ 16000 samples a second = 0.8 s.")


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
        result = _tensor_like(_run(answer, power.clone(), floor), power)
        if isinstance(result, Feedback):
            return result
        slope = float(result[0] - result[1])  # a factor of 100 in power
        for wrong, hint in known.items():
            if abs(slope - wrong) < 1e-3:
                return Feedback(False, hint)
        if not torch.allclose(result[:2], torch.tensor([20.0, 0.0]), atol=1e-3):
            text = f"A power of 100 is 20 dB and a power of 1 is 0 dB; you return {result[0]:.4g} and {result[1]:.4g}."
            return Feedback(False, text)
        for given, found, right in zip(power[2:4], result[2:4], 10 * power[2:4].log10(), strict=True):
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
    result = _tensor_like(_run(answer, decibels.clone(), mask.clone(), -80.0), decibels)
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
            False, f"A mask of 0 must give the floor, here -80 dB; you return {result[0, 0]:.4g} for a bin of 20 dB."
        )
    half = _tensor_like(_run(answer, decibels.clone(), torch.full_like(mask, 0.5), -90.0), decibels)
    if isinstance(half, Feedback):
        return half
    if torch.allclose(half, (decibels - 80) / 2):
        return Feedback(False, "Right for a floor of -80 dB. Use the floor that you are given: it may be another.")
    if not torch.allclose(half, (decibels - 90) / 2):
        text = "Right for masks of 0 and 1. A mask of 0.5 should land half-way, in decibels, to the floor: from 20 dB"
        return Feedback(False, f"{text} at -35 dB if the floor is -90 dB; you return {half[0, 0]:.4g}.")
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
    sound = (torch.sin(2 * torch.pi * 500 * time) + 0.5 * torch.sin(2 * torch.pi * (900 * time + 800 * time**2)))[None]
    spectrogram = feature(torch.cat([sound, sound.flip(1)]) / 2)
    magnitude = spectrogram.values.sqrt()
    start = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0)) * 2 * torch.pi - torch.pi
    result = _tensor_like(_run(answer, magnitude.clone(), start.clone(), feature), start)
    if isinstance(result, Feedback):
        return result
    if torch.equal(result, start):
        return Feedback(False, "The phase came back unchanged. Which phase does the resynthesised sound have?")
    right = feature(_resynthesise(feature, magnitude, start)).phase
    # Bins without energy have no phase worth comparing: the angle must fit where the magnitude is.
    if ((torch.cos(result - right) < 0.99) & (magnitude > 0.1)).float().mean() > 1e-3:
        if result.abs().max() > 6.3:
            return Feedback(False, "A phase lies between -π and π. Did you return a magnitude, or power?")
        text = "That is another phase. One step: back to a waveform with this phase, the magnitude (not its square) and"
        return Feedback(False, text + " the feature's window; forward, once; take the new phase.")
    before, after = (_inconsistency(feature, magnitude, phase) for phase in (start, result))
    return Feedback(True, f"Inconsistency fell from {before:.2f} to {after:.2f} in one step. Now run it 32 times.")


def _resynthesise(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    spectrum = torch.polar(magnitude, phase)[:, 0]
    return torch.istft(spectrum, feature.n_fft, feature.hop_length, window=feature.window)


def _inconsistency(feature: PowerStft, magnitude: Tensor, phase: Tensor) -> Tensor:
    """How far a magnitude with this phase is from the spectrogram of any sound, relative to its size."""
    again = feature(_resynthesise(feature, magnitude, phase)).values.sqrt()
    return (again - magnitude).norm() / magnitude.norm()


def check_masked_loss(answer: Callable[[Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 2.1: mean squared error of hidden bins, from errors and `visible`, both (batch, 1, rows, time).

    Examples
    --------
    >>> check_masked_loss(lambda errors, visible: errors.mean())
    Not yet. That is the mean over all bins. A masked autoencoder is judged on what it could not see.
    """
    errors, visible = torch.tensor([[[[4.0, 1.0, 2.0, 9.0]]]]), torch.tensor([[[[1.0, 0.0, 0.0, 1.0]]]])
    value = _number(_run(answer, errors.clone(), visible.clone()))
    if isinstance(value, Feedback):
        return value
    known = {
        4.0: "That is the mean over all bins. A masked autoencoder is judged on what it could not see.",
        6.5: "That is the error of the visible bins, which the network could copy. 1 means visible.",
        0.75: "The right bins, but divided by the number of all bins: the loss would shrink with the ratio.",
        3.25: "These are the visible bins, and divided by the number of all bins.",
        3.0: "That is a sum. Divide by the number of hidden bins.",
    }
    for wrong, hint in known.items():
        if abs(value - wrong) < 1e-4:
            return Feedback(False, hint)
    if abs(value - 1.5) > 1e-4:
        return Feedback(
            False, f"The two hidden bins have errors of 1 and 2, so the loss is 1.5; you return {value:.4g}."
        )
    two = torch.cat([errors, errors + 10]), torch.cat([visible, torch.tensor([[[[1.0, 1.0, 1.0, 0.0]]]])])
    value = _number(_run(answer, *two))
    if isinstance(value, Feedback):
        return Feedback(False, f"Right for one clip, but not for a batch of two. {value.text}")
    if abs(value - 22 / 3) > 1e-3:
        return Feedback(
            False, "Right for one clip. In a batch every hidden bin counts the same, whichever clip it is in."
        )
    return Feedback(True, "Hidden bins only, divided by how many there are.")


def check_auc(answer: Callable[[np.ndarray, np.ndarray], float]) -> Feedback:
    """Exercise 2.2: area under the ROC curve from the scores of normal and of anomalous clips, by comparing pairs.

    Examples
    --------
    >>> check_auc(lambda normal, anomalous: (anomalous[:, None] > normal).sum())
    Not yet. That is the number of pairs in the right order. Divide by the number of all pairs.
    """
    normal, anomalous = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([3.5, 6.0])
    value = _number(_run(answer, normal.copy(), anomalous.copy()))
    if isinstance(value, Feedback):
        return value
    known = {
        8.0: "That is the number of pairs in the right order. Divide by the number of all pairs.",
        0.2: "That counts pairs in the wrong order: a higher score is more anomalous.",
        4.0: "Divide by the number of pairs, normal times anomalous, not by the number of anomalous clips.",
        1.6: "Divide by the number of pairs, normal times anomalous, not by the number of normal clips.",
        8 / 7: "That is the sum over pairs, divided by the number of clips. Divide by the number of pairs.",
    }
    for wrong, hint in known.items():
        if abs(value - wrong) < 1e-6:
            return Feedback(False, hint)
    if abs(value - 0.8) > 1e-6:
        return Feedback(
            False, f"8 of 10 pairs have the anomalous clip above, so the area is 0.8; you return {value:.4g}."
        )
    tied = _number(_run(answer, np.array([1.0, 2.0]), np.array([2.0, 2.0])))
    if isinstance(tied, Feedback) or abs(tied - 0.75) > 1e-6:
        return Feedback(False, "Right without ties. A pair with equal scores counts a half: it is a coin toss.")
    return Feedback(True, "8 of 10 pairs, and a tie counts a half. The curve's area is exactly this share.")


def check_complementary(answer: Callable[[int, int, int, torch.Generator], Tensor]) -> Feedback:
    """Exercise 2.3: random masks, (passes, rows, columns), that hide every patch once, equally many in each pass.

    Examples
    --------
    >>> check_complementary(lambda rows, columns, passes, generator: torch.ones(passes, rows, columns))
    Not yet. 24 of 24 patches are never hidden: nobody would have to guess them.
    """
    made = []
    for seed in (0, 0, 1):
        result = _run(answer, 4, 6, 3, torch.Generator().manual_seed(seed))
        result = _tensor_like(result, torch.empty(3, 4, 6))
        if isinstance(result, Feedback):
            return result
        made.append(result)
    visible = made[0]
    if not ((visible == 0) | (visible == 1)).all():
        return Feedback(False, "A mask holds ones (visible) and zeros (hidden) only.")
    hidden = (1 - visible).sum(dim=0)
    if (hidden == 2).all() and (visible.sum(dim=0) == 1).all():
        return Feedback(False, "Ones and zeros are swapped: 0 hides, and every patch is hidden once, not shown once.")
    if (hidden == 0).any():
        return Feedback(
            False, f"{int((hidden == 0).sum())} of 24 patches are never hidden: nobody would have to guess them."
        )
    if (hidden > 1).any():
        return Feedback(
            False, f"{int((hidden > 1).sum())} of 24 patches are hidden more than once. Deal them out like cards."
        )
    if len(set((1 - visible).sum(dim=(1, 2)).tolist())) > 1:
        return Feedback(False, "The passes hide different numbers of patches: 24 patches in 3 passes are 8 each.")
    if (ignored := _seeded(*made)) is not None:
        return ignored
    return Feedback(True, "Every patch is hidden once, 8 in each of 3 passes, at random places.")


def _smooth_classifier() -> tuple[nn.Module, Tensor, Tensor]:
    """A small network with three classes, a clip for it and a baseline; smooth, so that few steps integrate it well."""
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 2)
    return model, torch.randn(1, 1, 3, 4, generator=generator), torch.full((1, 1, 3, 4), -1.0)


def _gradient(model: nn.Module, values: Tensor, output: Callable[[Tensor], Tensor]) -> Tensor:
    x = values.clone().requires_grad_()
    return torch.autograd.grad(output(model(x)).sum(), x)[0]


def _near(result: Tensor, expected: Tensor, tolerance: float = 1e-4) -> bool:
    return bool((result - expected).abs().max() <= tolerance * expected.abs().max())


def check_gradient_times_input(answer: Callable[[nn.Module, Tensor, int], Tensor]) -> Feedback:
    """Exercise 3.1: gradient × input for the logit of a class, from model, values and target.

    Examples
    --------
    >>> check_gradient_times_input(lambda model, values, target: values)
    Not yet. The largest bin should be 0.392 in size, and yours is 1.706.
    """
    model, values, _ = _smooth_classifier()
    result = _tensor_like(_run(answer, model, values.clone(), 1), values)
    if isinstance(result, Feedback):
        return result
    gradient = _gradient(model, values, lambda outputs: outputs[:, 1])
    known = [
        (gradient, "That is the gradient alone, the question of saliency. Weight it with what is there: the input."),
        ((gradient * values).abs(), "The signs are gone. What speaks against the class should come out negative."),
        ((gradient * values).clamp(min=0), "What speaks against the class is gone. It should come out negative."),
        (values * _gradient(model, values, lambda outputs: outputs), "That explains all classes at once. Pick one."),
        (
            values * _gradient(model, values, lambda outputs: outputs.softmax(dim=1)[:, 1]),
            "That explains the probability, which other classes push about. Explain the logit, the model's own output.",
        ),
    ]
    for wrong, hint in known:
        if _near(result, wrong):
            return Feedback(False, hint)
    if not _near(result, gradient * values):
        if _near(result.abs(), (gradient * values).abs()):
            return Feedback(False, "The sizes are right, and the signs are not: change no sign, drop none.")
        return Feedback(
            False,
            f"The largest bin should be {(gradient * values).abs().max():.3f} in size, "
            f"and yours is {result.abs().max():.3f}.",
        )
    return Feedback(True, "The gradient says what a step would do, the input how many steps there are.")


def check_lay_over(answer: Callable[[Tensor, tuple[int, int]], Tensor]) -> Feedback:
    """Exercise 3.2: lay a layer's cells, (batch, 1, time, frequency), over a spectrogram of (frequency, time) bins.

    Examples
    --------
    >>> check_lay_over(lambda cells, size: nn.functional.interpolate(cells, size, mode="bilinear"))
    Not yet. The axes are still those of the layer: its time now runs up the frequency axis.
    """
    cells = torch.zeros(1, 1, 7, 2)
    cells[0, 0, 4, 1], cells[0, 0, 1, 0] = 1.0, 0.5  # late and high, and a weaker one early and low
    result = _tensor_like(_run(answer, cells.clone(), (64, 251)), torch.empty(1, 1, 64, 251))
    if isinstance(result, Feedback):
        return result

    def stretched(x: Tensor, mode: str = "bilinear") -> Tensor:
        return nn.functional.interpolate(x, (64, 251), mode=mode)

    known = [
        (stretched(cells), "The axes are still those of the layer: its time now runs up the frequency axis."),
        (stretched(cells.transpose(2, 3), "nearest"), "Right place, but in blocks. Interpolate bilinearly."),
        (stretched(cells.transpose(2, 3).flip(2)), "Upside down: the first row is the lowest frequency already."),
        (stretched(cells.transpose(2, 3).flip(3)), "Back to front: time was turned round."),
    ]
    for wrong, hint in known:
        if _near(result, wrong):
            return Feedback(False, hint)
    corners = nn.functional.interpolate(cells.transpose(2, 3), (64, 251), mode="bilinear", align_corners=True)
    if not (_near(result, stretched(cells.transpose(2, 3))) or _near(result, corners)):
        row, column = divmod(int(result.argmax()), 251)
        text = (
            f"A cell that is late and high should peak in the upper rows around frame 161; yours peaks at row {row}, "
        )
        return Feedback(False, text + f"frame {column}.")
    return Feedback(True, "Time lies along the last axis again, frequency along the one before it.")


def check_integrated_gradients(answer: Callable[[nn.Module, Tensor, int, Tensor, int], Tensor]) -> Feedback:
    """Exercise 3.3: integrated gradients by hand, from model, values, target, baseline and the number of steps.

    Examples
    --------
    >>> check_integrated_gradients(lambda model, values, target, baseline, steps: values - baseline)
    Not yet. The attributions should sum to -0.553, what the way gains; yours sum to 8.886.
    """
    model, values, baseline = _smooth_classifier()
    result = _tensor_like(_run(answer, model, values.clone(), 1, baseline.clone(), 200), values)
    if isinstance(result, Feedback):
        return result

    def mean_gradient(start: Tensor, steps: int = 400, place: float = 0.5) -> Tensor:
        way = (torch.arange(steps) + place).reshape(-1, 1, 1, 1) / steps
        return _gradient(model, start + way * (values - start), lambda outputs: outputs[:, 1]).mean(dim=0, keepdim=True)

    expected = mean_gradient(baseline) * (values - baseline)
    known = [
        (
            mean_gradient(baseline),
            "That is the mean gradient. Multiply it by the length of the way, clip less baseline.",
        ),
        (mean_gradient(baseline) * values, "Multiply by clip less baseline, not by the clip: the way starts there."),
        (mean_gradient(0 * baseline) * values, "Your way starts at 0. Start at the baseline."),
        (200 * expected, "That is 200 times too large: take the mean over the steps, not the sum."),
        (-expected, "The sign is turned: the way leads from the baseline to the clip."),
        (
            _gradient(model, values, lambda outputs: outputs[:, 1]) * (values - baseline),
            "Only the gradient at the clip itself counts in yours. Take it at many points of the way.",
        ),
    ]
    for wrong, hint in known:
        if _near(result, wrong, 0.02):
            return Feedback(False, hint)
    with torch.no_grad():
        due = (model(values) - model(baseline))[0, 1]
    if not _near(result, expected, 0.02):
        if abs(result.sum() / due - 1) < 0.02:
            return Feedback(False, f"The sum, {due:.3f}, is right, its parts are not: give each bin its own gradient.")
        return Feedback(
            False, f"The attributions should sum to {due:.3f}, what the way gains; yours sum to {result.sum():.3f}."
        )
    few = _tensor_like(_run(answer, model, values.clone(), 1, baseline.clone(), 4), values)
    if isinstance(few, Feedback):
        return few
    left, middle, right = (mean_gradient(baseline, 4, place) * (values - baseline) for place in (0, 0.5, 1))
    if not any(_near(few, rule, 1e-3) for rule in (left, middle, right, (left + right) / 2)):
        text = "With 4 take 4 points, the middle or the end of each step, and their mean."
        return Feedback(False, f"Right for 200 steps, where a point more or less hides. {text}")
    return Feedback(True, f"The attributions sum to {result.sum():.3f}, and the output gains {due:.3f} on the way.")


def check_shapley(answer: Callable[[Callable[[Iterable[int]], float], int], Tensor]) -> Feedback:
    """Exercise 3.4: exact Shapley values, shape (players,), from a function that says what a set is worth.

    Examples
    --------
    >>> check_shapley(lambda worth, players: torch.tensor([worth({p}) for p in range(players)]))
    Not yet. That is what each is worth alone. What they make together goes to nobody.
    """

    def worth(present: Iterable[int]) -> float:
        present = set(present)
        together = 4.0 * (present >= {1, 2}) + 2.0 * (present >= {0, 1}) + 12.0 * (present >= {0, 1, 2})
        return 3.0 + 6.0 * (0 in present) + together  # 3 without anybody

    result = _tensor_like(_run(answer, worth, 3), torch.empty(3))
    if isinstance(result, Feedback):
        return result
    known = {
        (20.0, 18.0, 16.0): "That is what each takes away when it leaves last. They sum to more than they gain, 24: "
        "what two make together is counted twice.",
        (9.0, 3.0, 3.0): "That is what each is worth alone. What they make together goes to nobody.",
        (6.0, 0.0, 0.0): "That is what each adds alone. What they make together goes to nobody.",
        (12.0, 8.0, 7.0): "What the empty set is worth, 3, is nobody's gain: start from worth(set()), not from 0.",
        (10.0, 6.0, 5.0): "You weigh all subsets alike. Weigh them by how many orders lead through them.",
        (22.0, 14.0, 12.0): "Twice too large: each order is counted once, and there are six.",
        (66.0, 42.0, 36.0): "That is the sum over the six orders. Take the mean.",
    }
    for wrong, hint in known.items():
        if _near(result, torch.tensor(wrong)):
            return Feedback(False, hint)
    if not _near(result, torch.tensor([11.0, 7.0, 6.0])):
        yours = ", ".join(f"{x:.4g}" for x in result)
        return Feedback(
            False, f"The values are 11, 7, 6, in sum 24: what all are worth, 27, less 3 for nobody. Yours are {yours}."
        )
    square = _tensor_like(_run(answer, lambda present: float(len(set(present)) ** 2), 4), torch.empty(4))
    if isinstance(square, Feedback):
        return Feedback(False, f"Right for three players, but not for four. {square.text}")
    if not _near(square, torch.full((4,), 4.0)):
        return Feedback(False, "Right for three players. Four players who are worth their number squared get 4 each.")
    return Feedback(True, "They sum to what all gain together, and what is made together is shared fairly.")


def check_attenuation(answer: Callable[[float, float, float], float]) -> Feedback:
    """Exercise 4.1: by how many decibels a mask value turns a bin down, from its level, the mask and the floor.

    Examples
    --------
    >>> check_attenuation(lambda level, mask, floor: floor + mask * (level - floor))  # doctest: +ELLIPSIS
    Not yet. For a bin at -20 dB, a mask of 0.5 and a floor of -100 dB you say -60. That is where ...
    """
    tries = [(-20.0, 0.5, -100.0), (-60.0, 0.25, -80.0), (-10.0, 1.0, -100.0), (-30.0, 0.0, -90.0)]
    for level, mask, floor in tries:
        value = _number(_run(answer, level, mask, floor))
        if isinstance(value, Feedback):
            return value
        right = (1 - mask) * (level - floor)
        if abs(value - right) < 1e-4:
            continue
        case = f"a bin at {level:.0f} dB, a mask of {mask:g} and a floor of {floor:.0f} dB"
        known = [
            (floor + mask * (level - floor), "That is where the bin lands. By how much is it turned down?"),
            (-right, "Right in size; turned down is asked for, so it is positive."),
            (mask * (level - floor), "That is what is left above the floor. How much is gone?"),
            (-(1 - mask) * level, "You measure from 0 dB. The way down ends at the floor."),
        ]
        for wrong, hint in known:
            if abs(value - wrong) < 1e-4:
                return Feedback(False, f"For {case} you say {value:g}. {hint}")
        return Feedback(False, f"For {case} the answer is {right:g} dB, and yours is {value:g}.")
    return Feedback(
        True, "Half a mask takes half of the way to the floor: much more from a loud bin than from a faint one."
    )


def check_top_k_exact(answer: Callable[[Tensor, float], Tensor]) -> Feedback:
    """Exercise 4.2: a mask of exactly round(share * bins) bins of each clip, however many values are equal.

    Examples
    --------
    >>> check_top_k_exact(lambda attribution, share: (attribution > 0).float())  # doctest: +ELLIPSIS
    Not yet. Of a map without equal values, 12 of 40 bins (29.5%) should be kept in each clip, and ...
    """
    plain = torch.randn(2, 1, 5, 8, generator=torch.Generator().manual_seed(0))
    plain[1] += 3
    few = torch.zeros_like(plain)
    few[:, :, 2, 1:6] = 1.0
    # 11.8 and 12.2 bins: to cut off or to round up is seen.
    for name, values, share in (("without equal values", plain, 0.295), ("of five ones among zeros", few, 0.305)):
        result = _tensor_like(_run(answer, values.clone(), share), values)
        if isinstance(result, Feedback):
            return result
        if not ((result == 0) | (result == 1)).all():
            return Feedback(False, "A hard mask holds zeros and ones only.")
        kept = result.sum(dim=(1, 2, 3)).tolist()
        if kept != [12, 12]:
            text = f"Of a map {name}, 12 of 40 bins ({share:.1%}) should be kept in each clip, and yours keeps "
            text += f"{kept[0]:.0f} and {kept[1]:.0f}. "
            if sum(kept) == 24:
                text += "You rank all clips together, and the louder one takes the places of the other."
            elif values is plain and kept == [13, 13]:
                text += "One too many: ranks start at 0."
            elif kept in ([11, 11], [13, 13]):
                text += f"{40 * share:.1f} is to be rounded to the nearest number."
            elif values is few and max(kept) > 12:
                text += "Equal values pass a threshold together. Count instead."
            return Feedback(False, text)
        for clip, mask in zip(values, result, strict=True):
            if clip[mask == 1].min() < clip[mask == 0].max():
                return Feedback(False, "The right number of bins, but larger values are left out than some you keep.")
    return Feedback(True, "Exactly the share asked for, whatever the map: now two methods can be compared.")


def check_all_ones_share(answer: Callable[[float, float], float]) -> Feedback:
    """Exercise 4.3: the share of clips whose top-k mask keeps all, from the mean SPS and the share k.

    Examples
    --------
    >>> check_all_ones_share(lambda sps, share: 1 - sps)
    Not yet. That is the mean area. A clip has either the area `share` or the area 1: mix the two.
    """
    for sps, share, case in ((0.2, 0.5, "keeps half"), (0.6, 0.3, "keeps 30 %")):
        value = _number(_run(answer, sps, share))
        if isinstance(value, Feedback):
            return value
        right = 1 - sps / (1 - share)
        if abs(value - right) < 1e-4:
            continue
        known = [
            (100 * right, "Right in per cent; give a share between 0 and 1."),
            (sps / (1 - share), "That is the share of clips on which the mask works. The others are asked for."),
            (1 - sps, "That is the mean area. A clip has either the area `share` or the area 1: mix the two."),
            (1 - sps / share, "A working mask of area `share` has an SPS of 1 - share."),
        ]
        for wrong, hint in known:
            if abs(value - wrong) < 1e-4:
                return Feedback(False, hint)
        return Feedback(
            False, f"With a mean SPS of {sps} and a mask that {case}, it is {right:.2f}; yours is {value:.2f}."
        )
    return Feedback(True, "Two numbers of a table, and you know what the table does not say.")


def check_average_drop(answer: Callable[[Tensor, Tensor], float]) -> Feedback:
    """Exercise 5.1: AD in per cent, from the class's probability for each clip and for what the mask keeps of it.

    Examples
    --------
    >>> check_average_drop(lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean())
    Not yet. Divide each drop by the clip's own probability, before the mean.
    """
    clean, kept = torch.tensor([0.8, 0.5, 0.2, 0.9]), torch.tensor([0.5, 0.6, 0.05, 0.9])
    value = _number(_run(answer, clean.clone(), kept.clone()))
    if isinstance(value, Feedback):
        return value
    drop = (clean - kept).clamp(min=0)
    right = 100 * (drop / clean).mean().item()
    known = [
        (right / 100, "Right as a share; per cent is asked for."),
        (100 * drop.mean().item(), "Divide each drop by the clip's own probability, before the mean."),
        (100 * ((clean - kept) / clean).mean().item(), "A gain makes up for a drop in yours. It should count as 0."),
        (100 * (drop.sum() / clean.sum()).item(), "That is a ratio of means. Divide clip by clip first."),
        (100 * (1 - kept.sum() / clean.sum()).item(), "That is a ratio of means, less the gains. Go clip by clip."),
        (100 * ((kept - clean).clamp(min=0) / clean).mean().item(), "That counts the gains. The drops are asked for."),
        (100 * (drop / clean).sum().item(), "That is the sum over the clips. Take the mean."),
    ]
    if abs(value - right) < 1e-3:
        return Feedback(True, f"{right:.2f} %: two clips lose, one gains and counts as 0, one stays.")
    for wrong, hint in known:
        if abs(value - wrong) < 1e-3:
            return Feedback(False, hint)
    return Feedback(False, f"Of these four clips it is {right:.2f} %, and yours is {value:.2f}.")


def check_random_like(answer: Callable[[Tensor, torch.Generator], Tensor]) -> Feedback:
    """Exercise 5.2: for each clip a random mask with as many ones as the given one, drawn with the generator.

    Examples
    --------
    >>> check_random_like(lambda mask, generator: mask)
    Not yet. Another seed should give another result: draw at random, with the generator.
    """
    mask = torch.zeros(3, 1, 6, 10)
    mask[0, 0, :2], mask[1, 0, 4], mask[2, 0, 0, :3] = 1, 1, 1
    wanted = mask.sum(dim=(1, 2, 3)).tolist()
    drawn = []
    for seed in (0, *range(40)):
        result = _tensor_like(_run(answer, mask.clone(), torch.Generator().manual_seed(seed)), mask)
        if isinstance(result, Feedback):
            return result
        if not ((result == 0) | (result == 1)).all():
            return Feedback(False, "A mask of zeros and ones is asked for.")
        kept = result.sum(dim=(1, 2, 3)).tolist()
        if kept != wanted:
            mine, theirs = (", ".join(f"{x:.0f}" for x in numbers) for numbers in (kept, wanted))
            return Feedback(False, f"The clips keep {theirs} bins, and yours {mine}. Of equal area, clip by clip.")
        drawn.append(result)
    if (ignored := _seeded(*drawn[:3])) is not None:
        return ignored
    together = torch.stack(drawn[1:])
    share = together.mean(dim=0)
    expected = mask.mean(dim=(1, 2, 3), keepdim=True)
    # Forty draws of a share p have a standard error of sqrt(p (1 - p) / 40); five of them are never met by chance.
    if ((share - expected).abs() > 5 * (expected * (1 - expected) / 40).sqrt() + 1e-6).any():
        return Feedback(False, "Some bins are kept more often than others: shuffle all bins of a clip, over both axes.")
    # Of the first clip, shuffled, a bin and the next are both kept in 11 % of all places; of whole rows in 33 %.
    if (together[:, 0, ..., 1:] * together[:, 0, ..., :-1]).mean() > 0.16:
        return Feedback(False, "Neighbours stay together in yours: shuffle the bins one by one, not rows or stretches.")
    return Feedback(True, "As large, and knowing nothing: the mask that every explanation has to beat.")


def check_over_chance(
    answer: Callable[[Callable[[Tensor], Tensor], Tensor, int, torch.Generator], Tensor],
) -> Feedback:
    """Exercise 5.3: the score of a choice less the mean score of random choices as large, clip by clip.

    Examples
    --------
    >>> check_over_chance(lambda score, chosen, draws, generator: score(chosen))
    Not yet. That is the score alone. Take off what random choices get.
    """
    worth = torch.tensor([[5.0, 4, 0, 0, 1, 0, 0, 0], [1.0, 1, 1, 1, 1, 1, 1, 1], [0.0, 0, 0, 9, 0, 0, 0, 0]])
    chosen = torch.tensor([[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]]).bool()

    def score(choice: Tensor) -> Tensor:
        if choice.dtype != torch.bool or choice.shape != chosen.shape:
            raise TypeError(f"score takes bool of shape (3, 8), and this is {choice.dtype}{_shape(choice)}.")
        if (kept := choice.sum(dim=1).tolist()) != [2, 4, 3]:
            raise ValueError(f"a random choice should be as large as yours, [2, 4, 3] frames, and this one has {kept}.")
        return (worth * choice).sum(dim=1)

    made = []
    for draws, seed in ((400, 0), (20, 0), (20, 0), (20, 1)):
        result = _tensor_like(
            _run(answer, score, chosen.clone(), draws, torch.Generator().manual_seed(seed)), torch.empty(len(worth))
        )
        if isinstance(result, Feedback):
            return result
        made.append(result)
    result = made[0]
    mine, share = score(chosen), chosen.float().mean(dim=1)
    chance = share * worth.sum(dim=1)
    known = [
        (mine, "That is the score alone. Take off what random choices get."),
        (chance, "That is what chance gets. The score less that is asked for."),
        (chance - mine, "The sign is turned: better than chance should be positive."),
        (mine / chance.clamp(min=1e-9), "That is a ratio; here the difference is asked for."),
        (mine - chance * 400, "Take the mean over the draws, not their sum."),
    ]
    for wrong, hint in known:
        if (result - wrong).abs().max() < 0.5:
            return Feedback(False, hint)
    if (result - (mine - chance)).abs().max() > 0.75:
        numbers = ", ".join(f"{x:.1f}" for x in mine - chance)
        return Feedback(False, f"About {numbers} is expected, and yours is {', '.join(f'{x:.1f}' for x in result)}.")
    if (ignored := _seeded(*made[1:])) is not None:
        return ignored
    return Feedback(True, "A choice of what matters is above 0, one that only is large at 0, one that misses below.")


def check_grain(answer: Callable[[Tensor], Tensor]) -> Feedback:
    """Exercise 6.1: grain, the mean squared difference of a bin from the mean of its 3 × 3 neighbourhood.

    Examples
    --------
    >>> check_grain(lambda clips: clips.var(dim=(1, 2, 3)))
    Not yet. That is the variance of the whole clip. Compare each bin with its neighbours.
    """
    generator = torch.Generator().manual_seed(0)
    clips = torch.randn(3, 1, 40, 60, generator=generator) * torch.tensor([1.0, 2.0, 0.5])[:, None, None, None] - 40
    clips[2] += 4 * torch.cos(torch.pi / 10 * (torch.arange(40) + 0.5))[:, None]  # a slow wave is no grain
    local, of_squares = (nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False) for x in (clips, clips.square()))
    apart = clips - local
    result = _tensor_like(_run(answer, clips.clone()), torch.empty(3))
    if isinstance(result, Feedback):
        return result
    right = apart.square().mean(dim=(1, 2, 3))
    padded = (clips - nn.functional.avg_pool2d(clips, 3, 1, 1)).square().mean(dim=(1, 2, 3))
    known = [
        (padded, "Your padding counts as 0 dB, loud beyond measure: average with count_include_pad=False."),
        (right.sqrt(), "That is the root. The mean of the squares is asked for."),
        (apart.abs().mean(dim=(1, 2, 3)), "Square the differences before the mean."),
        (right.mean().expand(3), "One number for all clips: take the mean over frequency and time only."),
        (apart.square().sum(dim=(1, 2, 3)), "That is the sum over the bins. Take the mean."),
        (
            (of_squares - local.square()).mean(dim=(1, 2, 3)),
            "That is the variance within each neighbourhood. Take the middle bin less the mean around it.",
        ),
        (clips.var(dim=(1, 2, 3)), "That is the variance of the whole clip. Compare each bin with its neighbours."),
    ]
    if ((result - right).abs() < 0.05 * right).all():
        return Feedback(True, "Blur takes nearly all of it away, and nothing that was recorded does.")
    for wrong, hint in known:
        if ((result - wrong).abs() < 0.02 * wrong.abs()).all():
            return Feedback(False, hint)
    numbers = (", ".join(f"{x:.2f}" for x in values) for values in (right, result))
    return Feedback(False, "Of these three clips it is {}, and yours is {}.".format(*numbers))


def check_overlap(answer: Callable[[Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 6.2: of the areas that two changes (dB) alter by more than 1 dB, common over joint; 1 where neither.

    Examples
    --------
    >>> check_overlap(lambda first, second: ((first > 1) & (second > 1)).float().mean(dim=(1, 2, 3)))
    Not yet. 0.2, 1, 0 and 1 are expected, and yours is 0.00, 0.00, 0.00, 0.00.
    """
    first, second = torch.zeros(2, 4, 1, 4, 5)
    first[0, 0, :2], second[0, 0, 1, :3], second[0, 0, 2] = -6.0, torch.tensor([-3.0, 3, 3]), 3.0  # 3 of 15 in common
    first[1, 0, 0], second[1, 0, 0] = 4.0, -1.5  # the same place
    first[2, 0, 0], second[2, 0, 3], first[2, 0, 3] = 8.0, 8.0, 0.9  # nothing in common but a tint that nobody hears
    first[3, 0, 0], second[3, 0, 1] = 0.9, -0.9  # tints only, in two places
    result = _tensor_like(_run(answer, first.clone(), second.clone()), torch.empty(4))
    if isinstance(result, Feedback):
        return result
    right = torch.tensor([0.2, 1, 0, 1])
    known = [
        (torch.tensor([0.2, 1, 0, 0]), "Where neither changes anything audible, the two are the same: 1, not 0."),
        (1 - right, "That is the distance. The overlap is one less that."),
        (torch.tensor([0.3, 1, 0, 1]), "You divide by one of the two areas. Divide by the joint area."),
        (torch.tensor([0.375, 1, 0, 1]), "You divide by one of the two areas. Divide by the joint area."),
        (torch.tensor([1 / 3, 1, 0, 1]), "You divide by the mean of the two areas. Divide by the joint area."),
        (torch.tensor([0, 0, 0, 1.0]), "Lowering counts as changing: take the size of the change, then compare."),
        (torch.tensor([1 / 15, 0, 0, 1]), "Up or down is the same: what one raises and the other lowers is common."),
        (torch.tensor([0.2, 1, 0.5, 0]), "In yours a change of 0.9 dB counts. Only what is above 1 dB should."),
        (torch.tensor([0.2, 0, 0, 1]), "In yours a change of 1.5 dB does not count. All above 1 dB should."),
        (right.mean().expand(4), "One number for all clips: sum over frequency and time only."),
    ]
    if (result - right).abs().max() < 1e-3:
        return Feedback(True, "A fifth, all, nothing; and an inaudible tint makes no second concept.")
    for wrong, hint in known:
        if (result - wrong).abs().max() < 1e-3:
            return Feedback(False, hint)
    return Feedback(False, f"0.2, 1, 0 and 1 are expected, and yours is {', '.join(f'{x:.2f}' for x in result)}.")


def check_cheat(answer: Callable[[Tensor, Callable[[Tensor], Tensor], float, float], Tensor]) -> Feedback:
    """Exercise 6.3: bring three faulty, standardised clips between two scores and leave their faults in.

    Examples
    --------
    >>> check_cheat(lambda clips, score, low, high: clips)  # doctest: +ELLIPSIS
    Not yet. The scores are ...; at least one is above ... and still gives an alarm.
    """
    detector, feature = Autoencoder(), LogMel()
    checkpoint.load(detector, "ae-machine-0")
    normal = torch.cat([feature(clip.waveform).values for clip in machine.load("validation", normal=24, anomalous=0)])
    low, high = counterfactuals.log_scores(detector, normal).quantile(torch.tensor([0.05, 0.95])).tolist()
    faulty = [clip for clip in machine.load("validation", normal=0, anomalous=4) if clip.events[0].kind != "grind"]
    clips, twin = (
        detector.standardise(torch.cat([feature(getattr(clip, key)).values for clip in faulty]))
        for key in ("waveform", "twin")
    )

    def score(values: Tensor) -> Tensor:
        return counterfactuals.peak_score(detector, values)

    result = _tensor_like(_run(answer, clips.clone(), score, low, high), clips)
    if isinstance(result, Feedback):
        return result
    with torch.no_grad():
        reached = score(result)
    told = ", ".join(f"{x:.2f}" for x in reached)
    if (reached > high).any():
        return Feedback(False, f"The scores are {told}; at least one is above {high:.2f} and still gives an alarm.")
    if (reached < low).any():
        return Feedback(False, f"The scores are {told}; one is below {low:.2f}, where no real machine is: do less.")
    distance = ((result - twin).square().sum(dim=(1, 2, 3)) / (clips - twin).square().sum(dim=(1, 2, 3))).sqrt()
    if (distance < 0.85).any():
        return Feedback(
            False, f"You have repaired something: a clip is at {distance.min():.2f} of its distance to the twin."
        )
    if (distance > 3).any():
        return Feedback(False, f"Nothing of the clip is left: one is {distance.max():.1f} times as far from its twin.")
    grain = counterfactuals.fine_variance(result) / counterfactuals.fine_variance(clips)
    return Feedback(
        True,
        f"The detector is content, and the faults are still there, at {distance.min():.2f} to {distance.max():.2f} of "
        f"their distance to the twin. The clips kept {grain.min():.0%} to {grain.max():.0%} of their grain.",
    )


def check_mix(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
    """Exercise 7.1: a clip plus a background, `snr` decibels below it by active levels, at 16 kHz.

    Examples
    --------
    >>> check_mix(lambda clip, noise, snr: clip + noise * 10 ** (-snr / 20))
    Not yet. Bring the background to the clip's level first, whatever level it has.
    """
    time = torch.arange(32_000) / 16_000
    clip = torch.zeros(1, 32_000)
    clip[:, 8_000:16_000] = 0.3 * torch.sin(2000 * time[:8_000])
    noise = 0.01 * torch.randn(1, 32_000, generator=torch.Generator().manual_seed(0))
    noise[:, :16_000] = 0  # it has pauses, too
    snr, given = 12.0, clip.clone()
    result = _tensor_like(_run(answer, given, noise.clone(), snr), clip)
    if isinstance(result, Feedback):
        return result
    if not torch.equal(given, clip):
        return Feedback(False, "You change the clip that you were given. Leave it untouched, and return a new one.")
    added = result - clip
    gain = (added * noise).sum() / noise.square().sum()
    if (added - gain * noise).abs().max() > 1e-4:
        return Feedback(False, "The clip should stay as it is, with the background, scaled, added to it.")
    level = active_level(clip, 16_000) / active_level(noise, 16_000)
    whole = [sound.square().mean().sqrt() / active_level(sound, 16_000) for sound in (clip, noise)]
    pauses = "One of your levels is that of a whole sound, pauses included. Take the active levels."
    known = [
        (level * 10 ** (snr / 20), "Your background is louder than the clip: an SNR of 12 dB means fainter."),
        (level * 10 ** (-snr / 10), "Levels are amplitudes: divide the decibels by 20, not by 10."),
        *((level * x * 10 ** (-snr / 20), pauses) for x in (whole[0], 1 / whole[1], whole[0] / whole[1])),
        (torch.tensor(10 ** (-snr / 20)), "Bring the background to the clip's level first, whatever level it has."),
        (active_level(clip, 16_000) * 10 ** (-snr / 20), "Divide by the level of the background as well."),
    ]
    right = (level * 10 ** (-snr / 20)).item()
    if abs(gain.item() / right - 1) < 0.01:
        return Feedback(True, "The event is 12 dB above the background while it lasts.")
    for wrong, hint in known:
        if abs(gain.item() / wrong.item() - 1) < 0.01:
            return Feedback(False, hint)
    return Feedback(False, f"The background should be multiplied by {right:.3g}; yours is by {gain.item():.3g}.")


def check_top_overlap(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
    """Exercise 7.2: of the `share` of bins that are largest in one map, how many are so in the other, clip by clip.

    Examples
    --------
    >>> check_top_overlap(lambda first, second, share: ((first > 0) & (second > 0)).float().mean(dim=(1, 2, 3)))
    Not yet. 1.00, 0.50, 0.00, 1.00 are expected, and yours is 0.98, 0.98, 0.00, 0.47.
    """
    first = torch.arange(40.0).flip(0).expand(4, 40).reshape(4, 1, 5, 8)
    partly = first[1].clamp(max=15).where(first[1] > 34, first[1])  # the five largest fall back to the middle
    second = torch.stack([first[0], partly, -first[2], first[3] - 20])
    for share, kept in ((0.255, 10), (0.27, 11)):  # 10.2 and 10.8 bins: to round up or to cut off is seen
        result = _tensor_like(_run(answer, first.clone(), second.clone(), share), torch.empty(4))
        if isinstance(result, Feedback):
            return result
        right = torch.tensor([1.0, (kept - 5) / kept, 0.0, 1.0])
        known = [
            (right / (2 - right), "You divide by the bins that are in either. Divide by those of one map."),
            (right.mean().expand(4), "One number for all clips: sum over frequency and time only."),
            (right * kept / 40, "You divide by all bins. Divide by those that one map keeps."),
            (right * kept, "That is how many. Divide by how many one map keeps."),
            (1 - right, "That is what is lost. What stays is asked for."),
            (torch.tensor([1.0, 1, 0, 1]), "Those are the smallest bins. Sort from the largest down."),
            (
                torch.tensor([1.0, (16 - kept) / (21 - kept), 0, 1]),
                f"A share of {share} is {40 * share:.1f} of 40 bins, so {kept}: round to the nearest number.",
            ),
        ]
        if (result - right).abs().max() < 1e-3:
            continue
        for wrong, hint in known:
            if (result - wrong).abs().max() < 0.01:
                return Feedback(False, hint)
        if result[0].item() == 1 and abs(result[3].item() - 1) > 1e-3:
            return Feedback(
                False, "The last map is the first less a constant: its largest bins are the same. Take no sizes."
            )
        numbers = (", ".join(f"{x:.2f}" for x in values) for values in (right, result))
        return Feedback(False, "{} are expected, and yours is {}.".format(*numbers))
    return Feedback(True, "All, half, nothing, all: only the order of the bins counts, not their unit.")


def check_apart(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 7.3: the mean overlap where the answer stayed, that where it changed, and the share where it stayed.

    Examples
    --------
    >>> check_apart(lambda overlap, before, after: torch.tensor([overlap.mean()] * 3))
    Not yet. 0.675, 0.150, 0.667 are expected, and yours are 0.500, 0.500, 0.500.
    """
    overlap = torch.tensor([0.9, 0.8, 0.2, 0.7, 0.1, 0.3])
    before, after = torch.tensor([0, 1, 2, 3, 4, 5]), torch.tensor([0, 1, 7, 3, 5, 5])
    result = _tensor_like(_run(answer, overlap.clone(), before.clone(), after.clone()), torch.empty(3))
    if isinstance(result, Feedback):
        return result
    right = torch.tensor([0.675, 0.15, 4 / 6])
    known = [
        (right[[1, 0, 2]], "The first two are turned round: first the clips whose answer stayed."),
        (torch.tensor([0.5, 0.5, 4 / 6]), "That is the mean over all clips, twice. Choose the clips first."),
        (torch.tensor([2.7 / 6, 0.3 / 6, 4 / 6]), "Divide by the clips that you chose, not by all."),
        (torch.tensor([2.7, 0.3, 4 / 6]), "Those are sums. The means are asked for."),
        (torch.tensor([0.675, 0.15, 4]), "The last number is how many stayed. Their share is asked for."),
        (torch.tensor([0.675, 0.15, 2 / 6]), "The last number is the share that changed, not the share that stayed."),
    ]
    if (result - right).abs().max() < 1e-3:
        return Feedback(True, "Two thirds stay where the answer stays: a mean over all clips would have hidden that.")
    for wrong, hint in known:
        if (result - wrong).abs().max() < 1e-3:
            return Feedback(False, hint)
    numbers = (", ".join(f"{x:.3f}" for x in values) for values in (right, result))
    return Feedback(False, "{} are expected, and yours are {}.".format(*numbers))
