"""Rules that turn an attribution into a mask, clip by clip. Taught in notebook 05.

Attributions and masks have the shape (batch, 1, frequency, time), of any type of number; masks lie
in [0, 1], and 1 keeps. What a rule gives is float32, without gradients.
"""

from typing import Any

import scipy
import torch
from torch import Tensor

from ..inputs import as_floats, plain

AXES = "batch, 1, frequency, time"


def positive_part(attribution: Tensor) -> Tensor:
    """What speaks for the target: negative evidence is set to zero. Source: Pak & Teryokhina 2025,
    II.C, L₊. Notebook: 05.

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
    else down. Source: Pak & Teryokhina 2025, II.C. Notebook: 05.

    Examples
    --------
    >>> min_max(torch.tensor([[[[-1.0, 0.0, 3.0]]]])).tolist()
    [[[[0.0, 0.25, 1.0]]]]
    """
    values = _checked(attribution)
    low, high = values.amin(dim=(2, 3), keepdim=True), values.amax(dim=(2, 3), keepdim=True)
    if (high - low).isinf().any():  # near the largest numbers there are
        values, low, high = values / 4, low / 4, high / 4
    return torch.where(high > low, (values - low) / (high - low), 0.0)


def relative_to_largest(attribution: Tensor) -> Tensor:
    """The positive part over its largest value; 0 where nothing is positive.

    Source: Pak & Teryokhina 2025, II.C, min–max of L₊, as in the public code. Notebook: 05.

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
    no mask but a volume knob. Source: Pak & Teryokhina 2025, II.C. Notebook: 05.

    Examples
    --------
    >>> sigmoid(torch.tensor([[[[0.0, 0.001]]]])).round(decimals=3).tolist()
    [[[[0.5, 0.5]]]]
    """
    return _checked(attribution).sigmoid()


def sign(attribution: Tensor) -> Tensor:
    """1 where the attribution is above 0. Source: Pak & Teryokhina 2025, II.C, published as `bin`.
    Notebook: 05.

    Examples
    --------
    >>> sign(torch.tensor([[[[-1.0, 0.0, 0.5]]]])).tolist()
    [[[[0.0, 0.0, 1.0]]]]
    """
    return (_checked(attribution) > 0).float()


def threshold(attribution: Tensor, tau: float) -> Tensor:
    """1 where the positive part is at least `tau` times its largest value, `tau` in (0, 1].

    Nothing is kept where nothing is positive. Source: Pak & Teryokhina 2025, II.C. Notebook: 05.

    Examples
    --------
    >>> threshold(torch.tensor([[[[1.0, 2.0, 4.0]]]]), 0.5).tolist()
    [[[[0.0, 1.0, 1.0]]]]
    """
    tau = plain(tau)
    if not 0 < tau <= 1:
        raise ValueError(f"tau lies in (0, 1], not at {tau}")
    return (relative_to_largest(attribution) >= tau).float()


def top_k(attribution: Tensor, share: float) -> Tensor:
    """Keep the largest `share` of each clip's attribution: exactly round(share * bins) of them.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
    share : float in (0, 1)

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time), values 0 or 1
        Of equal values the first ones are kept, from low to high bands.

    Raises
    ------
    ValueError
        If `share` is not in (0, 1) or the attribution is not finite.

    Source: Pak & Teryokhina 2025, II.C, topK; their code's rule is `posthoc_audio.top_k`. Notebook:
    05, "The mask that does nothing".

    Examples
    --------
    >>> top_k(torch.tensor([[[[0.0, 0.0, 0.0, 3.0]]]]), 0.5).tolist()
    [[[[1.0, 0.0, 0.0, 1.0]]]]
    """
    share = plain(share)
    check_share(share)
    values = _checked(attribution)
    rows = values.flatten(1)
    # Sorting keeps equal values in order; topk does not.
    order = rows.argsort(dim=1, descending=True, stable=True)[:, : round(share * rows.shape[1])]
    return torch.zeros_like(rows).scatter(1, order, 1.0).view_as(values)


def check_share(share: float) -> None:
    """ValueError unless a share of the bins lies between 0 and 1.

    Examples
    --------
    >>> check_share(5)
    Traceback (most recent call last):
        ...
    ValueError: share lies between 0 and 1, both excluded, not at 5
    """
    if not 0 < share < 1:
        raise ValueError(f"share lies between 0 and 1, both excluded, not at {share}")


def check_mask(mask: Tensor) -> None:
    """ValueError unless a mask lies in [0, 1].

    Examples
    --------
    >>> check_mask(torch.tensor([0.0, 2.0]))
    Traceback (most recent call last):
        ...
    ValueError: masks lie in [0, 1], not in [0, 2]
    """
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(f"masks lie in [0, 1], not in [{mask.min():.3g}, {mask.max():.3g}]")


def area(mask: Tensor) -> Tensor:
    """Share of the spectrogram that a mask keeps: its mean, (batch, 1, frequency, time) → (batch,).
    Notebook: 05.

    Examples
    --------
    >>> area(torch.tensor([[[[True, False, False, False]]]])).tolist()
    [0.25]
    """
    return _checked(mask, "masks").mean(dim=(1, 2, 3))


def is_constant_mask(mask: Tensor) -> Tensor:
    """Whether a mask is the same everywhere, (batch,): all ones, all zeros, or a volume knob.
    Notebook: 05.

    Examples
    --------
    >>> is_constant_mask(torch.stack([torch.ones(1, 2, 2), torch.eye(2)[None]])).tolist()
    [True, False]
    """
    mask = _checked(mask, "masks")
    return mask.amax(dim=(1, 2, 3)) == mask.amin(dim=(1, 2, 3))


def smooth(mask: Tensor, size: int = 3) -> Tensor:
    """A median filter of `size` by `size` bins: single bins, which are heard as clicks, go, and
    edges stay.

    Raises ValueError if the size is not odd. Notebook: 05.

    Examples
    --------
    >>> lonely = torch.zeros(1, 1, 5, 5)
    >>> lonely[0, 0, 2, 2] = 1
    >>> smooth(lonely).sum().item()
    0.0
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"the size of a median filter is odd and positive, not {size}")
    values = _checked(mask, "masks").numpy()
    smooth = scipy.ndimage.median_filter(values, size=(1, 1, size, size), mode="nearest")
    return torch.from_numpy(smooth)


def _checked(values: Any, name: str = "attributions") -> Tensor:
    return as_floats(values, name, AXES)
