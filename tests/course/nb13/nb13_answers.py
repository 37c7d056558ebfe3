"""Right and wrong answers to the exercises of notebook 13."""

import torch
from torch.nn import functional

from audioxai_lite.evaluation.equal_area import in_order_of
from audioxai_lite.evaluation.stamp import stamped
from audioxai_lite.sound.levels import apply_mask


def mask_cost(kept, removed, named, mask, price):
    inside = functional.cross_entropy(kept, named)
    p = removed.softmax(dim=1).gather(1, named[:, None])
    return inside - (1 - p).log().mean() + price * mask.mean()


def mask_cost_by_hand(kept, removed, named, mask, price):
    rows = torch.arange(len(named))
    inside = -kept.log_softmax(dim=1)[rows, named]
    outside = -torch.log1p(-removed.softmax(dim=1)[rows, named])
    return float((inside + outside + price * mask.flatten(1).mean(dim=1)).mean())


def own_order(attribution, mask):
    ranks = attribution.argsort().argsort()
    return mask.sort().values[ranks]


def own_order_by_places(attribution, mask):
    laid = torch.empty_like(mask)
    laid[attribution.argsort(descending=True)] = mask.sort(descending=True).values
    return laid


def stamp(network, masks, ground, owners):
    kept = -100 + masks * (ground + 100)
    written, anyway = (network(x).argmax(dim=1) == owners for x in (kept, ground))
    return (written.float() - anyway.float()).mean()


def stamp_by_library(network, masks, ground, owners):
    shares = [stamped(network, m, ground, owners)[0].mean() for m in (masks, 1 + 0 * masks)]
    return float(shares[0] - shares[1])


def stamp_by_counting(network, masks, ground, owners):
    parts = apply_mask(ground, masks)[0], ground
    counts = [(network(part).argmax(dim=1) == owners).sum().item() for part in parts]
    return (counts[0] - counts[1]) / len(owners)


RIGHT = {
    "check_loss": [
        mask_cost,
        mask_cost_by_hand,
        lambda kept, removed, named, mask, price: mask_cost(
            kept, removed, named, mask, price
        ).item(),
    ],
    "check_own_order": [
        own_order,
        own_order_by_places,
        lambda attribution, mask: in_order_of(
            attribution[None, None, None], mask[None, None, None]
        ).flatten(),
    ],
    "check_stamp": [stamp, stamp_by_library, stamp_by_counting],
}

WRONG = {
    "check_loss": [
        (lambda kept, removed, named, mask, price: price * mask.mean(), "answers are missing"),
        (
            lambda kept, removed, named, mask, price: (
                functional.cross_entropy(kept, named)
                - functional.cross_entropy(removed, named)
                + price * mask.mean()
            ),
            "has no bound",
        ),
        (
            lambda kept, removed, named, mask, price: mask_cost(kept, removed, named, mask, 0.0),
            "Area costs nothing",
        ),
        (lambda kept, removed, named, mask, price: mask, "One number is expected"),
    ],
    "check_own_order": [
        (lambda attribution, mask: mask, "That is the mask itself"),
        (lambda attribution, mask: own_order(-attribution, mask), "turned round"),
        (lambda attribution, mask: mask.sort(descending=True).values, "the values in order"),
        (
            lambda attribution, mask: mask.sort(descending=True).values[
                attribution.argsort(descending=True)
            ],
            "the *rank* of each bin",
        ),
    ],
    "check_stamp": [
        (
            lambda network, masks, ground, owners: stamped(network, masks, ground, owners)[
                0
            ].mean(),
            "without any mask",
        ),
        (
            lambda network, masks, ground, owners: (
                (network(ground * masks).argmax(dim=1) == owners).float().mean()
                - (network(ground).argmax(dim=1) == owners).float().mean()
            ),
            "Multiplied decibels",
        ),
        (
            lambda network, masks, ground, owners: -stamp(network, masks, ground, owners),
            "other way",
        ),
        (lambda network, masks, ground, owners: masks, "One number is expected"),
    ],
}
