"""Checks for the exercises of notebook 02: each says what is right, or what to look at."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_number, as_tensor_like, run_answer, seeded


def check_masked_loss(answer: Callable[[Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 2.1: mean squared error of hidden bins, from errors and `visible`, both (batch, 1,
    rows, time).

    Examples
    --------
    >>> check_masked_loss(lambda errors, visible: errors.mean())
    Not yet. That is the mean over all bins. A masked autoencoder is judged on what it could not see.
    """
    errors, visible = (
        torch.tensor([[[[4.0, 1.0, 2.0, 9.0]]]]),
        torch.tensor([[[[1.0, 0.0, 0.0, 1.0]]]]),
    )
    value = as_number(run_answer(answer, errors.clone(), visible.clone()))
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
            False,
            f"The two hidden bins have errors of 1 and 2, so the loss is 1.5; you return {value:.4g}.",
        )
    two = (
        torch.cat([errors, errors + 10]),
        torch.cat([visible, torch.tensor([[[[1.0, 1.0, 1.0, 0.0]]]])]),
    )
    value = as_number(run_answer(answer, *two))
    if isinstance(value, Feedback):
        return Feedback(False, f"Right for one clip, but not for a batch of two. {value.text}")
    if abs(value - 22 / 3) > 1e-3:
        return Feedback(
            False,
            "Right for one clip. In a batch every hidden bin counts the same, whichever clip it is in.",
        )
    return Feedback(True, "Hidden bins only, divided by how many there are.")


def check_auc(answer: Callable[[np.ndarray, np.ndarray], float]) -> Feedback:
    """Exercise 2.2: area under the ROC curve from the scores of normal and of anomalous clips, by
    comparing pairs.

    Examples
    --------
    >>> check_auc(lambda normal, anomalous: (anomalous[:, None] > normal).sum())
    Not yet. That is the number of pairs in the right order. Divide by the number of all pairs.
    """
    normal, anomalous = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([3.5, 6.0])
    value = as_number(run_answer(answer, normal.copy(), anomalous.copy()))
    if isinstance(value, Feedback):
        return value
    known = {
        8.0: "That is the number of pairs in the right order. Divide by the number of all pairs.",
        0.2: "That counts pairs in the wrong order: a higher score is more anomalous.",
        4.0: "Divide by the number of pairs, normal times anomalous, not by the number of anomalous clips.",
        1.6: "Divide by the number of pairs, normal times anomalous, not by the number of normal clips.",
        8
        / 7: "That is the sum over pairs, divided by the number of clips. Divide by the number of pairs.",
    }
    for wrong, hint in known.items():
        if abs(value - wrong) < 1e-6:
            return Feedback(False, hint)
    if abs(value - 0.8) > 1e-6:
        return Feedback(
            False,
            f"8 of 10 pairs have the anomalous clip above, so the area is 0.8; you return {value:.4g}.",
        )
    tied = as_number(run_answer(answer, np.array([1.0, 2.0]), np.array([2.0, 2.0])))
    if isinstance(tied, Feedback) or abs(tied - 0.75) > 1e-6:
        return Feedback(
            False, "Right without ties. A pair with equal scores counts a half: it is a coin toss."
        )
    return Feedback(
        True, "8 of 10 pairs, and a tie counts a half. The curve's area is exactly this share."
    )


def check_complementary(answer: Callable[[int, int, int, torch.Generator], Tensor]) -> Feedback:
    """Exercise 2.3: random masks, (passes, rows, columns), that hide every patch once, equally many
    in each pass.

    Examples
    --------
    >>> check_complementary(lambda rows, columns, passes, generator: torch.ones(passes, rows, columns))
    Not yet. 24 of 24 patches are never hidden: nobody would have to guess them.
    """
    made = []
    for seed in (0, 0, 1):
        result = run_answer(answer, 4, 6, 3, torch.Generator().manual_seed(seed))
        result = as_tensor_like(result, torch.empty(3, 4, 6))
        if isinstance(result, Feedback):
            return result
        made.append(result)
    visible = made[0]
    if not ((visible == 0) | (visible == 1)).all():
        return Feedback(False, "A mask holds ones (visible) and zeros (hidden) only.")
    hidden = (1 - visible).sum(dim=0)
    if (hidden == 2).all() and (visible.sum(dim=0) == 1).all():
        return Feedback(
            False,
            "Ones and zeros are swapped: 0 hides, and every patch is hidden once, not shown once.",
        )
    if (hidden == 0).any():
        return Feedback(
            False,
            f"{int((hidden == 0).sum())} of 24 patches are never hidden: nobody would have to guess them.",
        )
    if (hidden > 1).any():
        return Feedback(
            False,
            f"{int((hidden > 1).sum())} of 24 patches are hidden more than once. Deal them out like cards.",
        )
    if len(set((1 - visible).sum(dim=(1, 2)).tolist())) > 1:
        return Feedback(
            False,
            "The passes hide different numbers of patches: 24 patches in 3 passes are 8 each.",
        )
    if (ignored := seeded(*made)) is not None:
        return ignored
    return Feedback(True, "Every patch is hidden once, 8 in each of 3 passes, at random places.")
