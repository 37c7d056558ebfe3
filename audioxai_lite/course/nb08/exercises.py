"""Checks for the exercises of notebook 08: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from audioxai_lite import counterfactuals
from audioxai_lite.course.checks import Feedback, as_tensor_like, run_answer
from audioxai_lite.datasets import machine
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.sound.spectrogram import LogMel


def check_grain(answer: Callable[[Tensor], Tensor]) -> Feedback:
    """Exercise 8.1: grain, the mean squared difference of a bin from the mean of its 3 × 3
    neighbourhood.

    Examples
    --------
    >>> check_grain(lambda clips: clips.var(dim=(1, 2, 3)))
    Not yet. That is the variance of the whole clip. Compare each bin with its neighbours.
    """
    generator = torch.Generator().manual_seed(0)
    clips = (
        torch.randn(3, 1, 40, 60, generator=generator)
        * torch.tensor([1.0, 2.0, 0.5])[:, None, None, None]
        - 40
    )
    clips[2] += (
        4 * torch.cos(torch.pi / 10 * (torch.arange(40) + 0.5))[:, None]
    )  # a slow wave is no grain
    local, of_squares = (
        nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        for x in (clips, clips.square())
    )
    apart = clips - local
    result = as_tensor_like(run_answer(answer, clips.clone()), torch.empty(3))
    if isinstance(result, Feedback):
        return result
    right = apart.square().mean(dim=(1, 2, 3))
    padded = (clips - nn.functional.avg_pool2d(clips, 3, 1, 1)).square().mean(dim=(1, 2, 3))
    known = [
        (
            padded,
            "Your padding counts as 0 dB, loud beyond measure: average with count_include_pad=False.",
        ),
        (right.sqrt(), "That is the root. The mean of the squares is asked for."),
        (apart.abs().mean(dim=(1, 2, 3)), "Square the differences before the mean."),
        (
            right.mean().expand(3),
            "One number for all clips: take the mean over frequency and time only.",
        ),
        (apart.square().sum(dim=(1, 2, 3)), "That is the sum over the bins. Take the mean."),
        (
            (of_squares - local.square()).mean(dim=(1, 2, 3)),
            "That is the variance within each neighbourhood. Take the middle bin less the mean around it.",
        ),
        (
            clips.var(dim=(1, 2, 3)),
            "That is the variance of the whole clip. Compare each bin with its neighbours.",
        ),
    ]
    if ((result - right).abs() < 0.05 * right).all():
        return Feedback(
            True, "Blur takes nearly all of it away, and nothing that was recorded does."
        )
    for wrong, hint in known:
        if ((result - wrong).abs() < 0.02 * wrong.abs()).all():
            return Feedback(False, hint)
    numbers = (", ".join(f"{x:.2f}" for x in values) for values in (right, result))
    return Feedback(False, "Of these three clips it is {}, and yours is {}.".format(*numbers))


def check_overlap(answer: Callable[[Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 8.2: of the areas that two changes (dB) alter by more than 1 dB, common over joint;
    1 where neither.

    Examples
    --------
    >>> check_overlap(lambda first, second: ((first > 1) & (second > 1)).float().mean(dim=(1, 2, 3)))
    Not yet. 0.2, 1, 0 and 1 are expected, and yours is 0.00, 0.00, 0.00, 0.00.
    """
    first, second = torch.zeros(2, 4, 1, 4, 5)
    first[0, 0, :2], second[0, 0, 1, :3], second[0, 0, 2] = (
        -6.0,
        torch.tensor([-3.0, 3, 3]),
        3.0,
    )  # 3 of 15 in common
    first[1, 0, 0], second[1, 0, 0] = 4.0, -1.5  # the same place
    first[2, 0, 0], second[2, 0, 3], first[2, 0, 3] = (
        8.0,
        8.0,
        0.9,
    )  # nothing in common but a tint that nobody hears
    first[3, 0, 0], second[3, 0, 1] = 0.9, -0.9  # tints only, in two places
    result = as_tensor_like(run_answer(answer, first.clone(), second.clone()), torch.empty(4))
    if isinstance(result, Feedback):
        return result
    right = torch.tensor([0.2, 1, 0, 1])
    known = [
        (
            torch.tensor([0.2, 1, 0, 0]),
            "Where neither changes anything audible, the two are the same: 1, not 0.",
        ),
        (1 - right, "That is the distance. The overlap is one less that."),
        (
            torch.tensor([0.3, 1, 0, 1]),
            "You divide by one of the two areas. Divide by the joint area.",
        ),
        (
            torch.tensor([0.375, 1, 0, 1]),
            "You divide by one of the two areas. Divide by the joint area.",
        ),
        (
            torch.tensor([1 / 3, 1, 0, 1]),
            "You divide by the mean of the two areas. Divide by the joint area.",
        ),
        (
            torch.tensor([0, 0, 0, 1.0]),
            "Lowering counts as changing: take the size of the change, then compare.",
        ),
        (
            torch.tensor([1 / 15, 0, 0, 1]),
            "Up or down is the same: what one raises and the other lowers is common.",
        ),
        (
            torch.tensor([0.2, 1, 0.5, 0]),
            "In yours a change of 0.9 dB counts. Only what is above 1 dB should.",
        ),
        (
            torch.tensor([0.2, 0, 0, 1]),
            "In yours a change of 1.5 dB does not count. All above 1 dB should.",
        ),
        (right.mean().expand(4), "One number for all clips: sum over frequency and time only."),
    ]
    if (result - right).abs().max() < 1e-3:
        return Feedback(
            True, "A fifth, all, nothing; and an inaudible tint makes no second concept."
        )
    for wrong, hint in known:
        if (result - wrong).abs().max() < 1e-3:
            return Feedback(False, hint)
    return Feedback(
        False,
        f"0.2, 1, 0 and 1 are expected, and yours is {', '.join(f'{x:.2f}' for x in result)}.",
    )


