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


def loss_of_flat_maps(maps, wanted, before, after):
    wanted, moved = wanted.flatten(1), after - before
    return ((maps.flatten(1) - wanted) ** 2).mean(1) / wanted.var(1) + (moved**2).mean(1)


def loss_clip_by_clip(maps, wanted, before, after):
    mse = torch.nn.functional.mse_loss
    parts = zip(maps, wanted, before, after, strict=True)
    return torch.stack([mse(m, w) / w.var() + mse(a, b) for m, w, b, a in parts])


def limited_by_level(change, sound, decibels):
    levels = [10 * each.square().mean(dim=1, keepdim=True).log10() for each in (change, sound)]
    over = (levels[0] - (levels[1] - decibels)).clamp(min=0)
    return change * 10 ** (-over / 20)


def limited_clip_by_clip(change, sound, decibels):
    made = change.clone()
    for number in range(len(change)):
        ratio = sound[number].norm() / change[number].norm()
        made[number] *= min(1.0, (ratio * 10 ** (-decibels / 20)).item())
    return made


def broken_gently(network, values, wanted):
    return manipulate_values(network, values, wanted, budget=1.8, steps=70, betas=None)


def broken_in_two_goes(network, values, wanted):
    half = manipulate_values(network, values, wanted, budget=1.0, steps=40, betas=None)
    return manipulate_values(network, half, wanted, budget=1.0, steps=40, betas=None)


RIGHT = {
    "check_manipulation_loss": [loss, loss_of_flat_maps, loss_clip_by_clip],
    "check_limited": [limited, limited_by_level, limited_clip_by_clip],
    "check_broken_defence": [broken, broken_gently, broken_in_two_goes],
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
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().mean(dim=CLIP) / wanted.var()
                + (after - before).square().mean(dim=1)
            ),
            "clip by clip",
        ),
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().mean(dim=CLIP) / wanted.std(dim=CLIP)
                + (after - before).square().mean(dim=1)
            ),
            "not by its root",
        ),
        (
            lambda maps, wanted, before, after: (
                (maps - wanted).square().mean(dim=CLIP) / maps.var(dim=CLIP)
                + (after - before).square().mean(dim=1)
            ),
            "the wanted ones'",
        ),
        (
            lambda maps, wanted, before, after: (
                loss(maps, wanted, before, before) - (after - before).square().mean(dim=1)
            ),
            "Add the change",
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
        (
            lambda change, sound, decibels: limited(
                change.reshape(1, -1), sound.reshape(1, -1), decibels
            ).reshape(change.shape),
            "each clip by itself",
        ),
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
        (
            lambda network, values, wanted: manipulate_values(network, values, wanted, budget=2.0),
            "betas=None",
        ),
        (lambda network, values, wanted: values + 5, "and 2 are allowed"),
        (
            lambda network, values, wanted: values + torch.randn_like(values) / 10,
            "attack it as it is",
        ),
    ],
}
