"""Checks for the exercises of notebook 06: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import (
    Feedback,
    as_number,
    as_tensor_like,
    run_answer,
    seeded,
)


def check_average_drop(answer: Callable[[Tensor, Tensor], float]) -> Feedback:
    """Exercise 6.1: AD in per cent, from the class's probability for each clip and for what the
    mask keeps of it.

    Examples
    --------
    >>> check_average_drop(lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean())
    Not yet. Divide each drop by the clip's own probability, before the mean.
    """
    clean, kept = torch.tensor([0.8, 0.5, 0.2, 0.9]), torch.tensor([0.5, 0.6, 0.05, 0.9])
    value = as_number(run_answer(answer, clean.clone(), kept.clone()))
    if isinstance(value, Feedback):
        return value
    drop = (clean - kept).clamp(min=0)
    right = 100 * (drop / clean).mean().item()
    known = [
        (right / 100, "Right as a share; per cent is asked for."),
        (
            100 * drop.mean().item(),
            "Divide each drop by the clip's own probability, before the mean.",
        ),
        (
            100 * ((clean - kept) / clean).mean().item(),
            "A gain makes up for a drop in yours. It should count as 0.",
        ),
        (
            100 * (drop.sum() / clean.sum()).item(),
            "That is a ratio of means. Divide clip by clip first.",
        ),
        (
            100 * (1 - kept.sum() / clean.sum()).item(),
            "That is a ratio of means, less the gains. Go clip by clip.",
        ),
        (
            100 * ((kept - clean).clamp(min=0) / clean).mean().item(),
            "That counts the gains. The drops are asked for.",
        ),
        (100 * (drop / clean).sum().item(), "That is the sum over the clips. Take the mean."),
    ]
    if abs(value - right) < 1e-3:
        return Feedback(
            True, f"{right:.2f} %: two clips lose, one gains and counts as 0, one stays."
        )
    for wrong, hint in known:
        if abs(value - wrong) < 1e-3:
            return Feedback(False, hint)
    return Feedback(False, f"Of these four clips it is {right:.2f} %, and yours is {value:.2f}.")


def check_random_like(answer: Callable[[Tensor, torch.Generator], Tensor]) -> Feedback:
    """Exercise 6.2: for each clip a random mask with as many ones as the given one, drawn with the
    generator.

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
        result = as_tensor_like(
            run_answer(answer, mask.clone(), torch.Generator().manual_seed(seed)), mask
        )
        if isinstance(result, Feedback):
            return result
        if not ((result == 0) | (result == 1)).all():
            return Feedback(False, "A mask of zeros and ones is asked for.")
        kept = result.sum(dim=(1, 2, 3)).tolist()
        if kept != wanted:
            mine, theirs = (", ".join(f"{x:.0f}" for x in numbers) for numbers in (kept, wanted))
            return Feedback(
                False,
                f"The clips keep {theirs} bins, and yours {mine}. Of equal area, clip by clip.",
            )
        drawn.append(result)
    if (ignored := seeded(*drawn[:3])) is not None:
        return ignored
    together = torch.stack(drawn[1:])
    share = together.mean(dim=0)
    expected = mask.mean(dim=(1, 2, 3), keepdim=True)
    # Forty draws of a share p have a standard error of sqrt(p (1 - p) / 40); five of them are never
    # met by chance.
    if ((share - expected).abs() > 5 * (expected * (1 - expected) / 40).sqrt() + 1e-6).any():
        return Feedback(
            False,
            "Some bins are kept more often than others: shuffle all bins of a clip, over both axes.",
        )
    # Of the first clip, shuffled, a bin and the next are both kept in 11 % of all places; of whole
    # rows in 33 %.
    if (together[:, 0, ..., 1:] * together[:, 0, ..., :-1]).mean() > 0.16:
        return Feedback(
            False,
            "Neighbours stay together in yours: shuffle the bins one by one, not rows or stretches.",
        )
    return Feedback(
        True, "As large, and knowing nothing: the mask that every explanation has to beat."
    )
