"""Masks: which part of a spectrogram an attribution keeps. Taught in notebook 04.

Attributions and masks have the shape (batch, 1, frequency, time); masks lie in [0, 1], and 1 keeps.
Every rule works clip by clip.
"""

from typing import Literal

import numpy as np
import torch
from scipy.ndimage import median_filter
from torch import Tensor


def _checked(attribution: Tensor) -> Tensor:
    if attribution.ndim != 4 or attribution.shape[1] != 1:
        raise ValueError(
            f"an attribution has the shape (batch, 1, frequency, time), not {tuple(attribution.shape)}"
        )
    if not attribution.isfinite().all():
        raise ValueError("the attribution holds NaN or infinity")
    return attribution


def positive_part(attribution: Tensor) -> Tensor:
    """What speaks for the target: negative evidence is set to zero. Source: Pak & Teryokhina 2025,
    II.C, L₊.

    Examples
    --------
    >>> positive_part(torch.tensor([[[[-1.0, 2.0]]]])).tolist()
    [[[[0.0, 2.0]]]]
    """
    return _checked(attribution).clamp(min=0)


def min_max(attribution: Tensor) -> Tensor:
    """The attribution, moved and scaled so that its smallest value is 0 and its largest 1; a
    constant one gives 0.

    Soft: the level in decibels of a bin is turned down in proportion. One outlier turns everything
    else down. Source: Pak & Teryokhina 2025, II.C. Notebook: 04.

    Examples
    --------
    >>> min_max(torch.tensor([[[[-1.0, 0.0, 3.0]]]])).tolist()
    [[[[0.0, 0.25, 1.0]]]]
    """
    low, high = (
        _checked(attribution).amin(dim=(2, 3), keepdim=True),
        attribution.amax(dim=(2, 3), keepdim=True),
    )
    return torch.where(high > low, (attribution - low) / (high - low), 0.0)


def relative_to_largest(attribution: Tensor) -> Tensor:
    """The positive part over its largest value; 0 where nothing is positive.

    Source: Pak & Teryokhina 2025, II.C, min–max of L₊, as in the public code. Notebook: 04.

    Examples
    --------
    >>> relative_to_largest(torch.tensor([[[[-1.0, 1.0, 4.0]]]])).tolist()
    [[[[0.0, 0.25, 1.0]]]]
    """
    positive = positive_part(attribution)
    high = positive.amax(dim=(2, 3), keepdim=True)
    return torch.where(high > 0, positive / high, 0.0)


def sigmoid(attribution: Tensor) -> Tensor:
    """The logistic function of each value: 0 gives 0.5.

    It does not know the attribution's unit. Values of a thousandth give 0.500 everywhere, which is
    no mask but a volume knob. Source: Pak & Teryokhina 2025, II.C. Notebook: 04.

    Examples
    --------
    >>> sigmoid(torch.tensor([[[[0.0, 0.001]]]])).round(decimals=3).tolist()
    [[[[0.5, 0.5]]]]
    """
    return _checked(attribution).sigmoid()


def sign(attribution: Tensor) -> Tensor:
    """1 where the attribution is above 0. Source: Pak & Teryokhina 2025, II.C, published as `bin`.
    Notebook: 04.

    Examples
    --------
    >>> sign(torch.tensor([[[[-1.0, 0.0, 0.5]]]])).tolist()
    [[[[0.0, 0.0, 1.0]]]]
    """
    return (_checked(attribution) > 0).float()


def threshold(attribution: Tensor, tau: float) -> Tensor:
    """1 where the positive part is at least `tau` times its largest value, `tau` in (0, 1].

    Nothing is kept where nothing is positive. Source: Pak & Teryokhina 2025, II.C. Notebook: 04.

    Examples
    --------
    >>> threshold(torch.tensor([[[[1.0, 2.0, 4.0]]]]), 0.5).tolist()
    [[[[0.0, 1.0, 1.0]]]]
    """
    if not 0 < tau <= 1:
        raise ValueError(f"tau lies in (0, 1], not at {tau}")
    return (relative_to_largest(attribution) >= tau).float()


def top_k(
    attribution: Tensor, share: float, rule: Literal["exact", "published"] = "exact"
) -> Tensor:
    """Keep the largest `share` of each clip's attribution.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
    share : float in (0, 1)
    rule : "exact" or "published"
        "exact" keeps round(share * bins); of equal values the first ones, from low to high bands.
        "published" keeps every bin at or above the (1 - share) quantile. On a map with many equal
        values, such as the positive part of a saliency map, that may be all of them.

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time), values 0 or 1

    Raises
    ------
    ValueError
        If `share` is not in (0, 1) or the attribution is not finite.

    Source: Pak & Teryokhina 2025, II.C, topK. Notebook: 04, "The mask that does nothing".

    Examples
    --------
    >>> found = torch.tensor([[[[0.0, 0.0, 0.0, 3.0]]]])
    >>> top_k(found, 0.5).tolist(), top_k(found, 0.5, "published").tolist()
    ([[[[1.0, 0.0, 0.0, 1.0]]]], [[[[1.0, 1.0, 1.0, 1.0]]]])
    """
    if not 0 < share < 1:
        raise ValueError(f"share lies between 0 and 1, both excluded, not at {share}")
    if rule not in ("exact", "published"):
        raise ValueError(f'rule is "exact" or "published", not {rule!r}')
    values = _checked(attribution).flatten(1)
    if rule == "published":
        # NumPy's does not sort, and takes an eighth of the time of torch's.
        limit = torch.from_numpy(
            np.quantile(values.detach().numpy(), np.float32(1 - share), axis=1, keepdims=True)
        )
        return (values >= limit).float().view_as(attribution)
    # Sorting keeps equal values in order; topk does not.
    order = values.argsort(dim=1, descending=True, stable=True)[:, : round(share * values.shape[1])]
    return torch.zeros_like(values).scatter(1, order, 1.0).view_as(attribution)


def area(mask: Tensor) -> Tensor:
    """Share of the spectrogram that a mask keeps: its mean, (batch, 1, frequency, time) → (batch,).
    Notebook: 04.

    Examples
    --------
    >>> area(torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]])).tolist()
    [0.25]
    """
    return mask.mean(dim=(1, 2, 3))


def is_constant(mask: Tensor) -> Tensor:
    """Whether a mask is the same everywhere, (batch,): all ones, all zeros, or a volume knob.
    Notebook: 04.

    Examples
    --------
    >>> is_constant(torch.stack([torch.ones(1, 2, 2), torch.eye(2)[None]])).tolist()
    [True, False]
    """
    return mask.amax(dim=(1, 2, 3)) == mask.amin(dim=(1, 2, 3))


def smooth(mask: Tensor, size: int = 3) -> Tensor:
    """A median filter of `size` by `size` bins: single bins, which are heard as clicks, go, and
    edges stay.

    Raises ValueError if the size is not odd. Notebook: 04.

    Examples
    --------
    >>> lonely = torch.zeros(1, 1, 5, 5)
    >>> lonely[0, 0, 2, 2] = 1
    >>> smooth(lonely).sum().item()
    0.0
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"the size of a median filter is odd and positive, not {size}")
    return torch.from_numpy(median_filter(mask.numpy(), size=(1, 1, size, size), mode="nearest"))
