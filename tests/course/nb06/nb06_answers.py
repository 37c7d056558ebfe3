"""Right and wrong answers to the exercises of notebook 06; the wrong ones with part of the hint."""

import torch


def all_in_place(clean, kept):
    return 100 * kept.sub_(clean).neg_().clamp_(min=0).div_(clean).mean()


def shuffled(mask, generator):
    order = torch.rand(mask.flatten(1).shape, generator=generator).argsort(dim=1)
    return mask.flatten(1).gather(1, order).view_as(mask)


def shuffled_by_loop(mask, generator):
    return torch.stack(
        [x.flatten()[torch.randperm(x.numel(), generator=generator)].view_as(x) for x in mask]
    )


def rows_and_columns(mask, generator):
    rows, columns = (torch.randperm(size, generator=generator) for size in mask.shape[2:])
    return mask[:, :, rows][..., columns]


def rolled(mask, generator):
    return mask.flatten(1).roll(int(torch.randint(60, (1,), generator=generator)), 1).view_as(mask)


RIGHT = {
    "check_average_drop": [
        lambda clean, kept: 100 * ((clean - kept).clamp(min=0) / clean).mean(),
        lambda clean, kept: 100 * (1 - torch.minimum(kept, clean) / clean).mean().item(),
        all_in_place,
        lambda clean, kept: (
            sum(max(0, c - k) / c for c, k in zip(clean.tolist(), kept.tolist(), strict=True)) * 25
        ),
    ],
    "check_random_like": [
        shuffled,
        shuffled_by_loop,
        lambda mask, generator: shuffled(mask, generator).double(),
        lambda mask, generator: shuffled(mask, generator).bool(),
    ],
}

WRONG = {
    "check_average_drop": [
        (lambda clean, kept: ((clean - kept).clamp(min=0) / clean).mean(), "per cent"),
        (lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean(), "own probability"),
        (lambda clean, kept: 100 * ((clean - kept) / clean).mean(), "count as 0"),
        (
            lambda clean, kept: 100 * (clean - kept).clamp(min=0).sum() / clean.sum(),
            "ratio of means",
        ),
        (lambda clean, kept: 100 * (clean - kept).sum() / clean.sum(), "less the gains"),
        (lambda clean, kept: 100 * clean.sub_(kept).clamp_(min=0).mean(), "own probability"),
        (
            lambda clean, kept: 100 * ((kept - clean).clamp(min=0) / clean).mean(),
            "counts the gains",
        ),
        (lambda clean, kept: 100 * ((clean - kept).clamp(min=0) / clean).sum(), "Take the mean"),
        (lambda clean, kept: 12.0, "yours is"),
    ],
    "check_random_like": [
        (lambda mask, generator: mask, "Another seed"),
        (lambda mask, generator: shuffled(mask, torch.Generator().manual_seed(0)), "Another seed"),
        (lambda mask, generator: shuffled(mask, None), "generator=generator"),
        (rows_and_columns, "Neighbours stay together"),
        (rolled, "Neighbours stay together"),
        (
            lambda mask, generator: (torch.rand(mask.shape, generator=generator) < 0.2).float(),
            "equal area",
        ),
        (
            lambda mask, generator: mask[:, :, torch.randperm(6, generator=generator)],
            "over both axes",
        ),
        (lambda mask, generator: torch.rand(mask.shape, generator=generator), "zeros and ones"),
        (lambda mask, generator: shuffled(mask, generator)[0], "is expected"),
    ],
}
