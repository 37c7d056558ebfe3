"""How few bins a mask or a map holds on to. Taught in notebook 06."""

import numpy as np
import torch
from torch import Tensor

from ..inputs import as_floats


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
        Of a mask of zeros and ones it is 1 less its area; of one that is the same everywhere, 0
        everywhere too, it is 0.

    Source: Pak & Teryokhina 2025, II.D, SPS; 1e-7 is added after scaling to the largest size, as in
    the public code (Quantus), which keeps silence from dividing by zero. Notebook: 06.

    Examples
    --------
    >>> one, two = torch.tensor([[[[1, 0, 0, 0]]]]), torch.tensor([[[[1, 1, 0, 0]]]])
    >>> round(sparseness(one).item(), 3), round(sparseness(two).item(), 3)
    (0.75, 0.5)
    """
    rows, shape = _sizes(values)
    count, ones, binary = rows.shape[1], rows.sum(dim=1).double(), _zeros_and_ones(rows)
    small = 1e-7 * count * (count + 1) / 2
    ranked, total = torch.empty_like(ones), torch.empty_like(ones)
    ranked[binary], total[binary] = _ranked_ones(ones[binary], count), ones[binary]
    ranked[~binary], total[~binary] = _ranked(rows[~binary])
    index = 2 * (ranked + small) / (total + 1e-7 * count)
    return ((index - (count + 1)) / count).reshape(shape)


def complexity(values: Tensor) -> Tensor:
    """The entropy, in nats, of the sizes as shares of their sum: 0 for one bin, ln(bins) when all
    are equal.

    Parameters
    ----------
    values : Tensor, shape (..., 1, frequency, time)

    Returns
    -------
    Tensor, float64, without the last three axes
        Of a mask of zeros and ones it is the logarithm of the number of ones. NaN where all is 0.

    Source: Pak & Teryokhina 2025, II.D, COMP. Notebook: 06.

    Examples
    --------
    >>> complexity(torch.tensor([[[[1.0, 1.0, 1.0, 1.0]]]])).exp().round().item()
    4.0
    """
    rows, shape = _sizes(values)
    total, binary = rows.sum(dim=1), _zeros_and_ones(rows)
    entropy = torch.empty(len(rows), dtype=torch.float64)
    ones = total[binary].double()
    entropy[binary] = torch.where(ones > 0, ones.log(), torch.nan)
    shares = (rows[~binary] / total[~binary, None]).numpy()
    logarithms = np.log(np.maximum(shares, np.finfo(np.float32).tiny))
    entropy[~binary] = -torch.from_numpy(shares * logarithms).sum(dim=1, dtype=torch.float64)
    return entropy.reshape(shape)


def _sizes(values: Tensor) -> tuple[Tensor, torch.Size]:
    """The sizes of each mask or map as a row, and the shape of what has one number for each."""
    sizes = as_floats(values, "values").flatten(-3).abs()
    if sizes.numel() == 0:
        raise ValueError("values hold no bin: there is nothing to measure")
    rows = sizes.reshape(-1, sizes.shape[-1])
    largest = rows.amax(dim=1, keepdim=True)
    # Only shares count. What is neither huge nor tiny stays as it is, to the last digit.
    odd = (largest > 0) & ((largest > 1e30) | (largest < 1e-25))
    return torch.where(odd, rows / largest, rows), sizes.shape[:-1]


def _zeros_and_ones(rows: Tensor) -> Tensor:
    """Which rows hold zeros and ones only, (rows,), of bool."""
    values = rows.numpy()
    with np.errstate(over="ignore"):
        return torch.from_numpy((values * values == values).all(axis=1))


def _ranked_ones(ones: Tensor, count: int) -> Tensor:
    """The sum of ranks of so many ones among `count` sizes: zeros come first."""
    return (count * (count + 1) - (count - ones) * (count - ones + 1)) / 2


def _ranked(rows: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of sizes times ranks, and the sum of sizes, both over the largest size."""
    ordered = rows.numpy()
    ordered.sort(axis=1)  # torch takes four times as long
    sizes = torch.from_numpy(ordered).double()
    largest = sizes[:, -1].clamp(min=1e-30)
    ranks = torch.arange(1, rows.shape[1] + 1, dtype=torch.float64)
    return sizes @ ranks / largest, sizes.sum(dim=1) / largest
