"""Do maps tell what an answer hangs on? Where a sound can be made again with one cause changed,
that is known: by what the answer then loses. Taught in notebook 11.
"""

import torch
from torch import Tensor, nn

from ..inputs import as_classes, as_floats, as_whole, check_like, plain
from ..models import evaluating


def margin(outputs: Tensor, label: Tensor) -> Tensor:
    """By how much the output of the right class leads the best of the others, (batch,): below 0
    where the answer is wrong.

    Parameters
    ----------
    outputs : Tensor, shape (batch, classes)
        Logits.
    label : Tensor, shape (batch,), or int

    Examples
    --------
    >>> margin(torch.tensor([[3.0, 1.0, 2.0], [0.0, 4.0, 1.0]]), 0).tolist()
    [1.0, -4.0]
    """
    outputs = as_floats(outputs, "outputs", "batch, classes")
    classes = as_classes(label, len(outputs), outputs.shape[1])[:, None]
    others = outputs.scatter(1, classes, -torch.inf).amax(dim=1)
    return outputs.gather(1, classes)[:, 0] - others


def interventional_effect(
    network: nn.Module, before: Tensor, after: Tensor, label: Tensor, batch_size: int = 64
) -> Tensor:
    """How much of its margin each answer loses when a cause is changed, (batch,).

    Parameters
    ----------
    network : nn.Module
        From values to logits, (batch, classes).
    before, after : Tensor, shape (batch, ...)
        Values of the same clips, made from the same random numbers, the second with the cause
        changed.
    label : Tensor, shape (batch,), or int
    batch_size : int, default 64

    Source: the effect of an intervention, Pearl 2009, *Causality*, 3.2; here clip by clip, since
    everything else is held. Notebook: 11.

    Examples
    --------
    >>> two = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    >>> two[1].weight.data = torch.eye(2)
    >>> before, after = torch.tensor([[3.0, 1.0]]), torch.tensor([[1.0, 1.0]])
    >>> interventional_effect(two, before, after, 0).tolist()
    [2.0]
    """
    before, after = as_floats(before, "values before"), as_floats(after, "values after")
    check_like(after, "values after", before, "those before")
    with evaluating(network):
        first, second = (
            torch.cat([network(part) for part in values.split(batch_size)])
            for values in (before, after)
        )
    return margin(first, label) - margin(second, label)


def relevance_shares(relevance: Tensor, regions: Tensor, count: int) -> Tensor:
    """How much of a map's relevance lies in each region, by size: (batch, count).

    Parameters
    ----------
    relevance : Tensor, shape (batch, 1, frequency, time)
        Signed: within a region, what speaks for the answer and what speaks against it cancel.
    regions : Tensor of int, shape of `relevance`
        The number of the region that each bin belongs to, 0 to count − 1.
    count : int

    Returns
    -------
    Tensor
        Relevance of the region over the sum of the sizes of all, −1 to 1; zeros for an empty map.

    Notebook: 11.

    Examples
    --------
    >>> relevance, regions = torch.tensor([[[[3.0, -1.0]]]]), torch.tensor([[[[0, 1]]]])
    >>> relevance_shares(relevance, regions, 3).tolist()
    [[0.75, -0.25, 0.0]]
    """
    count = plain(count)
    relevance = as_floats(relevance, "relevance")
    regions = as_whole(regions, "regions")
    check_like(regions, "regions", relevance, "the relevance")
    if not ((regions >= 0) & (regions < count)).all():
        raise ValueError(f"regions are numbered from 0 to {count - 1}")
    rows, numbers = relevance.flatten(1), regions.flatten(1)
    sums = rows.new_zeros(len(rows), count).scatter_add(1, numbers, rows)
    whole = rows.abs().sum(dim=1, keepdim=True)
    return sums / torch.where(whole > 0, whole, 1.0)
