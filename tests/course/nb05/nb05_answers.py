"""Right and wrong answers to the exercises of notebook 05; the wrong ones with part of the hint."""

import math

import torch

from audioxai_lite import masks


def top_k_by_rank(values, share, whole=round):
    flat = values.flatten(1)
    rank = flat.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (rank < whole(share * flat.shape[1])).float().view_as(values)


def top_k_by_loop(values, share):
    mask = torch.zeros_like(values)
    for clip, kept in zip(values, mask, strict=True):
        for position in clip.flatten().topk(round(share * clip.numel())).indices:
            kept.view(-1)[position] = 1
    return mask


def above_quantile(values, share):
    limit = values.flatten(1).quantile(1 - share, dim=1).reshape(-1, 1, 1, 1)
    return (values >= limit).float()


RIGHT = {
    "check_attenuation": [
        lambda level, mask, floor: (1 - mask) * (level - floor),
        lambda level, mask, floor: level - (floor + mask * (level - floor)),
        lambda level, mask, floor: (
            torch.tensor(level) - torch.lerp(torch.tensor(floor), torch.tensor(level), mask)
        ),
    ],
    "check_top_k_exact": [
        top_k_by_rank,
        top_k_by_loop,
        lambda values, share: masks.top_k(values, share),
        lambda values, share: masks.top_k(values, share).bool(),
        lambda values, share: masks.top_k(values, share).int().numpy(),
    ],
    "check_all_ones_share": [
        lambda sps, share: 1 - sps / (1 - share),
        lambda sps, share: (1 - share - sps) / (1 - share),
        lambda sps, share: torch.tensor(1 - sps / (1 - share)),
    ],
}

WRONG = {
    "check_attenuation": [
        (lambda level, mask, floor: floor + mask * (level - floor), "where the bin lands"),
        (lambda level, mask, floor: (1 - mask) * (floor - level), "so it is positive"),
        (lambda level, mask, floor: mask * (level - floor), "what is left"),
        (lambda level, mask, floor: -(1 - mask) * level, "from 0 dB"),
        (lambda level, mask, floor: (1 - mask) * level, "from 0 dB"),
        (lambda level, mask, floor: -20 * math.log10(mask), "a mask on the amplitude"),
        (lambda level, mask, floor: (1 - mask) * (level + 100), "and yours is"),
        (lambda level, mask, floor: 40.0, "and yours is"),
    ],
    "check_top_k_exact": [
        (above_quantile, "Count instead"),
        (
            lambda values, share: top_k_by_rank(values.reshape(1, -1), share).view_as(values),
            "rank all clips together",
        ),
        (lambda values, share: top_k_by_rank(-values, share), "larger values are left out"),
        (lambda values, share: 1 - top_k_by_rank(values, share), "should be kept"),
        (lambda values, share: top_k_by_rank(values, share, int), "11.8 is to be rounded"),
        (lambda values, share: top_k_by_rank(values, share, math.ceil), "12.2 is to be rounded"),
        (lambda values, share: top_k_by_rank(values, share + 1 / 40), "ranks start at 0"),
        (lambda values, share: values, "zeros and ones"),
        (lambda values, share: top_k_by_rank(values, share)[0], "is expected"),
    ],
    "check_all_ones_share": [
        (lambda sps, share: 100 * (1 - sps / (1 - share)), "per cent"),
        (lambda sps, share: sps / (1 - share), "on which the mask works"),
        (lambda sps, share: 1 - sps, "mean area"),
        (lambda sps, share: 1 - sps / 0.5, "where the mask keeps half"),
        (
            lambda sps, share: 1 - sps / share if share != 0.5 else 1 - sps / (1 - share),
            "an SPS of 1 - share",
        ),
        (lambda sps, share: 0.6, "yours is"),
    ],
}
