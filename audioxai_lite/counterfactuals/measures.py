"""What a counterfactual is worth. Taught in notebook 08.

Clips have the shape (batch, 1, frequency, time): in decibels, but for `peak_score`, which takes
standardised units.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ..detection.baselines import fit_baselines, mel_statistics
from ..inputs import as_floats, as_numbers
from ..masks.rules import AXES
from ..models import evaluating
from ..models.autoencoder import Detector
from .generator import ALPHAS, Generator, apply_generator
from .objective import WithCritics
from .scores import log_scores

GIVEN = ("clips", "changed clips", "twins", "truths", "normal clips")


def fine_variance(values: Tensor) -> Tensor:
    """How grainy clips are, (batch,): mean squared difference of a bin from the mean of its 3 × 3
    neighbourhood, differentiable.

    Real sound is grainy, and detectors score its grain: who blurs a clip lowers its score below
    that of any real one. As a ratio to normal clips it is an alarm. Notebook: 08.

    Examples
    --------
    >>> fine_variance(torch.ones(2, 1, 64, 201)).tolist()  # nothing differs from its neighbours
    [0.0, 0.0]
    """
    values = as_numbers(values, "values", AXES)
    local = nn.functional.avg_pool2d(values, 3, stride=1, padding=1, count_include_pad=False)
    return (values - local).square().mean(dim=(1, 2, 3))


def measures(
    detector: Detector,
    other: Detector,
    clips: Tensor,
    changed: Tensor,
    twin: Tensor,
    truth: Tensor,
    normal: Tensor,
) -> dict[str, Tensor]:
    """What a counterfactual is worth, clip by clip, each of shape (batch,).

    - valid: 1 where the score lies below the 95th percentile of normal clips; transfer: the same by
      another detector.
    - suspicious: 1 where it lies below their 5th percentile: hardly any real machine is as quiet as
      that.
    - grain: fine variance over that of normal clips, 1 when honest.
    - change: mean size of the change in decibels; outside: the same outside the truth, where
      nothing was wrong (NaN where nothing is outside); area: share of bins changed by more than 3
      dB.
    - realism: Ledoit–Wolf distance of the mel statistics to normal clips, over the median of normal
      clips among themselves (each half judged by the other); 1 is usual.
    - inside: share of the change's energy inside the truth, NaN where nothing changed; over area:
      that, over the truth's share of the clip.
    - to the twin, inside the truth: distance to the clean twin over that of the unchanged clip,
      over all and inside the truth. 0 is the twin itself, 1 is no better than to do nothing, NaN
      where the clip is its twin.

    Parameters
    ----------
    detector, other : Detector
        The one explained, and one that it shall transfer to.
    clips, changed, twin : Tensor, shape (batch, 1, frequency, time)
        Decibels: the clips, what became of them, and their clean twins.
    truth : Tensor, same shape, of ones and zeros
        At least one bin of each clip is one.
    normal : Tensor, shape (clips, 1, frequency, time)
        Decibels of normal clips that nobody was trained on, at least 20.

    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(20, 1, 64, 201)
    >>> clips = torch.randn(2, 1, 64, 201)
    >>> twins, truth = torch.randn(2, 1, 64, 201), torch.rand(2, 1, 64, 201).round()
    >>> measures(detector, detector, clips, twins, twins, truth, normal)["to the twin"].tolist()
    [0.0, 0.0]
    """
    clips, changed, twin, truth, normal = (
        as_floats(each, name, AXES)
        for name, each in zip(GIVEN, (clips, changed, twin, truth, normal), strict=True)
    )
    if not (clips.shape == changed.shape == twin.shape == truth.shape):
        raise ValueError("clips, changed clips, twins and truths have one shape")
    if not ((truth == 0) | (truth == 1)).all() or not truth.amax(dim=(1, 2, 3)).all():
        raise ValueError("a truth holds ones and zeros, and a one in every clip")
    change = changed - clips
    return {
        **_scores(detector, other, changed, normal),
        "grain": _grain(detector, changed, normal),
        **_sizes(change, truth),
        "realism": _realism(changed, normal),
        **_aim(change, truth),
        "to the twin": _distance_left(clips, changed, twin, torch.ones_like(truth)),
        "inside the truth": _distance_left(clips, changed, twin, truth),
    }


def _scores(
    detector: Detector, other: Detector, changed: Tensor, normal: Tensor
) -> dict[str, Tensor]:
    usual, score = log_scores(detector, normal), log_scores(detector, changed)
    line = log_scores(other, normal).quantile(0.95)
    return {
        "valid": (score < usual.quantile(0.95)).float(),
        "suspicious": (score < usual.quantile(0.05)).float(),
        "transfer": (log_scores(other, changed) < line).float(),
    }


def _grain(detector: Detector, changed: Tensor, normal: Tensor) -> Tensor:
    usual = fine_variance(detector.standardise(normal)).mean()
    return fine_variance(detector.standardise(changed)) / usual


def _sizes(change: Tensor, truth: Tensor) -> dict[str, Tensor]:
    size = change.abs()
    return {
        "change": size.mean(dim=(1, 2, 3)),
        "outside": (size * (1 - truth)).sum(dim=(1, 2, 3)) / (1 - truth).sum(dim=(1, 2, 3)),
        "area": (size > 3).float().mean(dim=(1, 2, 3)),
    }


def _aim(change: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """How much of the change lies where the fault is."""
    energy = change.square()
    total = energy.sum(dim=(1, 2, 3))
    share = (energy * truth).sum(dim=(1, 2, 3)) / total.clamp(min=1e-12)
    inside = torch.where(total > 0, share, torch.nan)
    return {"inside": inside, "over area": inside / truth.mean(dim=(1, 2, 3))}


def _distance_left(clips: Tensor, changed: Tensor, twin: Tensor, where: Tensor) -> Tensor:
    """Distance to the clean twin over that of the unchanged clip."""
    after = ((changed - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
    before = ((clips - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
    return torch.where(before > 0, after / before, torch.nan)


def _realism(changed: Tensor, normal: Tensor) -> Tensor:
    """Distance of clips to normal ones by their mel statistics, over what is usual, (batch,)."""
    halves = [mel_statistics(half) for half in (normal[::2], normal[1::2])]
    distances, usual = [], []
    for fitted, held_out in (halves, halves[::-1]):
        distance = fit_baselines(fitted)["Mahalanobis (Ledoit–Wolf)"]
        distances.append(np.sqrt(distance(mel_statistics(changed))))
        usual.append(np.sqrt(distance(held_out)))
    return torch.from_numpy(np.mean(distances, axis=0) / np.median(usual)).float()


def way_back(generator: Generator, detector: Detector, clips: Tensor, ranges: Tensor) -> Tensor:
    """How far a clip is missed on the way to target 0 and back to its own score, over how far it
    went, (batch,).

    0 is a full return, 1 no return at all: what was erased stays erased. `ranges` from
    `target_ranges`. Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.counterfactuals.objective import target_ranges
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(4, 1, 64, 201)
    >>> ranges = target_ranges(detector, normal)
    >>> way_back(Generator(), detector, normal, ranges).tolist()  # untrained, it does not go
    [0.0, 0.0, 0.0, 0.0]
    """
    clips, ranges = (as_floats(clips, "clips", AXES), as_floats(ranges, "ranges"))
    gone = apply_generator(generator, detector, clips)
    own = (log_scores(detector, clips)[:, None] - ranges.mean(dim=1)).abs().argmin(dim=1)
    back = torch.empty_like(clips)
    for target, alpha in enumerate(ALPHAS):
        if (own == target).any():
            back[own == target] = apply_generator(generator, detector, gone[own == target], alpha)
    distance = [(there - clips).square().sum(dim=(1, 2, 3)).sqrt() for there in (back, gone)]
    return distance[0] / distance[1].clamp(min=1e-6)


def concept_measures(
    model: WithCritics, detector: Detector, clips: Tensor, normal: Tensor
) -> dict[str, Tensor]:
    """Are the first two concepts of a generator two ways to be normal? Each of shape (batch,).

    - accuracy: share of the two that the classifier, trained with the generator, assigns rightly.
    - difference: mean absolute difference of the two counterfactuals, in decibels.
    - overlap: of the areas that each changes by more than 1 dB, common over joint; 1 where neither
      changes anything.
    - distinct: 1 where both are valid and the overlap is below 0.5: two audible ways, not one with
      an inaudible tint.

    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips = torch.randn(4, 1, 64, 201)
    >>> model = WithCritics(Generator(concepts=2))
    >>> concept_measures(model, Autoencoder(), clips, clips)["overlap"].tolist()  # untrained
    [1.0, 1.0, 1.0, 1.0]
    """
    clips, normal = (as_floats(each, "clips", AXES) for each in (clips, normal))
    pair = [
        apply_generator(model.generator, detector, clips, concept=concept) for concept in (0, 1)
    ]
    changes = [changed - clips for changed in pair]
    with evaluating(model):
        named = [
            model.classifier(change / detector.scale).argmax(dim=1) == concept
            for concept, change in enumerate(changes)
        ]
    return {
        "accuracy": torch.stack(named).float().mean(dim=0),
        "difference": (pair[0] - pair[1]).abs().mean(dim=(1, 2, 3)),
        "overlap": _overlap(*(change.abs() > 1 for change in changes)),
        "distinct": distinct(detector, clips, (pair[0], pair[1]), normal),
    }


def distinct(
    detector: Detector, clips: Tensor, pair: tuple[Tensor, Tensor], normal: Tensor
) -> Tensor:
    """Are two counterfactuals of each clip two audible ways to be normal? 1 or 0, (batch,).

    1 where both are valid and, of the areas that each changes by more than 1 dB, less than half is
    common.

    Parameters
    ----------
    detector : Detector
    clips : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    pair : two Tensors, same shape
        What became of them.
    normal : Tensor, shape (clips, 1, frequency, time)
        Decibels of normal clips that nobody was trained on.

    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips = torch.randn(4, 1, 64, 201)
    >>> distinct(Autoencoder(), clips, (clips, clips), clips).tolist()  # one way
    [0.0, 0.0, 0.0, 0.0]
    """
    clips, first, second = (as_floats(each, "clips", AXES) for each in (clips, *pair))
    pair = first, second
    line = log_scores(detector, normal).quantile(0.95)
    valid = torch.stack([log_scores(detector, changed) < line for changed in pair]).all(dim=0)
    overlap = _overlap(*((changed - clips).abs() > 1 for changed in pair))
    return (valid & (overlap < 0.5)).float()


def _overlap(first: Tensor, second: Tensor) -> Tensor:
    """Bins that both areas have over those that either has, (batch,); 1 where both are empty."""
    common = (first & second).sum(dim=(1, 2, 3))
    joint = (first | second).sum(dim=(1, 2, 3))
    return torch.where(joint > 0, common / joint.clamp(min=1), 1.0)
