"""Masks: which part of a spectrogram an attribution keeps. Taught in notebook 04.

Attributions and masks have the shape (batch, 1, frequency, time); masks lie in [0, 1], and 1 keeps. Every rule works
clip by clip.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import torch
from scipy.ndimage import median_filter
from torch import Tensor


def _checked(attribution: Tensor) -> Tensor:
    if attribution.ndim != 4 or attribution.shape[1] != 1:
        raise ValueError(f"an attribution has the shape (batch, 1, frequency, time), not {tuple(attribution.shape)}")
    if not attribution.isfinite().all():
        raise ValueError("the attribution holds NaN or infinity")
    return attribution


def positive_part(attribution: Tensor) -> Tensor:
    """What speaks for the target: negative evidence is set to zero. Source: Pak & Teryokhina 2025, II.C, L₊.

    Examples
    --------
    >>> positive_part(torch.tensor([[[[-1.0, 2.0]]]])).tolist()
    [[[[0.0, 2.0]]]]
    """
    return _checked(attribution).clamp(min=0)


def min_max(attribution: Tensor) -> Tensor:
    """The attribution, moved and scaled so that its smallest value is 0 and its largest 1; a constant one gives 0.

    Soft: the level in decibels of a bin is turned down in proportion. One outlier turns everything else down.
    Source: Pak & Teryokhina 2025, II.C. Notebook: 04.

    Examples
    --------
    >>> min_max(torch.tensor([[[[-1.0, 0.0, 3.0]]]])).tolist()
    [[[[0.0, 0.25, 1.0]]]]
    """
    low, high = _checked(attribution).amin(dim=(2, 3), keepdim=True), attribution.amax(dim=(2, 3), keepdim=True)
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

    It does not know the attribution's unit. Values of a thousandth give 0.500 everywhere, which is no mask but a volume
    knob. Source: Pak & Teryokhina 2025, II.C. Notebook: 04.

    Examples
    --------
    >>> sigmoid(torch.tensor([[[[0.0, 0.001]]]])).round(decimals=3).tolist()
    [[[[0.5, 0.5]]]]
    """
    return _checked(attribution).sigmoid()


def sign(attribution: Tensor) -> Tensor:
    """1 where the attribution is above 0. Source: Pak & Teryokhina 2025, II.C, published as `bin`. Notebook: 04.

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


def top_k(attribution: Tensor, share: float, rule: Literal["exact", "published"] = "exact") -> Tensor:
    """Keep the largest `share` of each clip's attribution.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
    share : float in (0, 1)
    rule : "exact" or "published"
        "exact" keeps round(share * bins); of equal values the first ones, from low to high bands. "published" keeps
        every bin at or above the (1 - share) quantile. On a map with many equal values, such as the positive part of a
        saliency map, that may be all of them.

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
        limit = torch.from_numpy(np.quantile(values.detach().numpy(), np.float32(1 - share), axis=1, keepdims=True))
        return (values >= limit).float().view_as(attribution)
    # Sorting keeps equal values in order; topk does not.
    order = values.argsort(dim=1, descending=True, stable=True)[:, : round(share * values.shape[1])]
    return torch.zeros_like(values).scatter(1, order, 1.0).view_as(attribution)


def _top(share: float, attribution: Tensor) -> Tensor:
    return top_k(attribution, share, "published")


def _of_positive(rule: Callable[[Tensor], Tensor], attribution: Tensor) -> Tensor:
    return rule(positive_part(attribution))


# The 14 variants of Pak & Teryokhina 2025 with the rules of the public code: name -> (published name, rule).
VARIANTS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "min–max": ("minmax", min_max),
    "sigmoid": ("sigmoid", sigmoid),
    "sign": ("bin", sign),
    **{f"top {k} %": (f"topK_{k}", partial(_top, k / 100)) for k in (5, 30, 50)},
    "min–max, positive": ("minmax_pos", relative_to_largest),
    "sigmoid, positive": ("sigmoid_pos", partial(_of_positive, sigmoid)),
    **{f"threshold 0.{tau}": (f"pos_thresh_{tau}", partial(threshold, tau=tau / 100)) for tau in (25, 50, 75)},
    **{f"top {k} %, positive": (f"topK_{k}_pos", partial(_of_positive, partial(_top, k / 100))) for k in (5, 30, 50)},
}


def all_variants(attribution: Tensor) -> dict[str, Tensor]:
    """The attribution's mask under each of the 14 `VARIANTS`, by name. Notebook: 04.

    Examples
    --------
    >>> len(all_variants(torch.randn(2, 1, 4, 8)))
    14
    """
    return {name: rule(attribution) for name, (_, rule) in VARIANTS.items()}


