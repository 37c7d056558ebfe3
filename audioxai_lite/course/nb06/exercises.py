"""Checks for the exercises of notebook 06: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from .. import checks
from ..checks import (
    answered_number,
    answered_tensor,
    compare,
    exercise,
    is_hard,
    listed_in_hint,
    require,
)


@exercise
def check_average_drop(answer: Callable[[Tensor, Tensor], float]) -> str:
    """Exercise 6.1: AD in per cent, from the class's probability for each clip and for what the
    mask keeps of it.

    Examples
    --------
    >>> check_average_drop(lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean())
    Not yet. Divide each drop by the clip's own probability, before the mean.
    """
    clean, kept = torch.tensor([0.8, 0.5, 0.2, 0.9]), torch.tensor([0.5, 0.6, 0.05, 0.9])
    drop = answered_number(answer, clean, kept)
    change = clean - kept
    lost, gained = change.clamp(min=0), (-change).clamp(min=0)
    right, total = 100 * (lost / clean).mean(), clean.sum()
    known = {
        "Right as a share; per cent is asked for.": right / 100,
        "Divide each drop by the clip's own probability, before the mean.": 100 * lost.mean(),
        "A gain makes up for a drop in yours. It should count as 0.": 100 * (change / clean).mean(),
        "That is a ratio of means. Divide clip by clip first.": 100 * lost.sum() / total,
        "That is a ratio of means, less the gains. Go clip by clip.": 100 * change.sum() / total,
        "That counts the gains. The drops are asked for.": 100 * (gained / clean).mean(),
        "That is the sum over the clips. Take the mean.": 4 * right,
    }
    text = f"Of these four clips it is {right:.2f} %, and yours is {drop:.2f}."
    compare(drop, right, known, text)
    return f"{right:.2f} %: two clips lose, one gains and counts as 0, one stays."


@exercise
def check_random_like(answer: Callable[[Tensor, torch.Generator], Tensor]) -> str:
    """Exercise 6.2: for each clip a random mask with as many ones as the given one, drawn with the
    generator.

    Examples
    --------
    >>> check_random_like(lambda mask, generator: mask)
    Not yet. Another seed should give another result: draw at random, with the generator.
    """
    mask = torch.zeros(3, 1, 6, 10)
    mask[0, 0, :2], mask[1, 0, 4], mask[2, 0, 0, :3] = 1, 1, 1
    wanted = mask.sum(dim=(1, 2, 3))
    drawn = []
    for seed in (0, *range(40)):
        drawn.append(answered_tensor(answer, mask.shape, mask, torch.Generator().manual_seed(seed)))
        require(is_hard(drawn[-1]), "A mask of zeros and ones is asked for.")
        kept = drawn[-1].sum(dim=(1, 2, 3))
        text = f"The clips keep {listed_in_hint(wanted, '.0f')} bins, "
        text += f"and yours {listed_in_hint(kept, '.0f')}. "
        require(torch.equal(kept, wanted), f"{text}Of equal area, clip by clip.")
    checks.require_seeded(*drawn[:3])
    together = torch.stack(drawn[1:])
    share = together.mean(dim=0)
    expected = mask.mean(dim=(1, 2, 3), keepdim=True)
    # Forty draws of a share p have a standard error of sqrt(p (1 - p) / 40); five of them are never
    # met by chance.
    bound = 5 * (expected * (1 - expected) / 40).sqrt() + 1e-6
    text = "Some bins are kept more often than others: shuffle all bins of a clip, over both axes."
    require(((share - expected).abs() <= bound).all(), text)
    # Of the first clip, shuffled, a bin and the next are both kept in 11 % of all places; of whole
    # rows in 33 %.
    neighbours = (together[:, 0, ..., 1:] * together[:, 0, ..., :-1]).mean()
    text = "Neighbours stay together in yours: shuffle the bins one by one, not rows or stretches."
    require(neighbours <= 0.16, text)
    return "As large, and knowing nothing: the mask that every explanation has to beat."


@exercise
def check_overall(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 6.3: one number a mask, from scores (masks, metrics) and, for each metric, whether
    higher is better: the geometric mean of shares between the worst and the best of the table.

    Examples
    --------
    >>> check_overall(lambda scores, higher_is_better: scores.mean(dim=1))
    Not yet. Metrics have different units: scale each of them to [0, 1] first, over the masks.
    """
    scores = torch.tensor(
        [[0.9, 60.0, 0.1], [0.5, 20.0, 0.6], [0.3, 30.0, 0.9], [0.8, 90.0, 0.8], [0.2, 10.0, 0.5]]
    )
    higher = torch.tensor([True, False, True])
    overall = answered_tensor(answer, (len(scores),), scores, higher)
    low, high = scores.amin(dim=0), scores.amax(dim=0)
    unturned = (scores - low) / (high - low)
    shares = torch.where(higher, unturned, 1 - unturned)
    right = shares.prod(dim=1) ** (1 / 3)
    whole = (scores - scores.min()) / (scores.max() - scores.min())
    known: checks.Known = {
        "Metrics have different units: scale each of them to [0, 1] first, over the masks.": (
            scores.mean(dim=1),
            scores.prod(dim=1) ** (1 / 3),
        ),
        "Of the second metric less is better: turn its share round, 1 - share.": (
            unturned.prod(dim=1) ** (1 / 3),
            unturned.prod(dim=1) ** (1 / 7),
            unturned.mean(dim=1),
        ),
        "You turned the wrong ones round: True says that higher is better.": (
            (1 - shares).prod(dim=1) ** (1 / 3)
        ),
        "That is the arithmetic mean: a mask that is worst in one metric would still do well.": (
            shares.mean(dim=1)
        ),
        "That is the product. The geometric mean is its root: of three metrics the third.": (
            shares.prod(dim=1),
            shares.prod(dim=1).sqrt(),
        ),
        "The root goes with the number of metrics. Here they are three: `scores.shape[1]`.": (
            shares.prod(dim=1) ** (1 / 7),
            shares.prod(dim=1) ** (1 / 5),
        ),
        "Scale each metric by its own worst and best, over the masks: `dim=0`.": (
            whole.mean(dim=1),
            whole.prod(dim=1) ** (1 / 3),
            torch.where(higher, whole, 1 - whole).prod(dim=1) ** (1 / 3),
        ),
        "Scale between the lowest and the highest value: that of the lowest is 0.": (
            torch.where(higher, scores / high, 1 - scores / high).prod(dim=1) ** (1 / 3)
        ),
    }
    text = f"Of these masks it is {listed_in_hint(right, '.2f')}, and yours is "
    compare(overall, right, known, f"{text}{listed_in_hint(overall, '.2f')}.")
    return "The winner is the second mask, which is best in nothing; three are worst in one metric."
