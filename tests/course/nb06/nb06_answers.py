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


def shares_of(scores, higher_is_better):
    low, high = scores.min(dim=0).values, scores.max(dim=0).values
    shares = (scores - low) / (high - low)
    return torch.where(higher_is_better, shares, 1 - shares)


def by_signs(scores, higher_is_better):
    turned = scores * (2 * higher_is_better.float() - 1)
    turned = turned - turned.amin(dim=0)
    return (turned / turned.amax(dim=0)).prod(dim=1).pow(1 / scores.shape[1])


def by_loops(scores, higher_is_better):
    rows = []
    for row in shares_of(scores, higher_is_better).tolist():
        rows.append((row[0] * row[1] * row[2]) ** (1 / len(row)))
    return rows


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
    "check_overall": [
        lambda scores, higher: shares_of(scores, higher).prod(dim=1) ** (1 / 3),
        lambda scores, higher: shares_of(scores, higher).log().mean(dim=1).exp(),
        by_signs,
        by_loops,
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
    "check_overall": [
        (lambda scores, higher: scores.mean(dim=1), "different units"),
        (lambda scores, higher: scores.prod(dim=1) ** (1 / 3), "different units"),
        (
            lambda scores, higher: (
                shares_of(scores, torch.ones(3, dtype=bool)).prod(dim=1) ** (1 / 3)
            ),
            "less is better",
        ),
        (
            lambda scores, higher: shares_of(scores, ~higher).prod(dim=1) ** (1 / 3),
            "wrong ones round",
        ),
        (lambda scores, higher: shares_of(scores, higher).mean(dim=1), "arithmetic mean"),
        (lambda scores, higher: shares_of(scores, higher).prod(dim=1), "the product"),
        (lambda scores, higher: shares_of(scores, higher).prod(dim=1) ** 0.5, "the product"),
        (lambda scores, higher: shares_of(scores, higher).prod(dim=1) ** (1 / 7), "three"),
        (
            lambda scores, higher: ((scores - scores.min()) / (scores.max() - scores.min())).mean(
                dim=1
            ),
            "over the masks",
        ),
        (
            lambda scores, higher: (
                torch.where(higher, scores / scores.amax(0), 1 - scores / scores.amax(0)).prod(
                    dim=1
                )
                ** (1 / 3)
            ),
            "lowest",
        ),
        (lambda scores, higher: shares_of(scores, higher), "is expected"),
        (lambda scores, higher: shares_of(scores, higher).amin(dim=1), "yours is"),
    ],
}
