"""Checks for the exercises of notebook 04: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..checks import answered_number, answered_tensor, compare, exercise, near, require


@exercise
def check_off_by(answer: Callable[..., float]) -> str:
    """Exercise 4.1: how far the sum of a map is off, as a share of what the network gained.

    Examples
    --------
    >>> check_off_by(lambda attribution, network, values, target, baseline: 3.0)
    Not yet. That is the difference itself. Divide it by what is due.
    """

    def network(x: Tensor) -> Tensor:
        level = x.sum(dim=(1, 2, 3))
        return torch.stack([level, level.square()], dim=1)

    values, baseline = torch.tensor([[[[1.0, 2], [0, 1]]]]), torch.tensor([[[[1.0, 0], [0, 0]]]])
    attribution = torch.tensor([[[[10.0, 9], [-3, 2]]]])  # sums to 18, and 16 - 1 are due
    off = answered_number(answer, attribution, network, values, 1, baseline)
    known = {
        "That is the difference itself. Divide it by what is due.": (3, -3),
        "Compared with the logit of the clip alone. What did the baseline have already?": 2 / 16,
        "That is the sum over what is due; how far is it from 1?": 18 / 15,
        "Divide by what is due, not by the sum of the map.": (3 / 18, -3 / 18),
        "The sign is turned: a map that hands out too much is above 0.": -3 / 15,
        "You sum sizes. What speaks against is taken off.": 9 / 15,
        "That is another class. Take the column of `target`.": (18 - 3) / 3,
        "You compare with probabilities. The map explains the logit.": (18 - 0.5) / 0.5,
    }
    text = "The map sums to 18, and the logit of class 1 rises from 1 to 16: that is 0.2 too much; "
    compare(off, 3 / 15, known, f"{text}you return {off:.4g}.")
    off = answered_number(answer, attribution - 1.5, network, values, 1, baseline)
    require(near(off, -0.2), "Right for a map with too much. With too little it is below 0.")
    return "Now you can ask any map that is said to add up whether it does."


@exercise
def check_lay_over(answer: Callable[[Tensor, tuple[int, int]], Tensor]) -> str:
    """Exercise 4.3: lay a layer's cells, (batch, 1, time, frequency), over a spectrogram of
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
        "Reshaping only reads the cells in rows of another length. Swap the two axes.": stretched(
            cells.reshape(1, 1, 2, 7)
        ),
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
