"""How few bins a mask or a map holds on to. Taught in notebook 06."""

import numpy as np
import torch
from torch import Tensor


def sparseness(values: Tensor) -> Tensor:
    """The Gini index of the sizes: 0 when all are equal, near 1 when few bins hold everything.
    Higher is sparser.

    Parameters
    ----------
    values : Tensor, shape (..., 1, frequency, time)
        Masks, as the public code has it, or attributions, as the paper's formula says.

    Returns
    -------
    Tensor, float64, without the last three axes
        Of a mask of zeros and ones it is 1 less its area; of one that is 0 everywhere, where all
        are equal, 0.

    Source: Pak & Teryokhina 2025, II.D, SPS; 1e-7 is added after scaling to the largest size, as in
    the public code (Quantus), which keeps silence from dividing by zero. Notebook: 05.

    Examples
    --------
    >>> one, two = torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]]), torch.tensor([[[[1.0, 1.0, 0.0, 0.0]]]])
    >>> round(sparseness(one).item(), 3), round(sparseness(two).item(), 3)
    (0.75, 0.5)
    """
    rows = values.detach().flatten(-3).abs()
    shape, count = rows.shape[:-1], rows.shape[-1]
    rows = rows.reshape(-1, count)
    binary = _zeros_and_ones(rows)
    index = torch.empty(len(rows), dtype=torch.float64)
    small, ranks = 1e-7 * count * (count + 1) / 2, torch.arange(1, count + 1, dtype=torch.float64)
    # Sorted, the zeros of a binary mask come first: the weighted sum needs only how many ones there
    # are.
    ones = rows.sum(dim=1)[binary].double()
    weighted = small + (count * (count + 1) - (count - ones) * (count - ones + 1)) / 2
    index[binary] = 2 * weighted / (ones + 1e-7 * count)
    ordered = rows[~binary].numpy()
    ordered.sort(axis=1)  # torch takes four times as long
    soft = torch.from_numpy(ordered).double()
    largest = soft[:, -1].clamp(min=1e-30)
    index[~binary] = (
        2 * (soft @ ranks / largest + small) / (soft.sum(dim=1) / largest + 1e-7 * count)
    )
    return ((index - (count + 1)) / count).reshape(shape)


def complexity(values: Tensor, as_published: bool = False) -> Tensor:
    """The entropy, in nats, of the sizes as shares of their sum: 0 for one bin, ln(bins) when all
    are equal.

    Parameters
    ----------
    values : Tensor, shape (..., 1, frequency, time)
    as_published : bool, default False
        Give a constant mask 0, the best there is, as the public code does. Its entropy is the
        largest there is.

    Returns
    -------
    Tensor, float64, without the last three axes
        Of a mask of zeros and ones it is the logarithm of the number of ones. NaN where all is 0.

    Source: Pak & Teryokhina 2025, II.D, COMP. Notebook: 05.

    Examples
    --------
    >>> all_four = torch.ones(1, 1, 1, 4)
    >>> round(complexity(all_four).item(), 3), complexity(all_four, as_published=True).item()
    (1.386, 0.0)
    """
    rows = values.detach().flatten(-3).abs()
    shape = rows.shape[:-1]
    rows = rows.reshape(-1, rows.shape[-1])
    binary = _zeros_and_ones(rows)
    entropy = torch.empty(len(rows), dtype=torch.float64)
    total = rows.sum(dim=1)
    ones = total[binary].double()
    entropy[binary] = torch.where(ones > 0, ones.log(), torch.nan)
    shares = (rows[~binary] / total[~binary, None]).numpy()
    logarithms = np.log(np.maximum(shares, np.finfo(np.float32).tiny))
    entropy[~binary] = -torch.from_numpy(shares * logarithms).sum(dim=1, dtype=torch.float64)
    if as_published:
        soft = rows[~binary]
        constant = (total == 0) | (total == rows.shape[1])
        constant[~binary] = soft.amax(dim=1) == soft.amin(dim=1) if len(soft) else False
        entropy[constant] = 0.0
    return entropy.reshape(shape)


def _zeros_and_ones(rows: Tensor) -> Tensor:
    """Which rows hold zeros and ones only, (rows,), of bool."""
    values = rows.numpy()
    return torch.from_numpy((values * values == values).all(axis=1))
