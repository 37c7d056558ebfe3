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


def off_by(attribution, network, values, target, baseline):
    due = (network(values) - network(baseline))[0, target]
    return (attribution.sum() - due) / due


RIGHT = {
    "check_off_by": [
        off_by,
        lambda *inputs: float(off_by(*inputs)),
        lambda attribution, network, values, target, baseline: (
            attribution.sum()
            / (network(values).squeeze(0)[target] - network(baseline).squeeze(0)[target])
            - 1
        ),
    ],
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


def due_of(network, values, target, baseline):
    return (network(values) - network(baseline))[0, target]


WRONG = {
    "check_off_by": [
        (lambda a, *asked: a.sum() - due_of(*asked), "Divide it by"),
        (lambda a, network, x, c, b: a.sum() / network(x)[0, c] - 1, "have already"),
        (lambda a, *asked: a.sum() / due_of(*asked), "far is it from 1"),
        (lambda a, *asked: (a.sum() - due_of(*asked)) / a.sum(), "not by the sum"),
        (lambda *inputs: -off_by(*inputs), "sign is turned"),
        (lambda a, *asked: off_by(a.abs(), *asked), "You sum sizes"),
        (lambda a, network, x, c, b: off_by(a, network, x, 0, b), "column of"),
        (
            lambda a, network, *asked: off_by(a, lambda x: network(x).softmax(dim=1), *asked),
            "You compare with probabilities",
        ),
        (lambda *inputs: off_by(*inputs).abs(), "too little it is below 0"),
        (lambda a, *asked: off_by(a.mean(), *asked), "you return"),
        (lambda a, network, *asked: network(a), "One number is expected"),
    ],
    "check_lay_over": [
        (stretch, "still those of the layer"),
        (lambda cells, shape: stretch(cells.transpose(2, 3), shape, "nearest"), "in blocks"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(2), shape), "Upside down"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(3), shape), "Back to front"),
        (lambda cells, shape: stretch(cells.reshape(1, 1, 2, 7), shape), "Reshaping only"),
        (lambda cells, shape: -stretch(cells.transpose(2, 3), shape), "yours peaks at row"),
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
