"""Right and wrong answers to the exercises of notebook 02; the wrong ones with part of the hint."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score


def masked_loss(errors, visible):
    return (errors * (1 - visible)).sum() / (1 - visible).sum()


def auc_by_loop(normal, anomalous):
    wins = [(a > n) + 0.5 * (a == n) for a in anomalous for n in normal]
    return sum(wins) / len(wins)


def complementary(rows, columns, passes, generator):
    hidden_in = torch.randperm(rows * columns, generator=generator).reshape(rows, columns) % passes
    return (hidden_in != torch.arange(passes)[:, None, None]).float()


def independent(rows, columns, passes, generator):
    """Each pass hides a third, whatever the others hide."""
    hidden = (
        torch.rand(passes, rows * columns, generator=generator).argsort(dim=1)
        < rows * columns // passes
    )
    return 1 - hidden.float().reshape(passes, rows, columns)


def uneven(rows, columns, passes, generator):
    hidden_in = torch.randint(passes, (rows, columns), generator=generator)
    return (hidden_in != torch.arange(passes)[:, None, None]).float()


RIGHT = {
    "check_masked_loss": [
        masked_loss,
        lambda errors, visible: errors[visible == 0].mean(),
        lambda errors, visible: torch.where(visible > 0, torch.nan, errors).nanmean().item(),
    ],
    "check_auc": [
        auc_by_loop,
        lambda n, a: (a[:, None] > n).mean() + (a[:, None] == n).mean() / 2,
        lambda n, a: roc_auc_score(np.r_[0 * n, 0 * a + 1], np.r_[n, a]),
    ],
    "check_complementary": [
        complementary,
        lambda *inputs: complementary(*inputs).int(),
        lambda *inputs: complementary(*inputs).bool(),
    ],
}

WRONG = {
    "check_masked_loss": [
        (lambda errors, visible: errors.mean(), "mean over all bins"),
        (lambda errors, visible: errors[visible == 1].mean(), "1 means visible"),
        (lambda errors, visible: (errors * (1 - visible)).mean(), "shrink with the ratio"),
        (lambda errors, visible: (errors * visible).mean(), "visible bins, and divided"),
        (
            lambda errors, visible: (errors * (1 - visible)).sum() / visible.sum(),
            "by the number of visible ones",
        ),
        (lambda errors, visible: (errors * (1 - visible)).sum(), "That is a sum"),
        (lambda errors, visible: errors[visible == 0].max(), "you return 2"),
        (
            lambda errors, visible: (errors * (1 - visible)).sum((1, 2, 3)).div(2).mean(),
            "Right for one clip",
        ),
        (
            lambda errors, visible: masked_loss(errors.view(5), visible.view(5)),
            "a batch of two. Your function stopped",
        ),
        (lambda errors, visible: errors, "One number is expected"),
    ],
    "check_auc": [
        (lambda n, a: (a[:, None] > n).sum(), "Divide by the number of all pairs"),
        (lambda n, a: (a[:, None] < n).mean(), "pairs in the wrong order"),
        (lambda n, a: (a[:, None] > n).sum() / len(a), "not by the number of anomalous clips"),
        (lambda n, a: (a[:, None] > n).sum() / len(n), "not by the number of normal clips"),
        (lambda n, a: (a[:, None] > n).sum() / (len(n) + len(a)), "divided by the number of clips"),
        (lambda n, a: (a[:, None] > n).mean(), "Right without ties"),
        (lambda n, a: (a[:, None] >= n).mean(), "Right without ties"),
        (lambda n, a: a.mean() - n.mean(), "you return 1.75"),
        (lambda n, a: a.max() > n.max(), "you return 1"),
        (lambda n, a: a[:, None] > n, "One number is expected"),
    ],
    "check_complementary": [
        (independent, "never hidden"),
        (uneven, "different numbers of patches"),
        (lambda *inputs: 1 - complementary(*inputs), "Ones and zeros are swapped"),
        (lambda *inputs: torch.zeros(3, 4, 6), "hidden more than once"),
        (lambda *inputs: torch.ones(3, 4, 6), "24 of 24 patches are never hidden"),
        (lambda *inputs: 0.5 * complementary(*inputs), "ones (visible) and zeros (hidden) only"),
        (
            lambda rows, columns, passes, g: complementary(rows, columns, passes, None),
            "generator=generator",
        ),
        (
            lambda rows, columns, passes, g: complementary(
                4, 6, 3, torch.Generator().manual_seed(0)
            ),
            "Another seed",
        ),
        (
            lambda *inputs: complementary(*inputs).transpose(1, 2),
            "tensor of shape (3, 4, 6) is expected",
        ),
    ],
}