def area(mask: Tensor) -> Tensor:
    """Share of the spectrogram that a mask keeps: its mean, (batch, 1, frequency, time) → (batch,). Notebook: 04.

    Examples
    --------
    >>> area(torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]])).tolist()
    [0.25]
    """
    return mask.mean(dim=(1, 2, 3))


def is_constant(mask: Tensor) -> Tensor:
    """Whether a mask is the same everywhere, (batch,): all ones, all zeros, or a volume knob. Notebook: 04.

    Examples
    --------
    >>> is_constant(torch.stack([torch.ones(1, 2, 2), torch.eye(2)[None]])).tolist()
    [True, False]
    """
    return mask.amax(dim=(1, 2, 3)) == mask.amin(dim=(1, 2, 3))


def smooth(mask: Tensor, size: int = 3) -> Tensor:
    """A median filter of `size` by `size` bins: single bins, which are heard as clicks, go, and edges stay.

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


def apply_mask(values: Tensor, mask: Tensor, floor: float = -100.0) -> tuple[Tensor, Tensor]:
    """The part of a spectrogram that a mask keeps, and the part that it removes, both in decibels.

    A bin lands `mask` of the way from the floor to its level: at 1 it stays, exactly; at 0 it falls silent. (Multiplied
    decibels would do the opposite: 0 dB is loud.)

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels, at least `floor`.
    mask : Tensor that broadcasts to `values`, in [0, 1]
    floor : float, default -100
        In decibels.

    Returns
    -------
    kept, removed : Tensor, each of the shape of values and mask together

    Raises
    ------
    ValueError
        If the mask leaves [0, 1].

    Source: the public code of Pak & Teryokhina 2025, (x − floor) · m + floor; here without its rounding. Notebook: 04.

    Examples
    --------
    >>> kept, removed = apply_mask(torch.tensor([-20.0, -20.0]), torch.tensor([1.0, 0.0]))
    >>> kept.tolist(), removed.tolist()
    ([-20.0, -100.0], [-100.0, -20.0])
    """
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(f"a mask lies in [0, 1], and this one in [{mask.min():.3g}, {mask.max():.3g}]")
    silence = torch.full_like(values, floor)
    return torch.lerp(silence, values, mask), torch.lerp(silence, values, 1 - mask)


def pool(attribution: Tensor, bands: int = 8, frames: int = 16) -> Tensor:
    """Give every cell of a coarser grid the mean of its bins; the shape stays.

    How fine a mask is decides as much as the method behind it: single bins break a network that cells do not.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
    bands, frames : int, default 8 and 16
        Of a cell; the last cells may be smaller.

    Raises
    ------
    ValueError
        If a cell has no bin.

    Notebook: 05.

    Examples
    --------
    >>> pool(torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), bands=1, frames=2).tolist()
    [[[[2.0, 2.0], [6.0, 6.0]]]]
    """
    if min(bands, frames) < 1:
        raise ValueError(f"a cell has at least 1 band and 1 frame, not {bands} and {frames}")
    values = _checked(attribution)
    rows, columns = values.shape[2:]
    cells = torch.nn.functional.avg_pool2d(values, (bands, frames), ceil_mode=True, count_include_pad=False)
    return cells.repeat_interleave(bands, 2).repeat_interleave(frames, 3)[:, :, :rows, :columns]


def random_like(mask: Tensor, cell: tuple[int, int] = (1, 1), seed: int = 0) -> Tensor:
    """Random bins, or random cells, of the same area as each clip's mask: what a mask has to beat.

    Parameters
    ----------
    mask : Tensor, shape (batch, 1, frequency, time)
        Soft masks count with their mean.
    cell : (bands, frames), default (1, 1)
        Single bins. Cells of the size of a mask's own patches are the fairer control; the last cell to be kept is kept
        in part, so that the area is that of the mask, to a bin.
    seed : int, default 0
        Clip n gets the same order whatever the other clips.

    Returns
    -------
    Tensor, shape of `mask`, values 0 or 1

    Notebook: 05.

    Examples
    --------
    >>> random_like(top_k(torch.randn(3, 1, 4, 8), 0.25)).sum(dim=(1, 2, 3)).tolist()
    [8.0, 8.0, 8.0]
    """
    rows, columns = mask.shape[2:]
    across = -(-columns // cell[1])
    which = (torch.arange(rows) // cell[0])[:, None] * across + torch.arange(columns) // cell[1]
    controls = []
    for number, clip in enumerate(mask):
        generator = torch.Generator().manual_seed(1_000_003 * seed + number)
        rank = torch.randperm(int(which.max()) + 1, generator=generator)[which].flatten()
        kept = rank.argsort(stable=True)[: int(clip.sum().round())]
        controls.append(torch.zeros(rows * columns).scatter(0, kept, 1.0).reshape(1, rows, columns))
    return torch.stack(controls)
