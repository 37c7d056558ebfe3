"""Checks for the exercises of notebook 04: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from audioxai_lite.course.checks import Feedback, as_number, as_tensor_like, near, run_answer

KNOWN = {
    1.0: "That is the precision at the first hit. Go on: every bin of the truth counts.",
    0.4: "That is the share of the truth. It would be the score of a random order.",
    0.45: "You go up from the lowest attribution. Start at the highest.",
    (1 + 1 / 2 + 1 / 3 + 1 / 2 + 2 / 5) / 5: "That is the mean over all bins. Take it over the "
    "bins of the truth only.",
    1.5: "That is the sum over the bins of the truth. Take the mean.",
}


def check_lay_over(answer: Callable[[Tensor, tuple[int, int]], Tensor]) -> Feedback:
    """Exercise 4.1: lay a layer's cells, (batch, 1, time, frequency), over a spectrogram of
    (frequency, time) bins.

    Examples
    --------
    >>> check_lay_over(lambda cells, size: nn.functional.interpolate(cells, size, mode="bilinear"))
    Not yet. The axes are still those of the layer: its time now runs up the frequency axis.
    """
    cells = torch.zeros(1, 1, 7, 2)
    cells[0, 0, 4, 1], cells[0, 0, 1, 0] = 1.0, 0.5  # late and high, and a weaker one early and low
    result = as_tensor_like(
        run_answer(answer, cells.clone(), (64, 251)), torch.empty(1, 1, 64, 251)
    )
    if isinstance(result, Feedback):
        return result

    def stretched(x: Tensor, mode: str = "bilinear") -> Tensor:
        return nn.functional.interpolate(x, (64, 251), mode=mode)

    known = [
        (
            stretched(cells),
            "The axes are still those of the layer: its time now runs up the frequency axis.",
        ),
        (
            stretched(cells.transpose(2, 3), "nearest"),
            "Right place, but in blocks. Interpolate bilinearly.",
        ),
        (
            stretched(cells.transpose(2, 3).flip(2)),
            "Upside down: the first row is the lowest frequency already.",
        ),
        (stretched(cells.transpose(2, 3).flip(3)), "Back to front: time was turned round."),
    ]
    for wrong, hint in known:
        if near(result, wrong):
            return Feedback(False, hint)
    corners = nn.functional.interpolate(
        cells.transpose(2, 3), (64, 251), mode="bilinear", align_corners=True
    )
    if not (near(result, stretched(cells.transpose(2, 3))) or near(result, corners)):
        row, column = divmod(int(result.argmax()), 251)
        text = f"A cell that is late and high should peak in the upper rows around frame 161; yours peaks at row {row}, "
        return Feedback(False, text + f"frame {column}.")
    return Feedback(True, "Time lies along the last axis again, frequency along the one before it.")


def check_average_precision(answer: Callable[[Tensor, Tensor], float]) -> Feedback:
    """Exercise 4.2: average precision of one flat map without equal values, against a flat truth.

    Examples
    --------
    >>> check_average_precision(lambda attribution, truth: truth.mean())
    Not yet. That is the share of the truth. It would be the score of a random order.
    """
    attribution, truth = torch.tensor([0.3, -1.0, 2.0, 0.1, 0.2]), torch.tensor([0.0, 0, 1, 1, 0])
    value = as_number(run_answer(answer, attribution.clone(), truth.clone()))
    if isinstance(value, Feedback):
        return value
    for wrong, hint in KNOWN.items():
        if abs(value - wrong) < 1e-6:
            return Feedback(False, hint)
    if abs(value - 0.75) > 1e-6:
        text = (
            "The bins of the truth turn up first and fourth, with 1 of 1 and 2 of 4 right so far:"
        )
        return Feedback(False, f"{text} the mean is 0.75; you return {value:.4g}.")
    value = as_number(run_answer(answer, torch.arange(10.0), (torch.arange(10) < 2).float()))
    if isinstance(value, Feedback) or abs(value - (1 / 9 + 2 / 10) / 2) > 1e-6:
        return Feedback(
            False, "Right when the first bin is a hit. Try a map that puts the truth last."
        )
    return Feedback(True, "1 of 1, then 2 of 4: the mean is 0.75. Who puts the truth first gets 1.")
