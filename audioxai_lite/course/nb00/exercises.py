"""Checks for the exercises of notebook 00: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from ..checks import answered_number, answered_tensor, compare, exercise, first_hint, require


@exercise
def check_area(answer: Callable[[Tensor], float]) -> str:
    """Exercise 0.1: the share of bins that a mask, shape (1, 1, frequency, time), keeps.

    Examples
    --------
    >>> check_area(lambda mask: mask.sum())
    Not yet. That is the number of bins kept. Divide by the number of all bins.
    """
    mask = torch.zeros(1, 1, 4, 10)
    mask[..., 1:3, 2:7] = 1
    area = answered_number(answer, mask)
    known = {
        "That is the number of bins kept. Divide by the number of all bins.": 10,
        "That is per cent. The course writes areas as shares between 0 and 1.": 25,
    }
    text = f"A mask that keeps 10 of 40 bins has the area 0.25; you return {area:.4g}."
    compare(area, 0.25, known, text, 1e-6)
    text = "Right for that mask, but a mask that keeps everything must have the area 1."
    require(answered_number(answer, torch.ones(1, 1, 4, 10)) == 1, text)
    text = "10 of 40 bins are a quarter. `mask.mean()` says it in one word, because kept bins are"
    return f"{text} ones."


@exercise
def check_event_start(answer: Callable[[Tensor, int, int], float]) -> str:
    """Exercise 0.2: time in seconds of the first frame that a mask keeps; given mask, hop length
    and sample rate.

    Examples
    --------
    >>> check_event_start(lambda mask, hop_length, sample_rate: 0.1)
    Not yet. Frame 40 at 320 samples a frame and 16000 samples a second is 0.8 s; you return 0.1.
    """
    mask = torch.zeros(1, 1, 8, 100)
    mask[..., 2, 60:80] = mask[..., 5, 40:75] = mask[..., 6, 70:75] = 1
    frame_number = "A frame comes every hop_length samples, and a second has sample_rate of them."
    most_rows = "In that frame most rows are kept."
    other_row = "Any row counts: take the maximum over frequency first."
    for hop_length, sample_rate in ((320, 16_000), (512, 8_000)):
        start = answered_number(answer, mask, hop_length, sample_rate)
        frame = hop_length / sample_rate
        known = {
            f"That is a frame number. {frame_number}": 40,
            f"Another frequency row starts earlier. {other_row}": 60 * frame,
            f"{most_rows} The first in which any row is kept is asked for.": 70 * frame,
            "That looks like a frequency row. Time is the last axis.": (2, 2 * frame),
        }
        text = f"Frame 40 at {hop_length} samples a frame and {sample_rate} samples a second is"
        text = f"{text} {40 * frame:g} s; you return {start:.4g}."
        compare(start, 40 * frame, known, text, 1e-6)
    return "Frame 40 × 320 samples ÷ 16000 samples a second = 0.8 s."


@exercise
def check_ground_truth(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 0.3: the ground-truth mask from the decibels of a clip, those of its clean twin, and
    a threshold.

    Examples
    --------
    >>> check_ground_truth(lambda faulty, twin, threshold: faulty - twin > threshold)
    Not yet. You mark what the fault added. What it took away is missing: where is the drop-out?
    """
    twin = torch.tensor([10.0, 10.0, 10.0, 10.0, 10.0, -60.0]).reshape(1, 1, 2, 3)
    change = torch.tensor([0.0, 2.0, 5.0, -4.0, -20.0, 60.0]).reshape(1, 1, 2, 3)
    for threshold in (3.0, 4.5):
        mask = answered_tensor(answer, twin.shape, twin + change, twin, threshold).float()
        missing = "What it took away is missing: where is the drop-out?"
        other = "You mark what the fault took away. What it added is missing: where is the knock?"
        known = {
            f"You mark what the fault added. {missing}": (change > threshold).float(),
            other: (change < -threshold).float(),
            "That is the difference in decibels. A mask says yes or no: 1 or 0.": change,
            "That is the size of the difference. A mask says yes or no: 1 or 0.": change.abs(),
            "Turned round: 1 is for what the fault changed.": (change.abs() <= threshold).float(),
            "Every bin that differs at all is marked. Only changes above the threshold count.": (
                change != 0
            ).float(),
        }
        first_hint(mask, known)
        if threshold == 4.5:
            text = "Right for 3 dB. Use the threshold that you are given: it may be another."
            first_hint(mask, {text: (change.abs() > 3).float()})
        right = (change.abs() > threshold).float()
        text = f"Changes of {change.flatten().tolist()} dB and a threshold of {threshold:g} dB "
        text += f"give {right.flatten().tolist()}; you return {mask.flatten().tolist()}."
        require(torch.equal(mask, right), text)
    return "What came and what went both count. That is how every outline of this course is drawn."