def check_cheat(
    answer: Callable[[Tensor, Callable[[Tensor], Tensor], float, float], Tensor],
) -> Feedback:
    """Exercise 8.3: bring three faulty, standardised clips between two scores and leave their
    faults in.

    Examples
    --------
    >>> check_cheat(lambda clips, score, low, high: clips)  # doctest: +ELLIPSIS
    Not yet. The scores are ...; at least one is above ... and still gives an alarm.
    """
    detector, feature = Autoencoder(), LogMel()
    checkpoint.load(detector, "ae-machine-0")
    normal = torch.cat(
        [
            feature(clip.waveform).values
            for clip in machine.load("validation", normal=24, anomalous=0)
        ]
    )
    low, high = (
        counterfactuals.log_scores(detector, normal).quantile(torch.tensor([0.05, 0.95])).tolist()
    )
    faulty = [
        clip
        for clip in machine.load("validation", normal=0, anomalous=4)
        if clip.events[0].kind != "grind"
    ]
    clips, twin = (
        detector.standardise(torch.cat([feature(getattr(clip, key)).values for clip in faulty]))
        for key in ("waveform", "twin")
    )

    def score(values: Tensor) -> Tensor:
        return counterfactuals.peak_score(detector, values)

    result = as_tensor_like(run_answer(answer, clips.clone(), score, low, high), clips)
    if isinstance(result, Feedback):
        return result
    with torch.no_grad():
        reached = score(result)
    told = ", ".join(f"{x:.2f}" for x in reached)
    if (reached > high).any():
        return Feedback(
            False,
            f"The scores are {told}; at least one is above {high:.2f} and still gives an alarm.",
        )
    if (reached < low).any():
        return Feedback(
            False,
            f"The scores are {told}; one is below {low:.2f}, where no real machine is: do less.",
        )
    distance = (
        (result - twin).square().sum(dim=(1, 2, 3)) / (clips - twin).square().sum(dim=(1, 2, 3))
    ).sqrt()
    if (distance < 0.85).any():
        return Feedback(
            False,
            f"You have repaired something: a clip is at {distance.min():.2f} of its distance to the twin.",
        )
    if (distance > 3).any():
        return Feedback(
            False,
            f"Nothing of the clip is left: one is {distance.max():.1f} times as far from its twin.",
        )
    grain = counterfactuals.fine_variance(result) / counterfactuals.fine_variance(clips)
    return Feedback(
        True,
        f"The detector is content, and the faults are still there, at {distance.min():.2f} to {distance.max():.2f} of "
        f"their distance to the twin. The clips kept {grain.min():.0%} to {grain.max():.0%} of their grain.",
    )
