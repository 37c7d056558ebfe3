"""Why a window is unusual, shown where the truth is known, and by example."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...attribution import gradient_times_input
from ...datasets.clips import Clip, Dataset
from ...detection import compact, windows
from ...models.encoder import Encoder
from ..clips import MEL
from .features import encoded

COLUMNS = 16  # of pooled bins in a window


@dataclass(frozen=True, eq=False)
class Found:
    """The windows of faulty clips that lie most in their faults.

    Attributes
    ----------
    clips : list of Clip
    starts : list of int
        The first frame of each window.
    values, twins : Tensor, shape (clips, 1, bands, frames)
        Decibels of the windows, and of the same windows of the healthy twins.
    truth : Tensor, shape (clips, 1, bands, frames)
        1 where the fault is.
    """

    clips: list[Clip]
    starts: list[int]
    values: Tensor
    twins: Tensor
    truth: Tensor


def faulty_windows(dataset: Dataset, count: int | None = None) -> Found:
    """Of each faulty clip the window that holds most of its fault.

    Parameters
    ----------
    dataset : Dataset
        With twins and truths, as `machine`'s.
    count : int, optional
        So many clips; by default all. Clips whose fault is in no bin are left out.

    Examples
    --------
    >>> from ...datasets import machine
    >>> found = faulty_windows(machine.load("test", normal=0, anomalous=2))
    >>> found.values.shape, bool((found.truth.mean(dim=(1, 2, 3)) > 0).all())
    (torch.Size([2, 1, 64, 32]), True)
    """
    clips: list[Clip] = []
    starts: list[int] = []
    parts: dict[str, list[Tensor]] = {"values": [], "twins": [], "truth": []}
    for clip in list(dataset)[:count]:
        truth = clip.truth(MEL)
        held = windows.windows_of(truth).sum(dim=(2, 3, 4))[0]
        if held.max() == 0:
            continue
        start = int(held.argmax()) * windows.STEP
        clips.append(clip)
        starts.append(start)
        whole = {
            "values": MEL(clip.waveform).values,
            "twins": MEL(clip.twin).values,
            "truth": truth,
        }
        for name, each in whole.items():
            parts[name].append(each[..., start : start + windows.WINDOW])
    return Found(clips, starts, **{name: torch.cat(each) for name, each in parts.items()})


def contributions_as_maps(distance: compact.Mahalanobis, values: Tensor) -> Tensor:
    """What each pooled bin of windows contributes to their distance, spread over its frames:
    (windows, 1, bands, frames). The sum over the bins is the distance.

    Examples
    --------
    >>> import numpy as np
    >>> distance = compact.Mahalanobis(np.zeros(32), np.eye(32))
    >>> maps = contributions_as_maps(distance, torch.ones(1, 1, 2, 32))
    >>> maps.shape, round(maps.sum().item(), 3)
    (torch.Size([1, 1, 2, 32]), 32.0)
    """
    parts = distance.contributions(windows.pooled_bins(values[:, None])[:, 0])
    bands, frames = values.shape[2:]
    pooled = torch.from_numpy(parts).reshape(len(values), 1, bands, COLUMNS)
    wide = frames // COLUMNS
    return (pooled / wide).repeat_interleave(wide, dim=3).float()


def encoder_maps(
    encoder: Encoder,
    healthy: Tensor,
    values: Tensor,
    explain: Callable[..., Tensor] = gradient_times_input,
    **options,
) -> Tensor:
    """The Mahalanobis distance of an encoder's features, explained by any method of attribution,
    from what is usual: (windows, 1, bands, frames).

    Parameters
    ----------
    encoder : Encoder
    healthy : Tensor, shape (clips, 1, bands, time)
        Decibels of healthy clips, to whose windows the distance is fitted.
    values : Tensor, shape (windows, 1, bands, frames)
    explain : callable, default gradient × input
        Another may be `attribution.integrated_gradients` or `attribution.occlusion`.
    **options
        Of the method; its baseline is the mean of each band.

    Examples
    --------
    >>> clips = torch.randn(6, 1, 64, 100)
    >>> encoder_maps(Encoder().eval(), clips, clips[:2, ..., :32]).shape
    torch.Size([2, 1, 64, 32])
    """
    features = encoded(encoder, healthy)
    distance = compact.mahalanobis(features.reshape(-1, features.shape[2]))
    model = compact.DistanceModel(encoder, distance).eval()
    standardised = encoder.standardise(values)
    return explain(model, standardised, None, baseline=0.0, **options).float()


def decibels_from_twin(neighbours: Tensor, found: Found) -> Tensor:
    """How far windows lie from the healthy twins inside the faults: the mean difference in
    decibels, (windows,).

    Examples
    --------
    >>> twins, truth = torch.zeros(1, 1, 2, 2), torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    >>> found = Found([], [], twins, twins, truth)
    >>> decibels_from_twin(torch.full((1, 1, 2, 2), -3.0), found).tolist()
    [3.0]
    """
    apart = (neighbours - found.twins).abs() * found.truth
    return apart.sum(dim=(1, 2, 3)) / found.truth.sum(dim=(1, 2, 3))
