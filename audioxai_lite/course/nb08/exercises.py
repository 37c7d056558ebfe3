"""Checks for the exercises of notebook 08: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import counterfactuals
from ...datasets import machine
from ...sound.spectrogram import LogMel
from ..checks import answered_tensor, compare, exercise, listed_in_hint, require
from ..clips import log_mel
from ..detectors import load_detector

CLIP = (1, 2, 3)  # all axes but that of the batch


@exercise
def check_grain(answer: Callable[[Tensor], Tensor]) -> str:
    """Exercise 8.1: grain, the mean squared difference of a bin from the mean of its 3 × 3
    neighbourhood.

    Examples
    --------
    >>> check_grain(lambda clips: clips.var(dim=(1, 2, 3)))
    Not yet. That is the variance of the whole clip. Compare each bin with its neighbours.
    """
    noise = torch.randn(3, 1, 40, 60, generator=torch.Generator().manual_seed(0))
    clips = noise * torch.tensor([1.0, 2.0, 0.5]).reshape(3, 1, 1, 1) - 40
    slow_wave = 4 * torch.cos(torch.pi / 10 * (torch.arange(40) + 0.5))
    clips[2] += slow_wave[:, None]  # which is no grain
    grain = answered_tensor(answer, (3,), clips)

    def local_mean(x: Tensor, **options) -> Tensor:
        return nn.functional.avg_pool2d(x, 3, 1, 1, **options)

    local = local_mean(clips, count_include_pad=False)
    of_squares = local_mean(clips.square(), count_include_pad=False)
    squares = (clips - local).square()
    right = squares.mean(dim=CLIP)
    padded = (clips - local_mean(clips)).square().mean(dim=CLIP)
    within = (of_squares - local.square()).mean(dim=CLIP)
    variance = clips.var(dim=CLIP)
    known = {
        "Your padding counts as 0 dB, loud beyond measure: average with "
        "count_include_pad=False.": padded,
        "That is the root. The mean of the squares is asked for.": right.sqrt(),
        "Square the differences before the mean.": (clips - local).abs().mean(dim=CLIP),
        "One number for all clips: take the mean over frequency and time only.": right.mean(),
        "That is the sum over the bins. Take the mean.": squares.sum(dim=CLIP),
        "That is the variance within each neighbourhood. Take the middle bin less the mean around "
        "it.": within,
        "That is the variance of the whole clip. Compare each bin with its neighbours.": variance,
    }
    shares = {hint: wrong / right for hint, wrong in known.items()}
    text = f"Of these three clips it is {listed_in_hint(right, '.2f')}, and yours is "
    compare(grain / right, torch.ones(3), shares, f"{text}{listed_in_hint(grain, '.2f')}.", 0.05)
    return "Blur takes nearly all of it away, and nothing that was recorded does."


@exercise
def check_overlap(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 8.2: of the areas that two changes (dB) alter by more than 1 dB, common over joint;
    1 where neither.

    Examples
    --------
    >>> check_overlap(lambda first, second: ((first > 1) & (second > 1)).float().mean(dim=CLIP))
    Not yet. 0.2, 1, 0 and 1 are expected, and yours is 0.00, 0.00, 0.00, 0.00.
    """
    first, second = torch.zeros(2, 4, 1, 4, 5)
    first[0, 0, :2] = -6.0  # 3 of 15 in common
    second[0, 0, 1, :3], second[0, 0, 2] = torch.tensor([-3.0, 3, 3]), 3.0
    first[1, 0, 0], second[1, 0, 0] = 4.0, -1.5  # the same place
    first[2, 0, 0], second[2, 0, 3] = 8.0, 8.0  # nothing in common ...
    first[2, 0, 3] = 0.9  # ... but a tint that nobody hears
    first[3, 0, 0], second[3, 0, 1] = 0.9, -0.9  # tints only, in two places
    overlap = answered_tensor(answer, (4,), first, second)
    same_sign = [1 / 15, 0, 0, 1]
    one_area = "You divide by one of the two areas. Divide by the joint area."
    known = {
        "Where neither changes anything audible, the two are the same: 1, not 0.": [0.2, 1, 0, 0],
        "That is the distance. The overlap is one less that.": [0.8, 0, 1, 0],
        one_area: ([0.3, 1, 0, 1], [0.375, 1, 0, 1]),
        "You divide by the mean of the two areas. Divide by the joint area.": [1 / 3, 1, 0, 1],
        "Lowering counts as changing: take the size of the change, then compare.": [0, 0, 0, 1],
        "Up or down is the same: what one raises and the other lowers is common.": same_sign,
        "In yours a change of 0.9 dB counts. Only what is above 1 dB should.": [0.2, 1, 0.5, 0],
        "In yours a change of 1.5 dB does not count. All above 1 dB should.": [0.2, 0, 0, 1],
        "One number for all clips: sum over frequency and time only.": 0.55,
    }
    text = f"0.2, 1, 0 and 1 are expected, and yours is {listed_in_hint(overlap, '.2f')}."
    compare(overlap, [0.2, 1, 0, 1], known, text, 1e-3)
    return "A fifth, all, nothing; and an inaudible tint makes no second concept."


@exercise
def check_cheat(
    answer: Callable[[Tensor, Callable[[Tensor], Tensor], float, float], Tensor],
) -> str:
    """Exercise 8.3: bring three faulty, standardised clips between two scores and leave their
    faults in.

    Examples
    --------
    >>> check_cheat(lambda clips, score, low, high: clips)  # doctest: +ELLIPSIS
    Not yet. The scores are ...; at least one is above ... and still gives an alarm.
    """
    detector = load_detector("AE", 0)

    def score(values: Tensor) -> Tensor:
        return counterfactuals.peak_score(detector, values)

    normal = log_mel(machine.load("validation", normal=24, anomalous=0))
    usual = counterfactuals.log_scores(detector, normal)
    low, high = usual.quantile(torch.tensor([0.05, 0.95])).tolist()
    four = machine.load("validation", normal=0, anomalous=4)
    faulty = [clip for clip in four if clip.events[0].kind != "grind"]
    clips = detector.standardise(log_mel(faulty))
    twins = detector.standardise(torch.cat([LogMel()(clip.twin).values for clip in faulty]))
    changed = answered_tensor(answer, clips.shape, clips, score, low, high)
    with torch.no_grad():
        reached = score(changed)
    text = f"The scores are {listed_in_hint(reached, '.2f')}; "
    above = f"at least one is above {high:.2f} and still gives an alarm."
    below = f"one is below {low:.2f}, where no real machine is: do less."
    require((reached <= high).all(), text + above)
    require((reached >= low).all(), text + below)
    squares = [(values - twins).square().sum(dim=CLIP) for values in (changed, clips)]
    distance = (squares[0] / squares[1]).sqrt()
    least, most = distance.min(), distance.max()
    text = f"You have repaired something: a clip is at {least:.2f} of its distance to the twin."
    require(least >= 0.85, text)
    text = f"Nothing of the clip is left: one is {most:.1f} times as far from its twin."
    require(most <= 3, text)
    grain = counterfactuals.fine_variance(changed) / counterfactuals.fine_variance(clips)
    text = f"The detector is content, and the faults are still there, at {least:.2f} to {most:.2f} "
    text += f"of their distance to the twin. The clips kept {grain.min():.0%} to {grain.max():.0%} "
    return f"{text}of their grain."
