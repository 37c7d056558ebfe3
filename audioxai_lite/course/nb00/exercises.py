"""Checks for the exercises of notebook 00: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_number, run_answer


def check_area(answer: Callable[[Tensor], float]) -> Feedback:
    """Exercise 0.1: the share of bins that a mask, shape (1, 1, frequency, time), keeps.

    Examples
    --------
    >>> check_area(lambda mask: mask.sum())
    Not yet. That is the number of bins kept. Divide by the number of all bins.
    """
    mask = torch.zeros(1, 1, 4, 10)
    mask[..., 1:3, 2:7] = 1
    value = as_number(run_answer(answer, mask))
    if isinstance(value, Feedback):
        return value
    if abs(value - 10) < 1e-6:
        return Feedback(False, "That is the number of bins kept. Divide by the number of all bins.")
    if abs(value - 25) < 1e-6:
        return Feedback(
            False, "That is per cent. The course writes areas as shares between 0 and 1."
        )
    if abs(value - 0.25) > 1e-6:
        return Feedback(
            False, f"A mask that keeps 10 of 40 bins has the area 0.25; you return {value:.4g}."
        )
    if as_number(run_answer(answer, torch.ones(1, 1, 4, 10))) != 1.0:
        return Feedback(
            False, "Right for that mask, but a mask that keeps everything must have the area 1."
        )
    return Feedback(
        True,
        "10 of 40 bins are a quarter. `mask.mean()` says it in one word, because kept bins are ones.",
    )


def check_event_start(answer: Callable[[Tensor, int, int], float]) -> Feedback:
    """Exercise 0.2: time in seconds of the first frame that a mask keeps; given mask, hop length
    and sample rate.

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
        value = as_number(run_answer(answer, mask.clone(), hop_length, sample_rate))
        if isinstance(value, Feedback):
            return value
        frame = hop_length / sample_rate
        hints = {
            40: "That is a frame number. A frame comes every hop_length samples, and a second has sample_rate of them.",
            60
            * frame: "Another frequency row starts earlier. Any row counts: take the maximum over frequency first.",
            70
            * frame: "In that frame most rows are kept. The first in which any row is kept is asked for.",
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
