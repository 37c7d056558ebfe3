"""Right and wrong answers to the exercises of notebook 04; the wrong ones with part of the hint."""

import torch
from sklearn.metrics import average_precision_score, roc_auc_score


def stretch(cells, shape, mode="bilinear", **options):
    return torch.nn.functional.interpolate(cells, shape, mode=mode, **options)


def average_precision_by_hand(attribution, truth):
    hits = truth[attribution.argsort(descending=True)]
    share = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return share[hits == 1].mean()


def precision_at_each(attribution, truth):
    hits = truth[attribution.argsort(descending=True)]
    return hits, hits.cumsum(0) / torch.arange(1, len(hits) + 1)


RIGHT = {
    "check_lay_over": [
        lambda cells, shape: stretch(cells.transpose(2, 3), shape),
        lambda cells, shape: stretch(cells.permute(0, 1, 3, 2), shape, align_corners=True),
        lambda cells, shape: stretch(cells, shape[::-1]).mT,
    ],
    "check_average_precision": [
        average_precision_by_hand,
        lambda attribution, truth: average_precision_score(truth, attribution),
        lambda attribution, truth: average_precision_by_hand(attribution, truth).double(),
    ],
}

WRONG = {
    "check_lay_over": [
        (stretch, "still those of the layer"),
        (lambda cells, shape: stretch(cells.transpose(2, 3), shape, "nearest"), "in blocks"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(2), shape), "Upside down"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(3), shape), "Back to front"),
        (lambda cells, shape: stretch(cells.reshape(1, 1, 2, 7), shape), "yours peaks at row"),
        (lambda cells, shape: cells.transpose(2, 3), "is expected"),
    ],
    "check_average_precision": [
        (lambda attribution, truth: 1.0, "precision at the first hit"),
        (lambda attribution, truth: truth.mean(), "the share of the truth"),
        (lambda attribution, truth: average_precision_by_hand(-attribution, truth), "Start at"),
        (lambda *inputs: precision_at_each(*inputs)[1].mean(), "mean over all bins"),
        (lambda *inputs: average_precision_by_hand(*inputs) * 2, "Take the mean"),
        (lambda *inputs: 0.75, "puts the truth last"),
        (lambda attribution, truth: roc_auc_score(truth, attribution), "you return 0.6667"),
        (lambda attribution, truth: truth, "One number is expected"),
    ],
}
