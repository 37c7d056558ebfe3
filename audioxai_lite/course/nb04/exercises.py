"""Checks for the exercises of notebook 04: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..checks import answered_number, answered_tensor, compare, exercise, near, require


@exercise
def check_lay_over(answer: Callable[[Tensor, tuple[int, int]], Tensor]) -> str:
    """Exercise 4.1: lay a layer's cells, (batch, 1, time, frequency), over a spectrogram of
    (frequency, time) bins.

    Examples
    --------
    >>> check_lay_over(lambda cells, size: nn.functional.interpolate(cells, size, mode="bilinear"))
    Not yet. The axes are still those of the layer: its time now runs up the frequency axis.
    """
    size = (64, 251)
    cells = torch.zeros(1, 1, 7, 2)
    cells[0, 0, 4, 1], cells[0, 0, 1, 0] = 1.0, 0.5  # late and high, and a weaker one early and low
    laid = answered_tensor(answer, (1, 1, *size), cells, size)

    def stretched(x: Tensor, mode: str = "bilinear", **options) -> Tensor:
        return nn.functional.interpolate(x, size, mode=mode, **options)

    turned = cells.transpose(2, 3)
    known = {
        "The axes are still those of the layer: its time now runs up the frequency "
        "axis.": stretched(cells),
        "Right place, but in blocks. Interpolate bilinearly.": stretched(turned, "nearest"),
        "Upside down: the first row is the lowest frequency already.": stretched(turned.flip(2)),
        "Back to front: time was turned round.": stretched(turned.flip(3)),
    }
    row, column = divmod(int(laid.argmax()), 251)
    text = "A cell that is late and high should peak in the upper rows around frame 161; yours "
    if not near(laid, stretched(turned, align_corners=True)):
        compare(laid, stretched(turned), known, f"{text}peaks at row {row}, frame {column}.")
    return "Time lies along the last axis again, frequency along the one before it."


@exercise
def check_average_precision(answer: Callable[[Tensor, Tensor], float]) -> str:
    """Exercise 4.2: average precision of one flat map without equal values, against a flat truth.

    Examples
    --------
    >>> check_average_precision(lambda attribution, truth: truth.mean())
    Not yet. That is the share of the truth. It would be the score of a random order.
    """
    attribution, truth = torch.tensor([0.3, -1.0, 2.0, 0.1, 0.2]), torch.tensor([0.0, 0, 1, 1, 0])
    precision = answered_number(answer, attribution, truth)
    over_all = (1 + 1 / 2 + 1 / 3 + 1 / 2 + 2 / 5) / 5
    known = {
        "That is the precision at the first hit. Go on: every bin of the truth counts.": 1,
        "That is the share of the truth. It would be the score of a random order.": 0.4,
        "You go up from the lowest attribution. Start at the highest.": 0.45,
        "That is the mean over all bins. Take it over the bins of the truth only.": over_all,
        "That is the sum over the bins of the truth. Take the mean.": 1.5,
    }
    text = "The bins of the truth turn up first and fourth, with 1 of 1 and 2 of 4 right so far: "
    text += f"the mean is 0.75; you return {precision:.4g}."
    compare(precision, 0.75, known, text, 1e-6)
    precision = answered_number(answer, torch.arange(10.0), (torch.arange(10) < 2).float())
    text = "Right when the first bin is a hit. Try a map that puts the truth last."
    require(near(precision, (1 / 9 + 2 / 10) / 2, 1e-6), text)
    return "1 of 1, then 2 of 4: the mean is 0.75. Who puts the truth first gets 1."
