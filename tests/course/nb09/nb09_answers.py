"""Right and wrong answers to the exercises of notebook 09; the wrong ones with part of the hint."""

import math

import torch

from audioxai_lite import masks
from audioxai_lite.sound import levels


def mixed(clip, noise, snr):
    ratio = levels.active_level(clip, 16_000) / levels.active_level(noise, 16_000)
    return clip + noise * ratio * 10 ** (-snr / 20)


def top_overlap(first, second, share):
    one, other = masks.top_k(first, share), masks.top_k(second, share)
    return (one * other).sum(dim=(1, 2, 3)) / one.sum(dim=(1, 2, 3))


def apart(overlap, before, after):
    equal = before == after
    return torch.stack([overlap[equal].mean(), overlap[~equal].mean(), equal.float().mean()])


def areas(first, second, limit=1):
    """Common, first, second and joint area."""
    a, b = first.abs() > limit, second.abs() > limit
    return [x.sum(dim=(1, 2, 3)) for x in (a & b, a, b, a | b)]


def overlap(first, second, limit=1):
    common, _, _, joint = areas(first, second, limit)
    return torch.where(joint > 0, common / joint.clamp(min=1), 1.0)


RIGHT = {
    "check_mix": [
        mixed,
        lambda clip, noise, snr: (
            clip
            + noise
            * levels.active_level(clip, 16_000)
            * 10 ** (-snr / 20)
            / levels.active_level(noise, 16_000)
        ),
        lambda clip, noise, snr: clip.double() + mixed(clip, noise, snr).double() - clip.double(),
    ],
    "check_top_overlap": [
        top_overlap,
        lambda first, second, share: top_overlap(second, first, share),
        lambda first, second, share: torch.stack(
            [top_overlap(a[None], b[None], share)[0] for a, b in zip(first, second, strict=True)]
        ).double(),
    ],
    "check_apart": [
        apart,
        lambda overlap, before, after: apart(overlap, after, before).double(),
        lambda overlap, before, after: torch.stack(
            [
                (overlap * (before == after)).sum() / (before == after).sum(),
                (overlap * (before != after)).sum() / (before != after).sum(),
                (before == after).sum() / len(before),
            ]
        ),
    ],
}

WRONG = {
    "check_mix": [
        (lambda clip, noise, snr: mixed(clip, noise, -snr), "fainter"),
        (lambda clip, noise, snr: mixed(clip, noise, 2 * snr), "by 20"),
        (lambda clip, noise, snr: levels.mix_at_snr(clip, noise, snr), "pauses included"),
        (
            lambda clip, noise, snr: (
                clip
                + noise
                * levels.active_level(clip, 16_000)
                / noise.square().mean().sqrt()
                * 10 ** (-snr / 20)
            ),
            "pauses included",
        ),
        (lambda clip, noise, snr: clip.copy_(mixed(clip, noise, snr)), "untouched"),
        (lambda clip, noise, snr: clip + noise * 10 ** (-snr / 20), "whatever level"),
        (
            lambda clip, noise, snr: (
                clip + noise * levels.active_level(clip, 16_000) * 10 ** (-snr / 20)
            ),
            "level of the background",
        ),
        (lambda clip, noise, snr: levels.peak_normalise(mixed(clip, noise, snr)), "stay as it is"),
        (lambda clip, noise, snr: clip + 3 * noise, "yours is by 3"),
        (
            lambda clip, noise, snr: (
                clip
                + noise
                * levels.active_level(noise, 16_000)
                / levels.active_level(clip, 16_000)
                * 10 ** (-snr / 20)
            ),
            "upside down",
        ),
    ],
    "check_top_overlap": [
        (
            lambda first, second, share: (
                (masks.top_k(first, share) == masks.top_k(second, share))
                .float()
                .mean(dim=(1, 2, 3))
            ),
            "neither map keeps",
        ),
        (
            lambda first, second, share: (
                top_overlap(first, second, share) / (2 - top_overlap(first, second, share))
            ),
            "those of one map",
        ),
        (
            lambda first, second, share: top_overlap(first, second, share).mean().expand(4),
            "One number for all clips",
        ),
        (lambda first, second, share: top_overlap(first, second, share) * share, "Divide by those"),
        (lambda first, second, share: top_overlap(first, second, share) * 10, "how many"),
        (lambda first, second, share: 1 - top_overlap(first, second, share), "what is lost"),
        (lambda first, second, share: top_overlap(first, second.abs(), share), "Take no sizes"),
        (lambda first, second, share: top_overlap(-first, -second, share), "smallest bins"),
        (
            lambda first, second, share: top_overlap(first, second, int(share * 40) / 40),
            "10.8 of 40 bins, so 11",
        ),
        (
            lambda first, second, share: top_overlap(first, second, math.ceil(share * 40) / 40),
            "10.2 of 40 bins, so 10",
        ),
        (lambda first, second, share: torch.full((4,), 0.4), "yours is"),
    ],
    "check_apart": [
        (lambda overlap, before, after: apart(overlap, before, after)[[1, 0, 2]], "turned round"),
        (
            lambda overlap, *classes: torch.stack(
                [overlap.mean(), overlap.mean(), apart(overlap, *classes)[2]]
            ),
            "Choose the clips first",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([4 / 6, 2 / 6, 1])
            ),
            "not by all",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([4.0, 2, 1])
            ),
            "sums",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([1.0, 1, 6])
            ),
            "how many stayed",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([1.0, 1, 0.5])
            ),
            "changed, not",
        ),
        (lambda overlap, before, after: torch.full((3,), 0.4), "yours are"),
    ],
}
