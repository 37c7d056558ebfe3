"""Right and wrong answers to the exercises of notebook 10."""

import torch

from audioxai_lite.attribution.manipulation import manipulate_values

CLIP = (1, 2, 3)


def loss(maps, wanted, before, after):
    apart = (maps - wanted).square().mean(dim=CLIP)
    return apart / wanted.var(dim=CLIP) + (after - before).square().mean(dim=1)


def limited(change, sound, decibels):
    allowed = sound.square().mean(dim=1, keepdim=True) * 10 ** (-decibels / 10)
    power = change.square().mean(dim=1, keepdim=True)
    return change * (allowed / power).clamp(max=1).sqrt()


def broken(network, values, wanted):
    return manipulate_values(network, values, wanted, budget=2.0, steps=60, betas=None)


RIGHT = {
    "check_manipulation_loss": [loss],
    "check_limited": [limited],
    "check_broken_defence": [broken],
}

WRONG = {
    "check_manipulation_loss": [
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().mean(dim=CLIP) + (after - before).square().mean(dim=1)
            ),
            "by the variance",
        ),
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().mean(dim=CLIP) / wanted.var(dim=CLIP)
            ),
            "What keeps the answer",
        ),
        (
            lambda maps, wanted, before, after: (
                loss(maps, wanted, before, before) + (after - before).abs().mean(dim=1)
            ),
            "Square the change",
        ),
        (
            lambda maps, wanted, before, after: (
                loss(maps, wanted, before, before) + (after - before).square().sum(dim=1)
            ),
            "not the sum",
        ),
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).abs().mean(dim=CLIP) / wanted.var(dim=CLIP)
                + (after - before).square().mean(dim=1)
            ),
            "Square the distance",
        ),
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().sum(dim=CLIP) / wanted.var(dim=CLIP)
                + (after - before).square().mean(dim=1)
            ),
            "sum over the bins",
        ),
        (lambda maps, wanted, before, after: maps.mean(dim=CLIP), "are expected"),
    ],
    "check_limited": [
        (lambda change, sound, decibels: change, "turn it down"),
        (
            lambda change, sound, decibels: (
                limited(change, sound, decibels)
                / limited(change, sound, decibels).square().mean(dim=1, keepdim=True).sqrt()
                * sound.square().mean(dim=1, keepdim=True).sqrt()
                / 10
            ),
            "soft enough",
        ),
        (lambda change, sound, decibels: limited(change, sound, 2 * decibels), "soft enough"),
        (lambda change, sound, decibels: limited(change, sound, 25.0), "no more than is needed"),
        (
            lambda change, sound, decibels: (
                limited(change, sound, decibels).sign()
                * limited(change, sound, decibels).square().mean(dim=1, keepdim=True).sqrt()
            ),
            "cut nothing off",
        ),
    ],
    "check_broken_defence": [
        (lambda network, values, wanted: values, "Nothing was changed"),
        (lambda network, values, wanted: values + 5, "and 2 are allowed"),
        (
            lambda network, values, wanted: values + torch.randn_like(values) / 10,
            "attack it as it is",
        ),
    ],
}
