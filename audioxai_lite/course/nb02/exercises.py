"""Checks for the exercises of notebook 02: each says what is right, or what to look at."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .. import checks
from ..checks import answered_number, answered_tensor, compare, exercise, is_hard, near, require


@exercise
def check_masked_loss(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 2.1: mean squared error of hidden bins, from errors and `visible`, both (batch, 1,
    rows, time).

    Examples
    --------
    >>> check_masked_loss(lambda errors, visible: (errors * (1 - visible)).sum())
    Not yet. That is a sum. Divide by the number of hidden bins.
    """
    errors = torch.tensor([[[[4.0, 1.0, 2.0, 9.0, 5.0]]]])
    visible = torch.tensor([[[[1.0, 0.0, 0.0, 1.0, 1.0]]]])
    loss = answered_number(answer, errors, visible)
    known = {
        "That is the mean over all bins. A masked autoencoder is judged on what it could not "
        "see.": 4.2,
        "That is the error of the visible bins, which the network could copy. 1 means visible.": (
            6,
            9,
        ),
        "The right bins, but divided by the number of all bins: the loss would shrink with the "
        "ratio.": 0.6,
        "The right bins, but divided by the number of visible ones.": 1,
        "These are the visible bins, and divided by the number of all bins.": 3.6,
        "That is a sum. Divide by the number of hidden bins.": 3,
    }
    text = "The two hidden bins have errors of 1 and 2, so the loss is 1.5; you return "
    compare(loss, 1.5, known, f"{text}{loss:.4g}.")
    both = torch.cat([errors, errors + 10])
    seen = torch.cat([visible, torch.tensor([[[[1.0, 1.0, 1.0, 0.0, 1.0]]]])])
    try:
        loss = answered_number(answer, both, seen)
    except checks.NotYet as hint:
        raise checks.NotYet(f"Right for one clip, but not for a batch of two. {hint}") from hint
    text = "Right for one clip. In a batch every hidden bin counts the same, whichever clip it is "
    require(near(loss, 22 / 3), f"{text}in.")
    return "Hidden bins only, divided by how many there are."


@exercise
def check_auc(answer: Callable[[np.ndarray, np.ndarray], float]) -> str:
    """Exercise 2.2: area under the ROC curve from the scores of normal and of anomalous clips, by
    comparing pairs.

    Examples
    --------
    >>> check_auc(lambda normal, anomalous: (anomalous[:, None] > normal).sum())
    Not yet. That is the number of pairs in the right order. Divide by the number of all pairs.
    """
    normal, anomalous = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([3.5, 6.0])
    area = answered_number(answer, normal, anomalous)
    by_pairs = "Divide by the number of pairs, normal times anomalous, not by the number of"
    known = {
        "That is the number of pairs in the right order. Divide by the number of all pairs.": 8,
        "That counts pairs in the wrong order: a higher score is more anomalous.": 0.2,
        f"{by_pairs} anomalous clips.": 4,
        f"{by_pairs} normal clips.": 1.6,
        "That is the sum over pairs, divided by the number of clips. Divide by the number of "
        "pairs.": 8 / 7,
    }
    text = "8 of 10 pairs have the anomalous clip above, so the area is 0.8; you return "
    compare(area, 0.8, known, f"{text}{area:.4g}.", 1e-6)
    tied = answered_number(answer, np.array([1.0, 2.0]), np.array([2.0, 2.0]))
    text = "Right without ties. A pair with equal scores counts a half: it is a coin toss."
    require(near(tied, 0.75), text)
    return "8 of 10 pairs, and a tie counts a half. The curve's area is exactly this share."


@exercise
def check_complementary(answer: Callable[[int, int, int, torch.Generator], Tensor]) -> str:
    """Exercise 2.3: random masks, (passes, rows, columns), that hide every patch once, equally many
    in each pass.

    Examples
    --------
    >>> check_complementary(lambda rows, columns, passes, generator: torch.ones(passes, 4, 6))
    Not yet. 24 of 24 patches are never hidden: nobody would have to guess them.
    """
    made = [
        answered_tensor(answer, (3, 4, 6), 4, 6, 3, torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    visible = made[0]
    require(is_hard(visible), "A mask holds ones (visible) and zeros (hidden) only.")
    hidden = 3 - visible.sum(dim=0)  # how often each patch is
    text = "Ones and zeros are swapped: 0 hides, and every patch is hidden once, not shown once."
    require(not (hidden == 2).all(), text)
    never, often = int((hidden == 0).sum()), int((hidden > 1).sum())
    text = f"{never} of 24 patches are never hidden: nobody would have to guess them."
    require(never == 0, text)
    text = f"{often} of 24 patches are hidden more than once. Deal them out like cards."
    require(often == 0, text)
    text = "The passes hide different numbers of patches: 24 patches in 3 passes are 8 each."
    require((visible.sum(dim=(1, 2)) == 16).all(), text)
    checks.require_seeded(*made)
    return "Every patch is hidden once, 8 in each of 3 passes, at random places."
