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
def check_descend(answer: Callable[[Tensor, Callable[[Tensor], Tensor], float], Tensor]) -> str:
    """Exercise 8.1: change clips by gradient descent until a score reaches the goal, and no more
    than that takes.

    Examples
    --------
    >>> check_descend(lambda clips, score, goal: clips)
    Not yet. The scores are 0.18, -1.39, 0.69, the goal is -0.50: one is still above it.
    """
    clips = torch.randn(3, 1, 16, 24, generator=torch.Generator().manual_seed(0))
    heard = torch.zeros(16, 24)
    heard[4:8] = 1  # the rest is nothing to this detector
    usual = (clips.square() * heard).sum(dim=CLIP) / heard.sum()
    wanted = torch.tensor([1.2, 0.25, 2.0])  # the second clip is normal already
    clips = clips * (wanted / usual).sqrt().reshape(3, 1, 1, 1)
    goal = -0.5

    def score(values: Tensor) -> Tensor:
        return ((values.square() * heard).sum(dim=CLIP) / heard.sum()).log()

    changed = answered_tensor(answer, clips.shape, clips, score, goal)
    reached, change = score(changed), (changed - clips).abs()
    text = "That is the change alone. The changed clips are asked for: clips + change."
    require(changed[1].abs().mean() > 0.1 * clips[1].abs().mean(), text)
    told = f"The scores are {listed_in_hint(reached, '.2f')}, the goal is {goal:.2f}: "
    text, most = f"{told}one is still above it.", change.max()
    if 0 < most < 0.5:
        text += f" No bin has moved by more than {most:.2f}: take more steps or larger ones, and "
        text += "let no more than the mean of the changes be their price."
    require((reached <= goal + 0.05).all(), text)
    text = "One clip is below the goal from the start, and you have changed it. Only what is above "
    require(change[1].max() < 0.01, f"{text}the goal should count: (score - goal).relu().")
    require(
        (change * (1 - heard)).mean() < 0.01,
        "You have changed bins that do not count in the score. Follow the gradient of the score: "
        "it is 0 there.",
    )
    require(
        (reached[[0, 2]] >= goal - 1).all(),
        f"{told}one is far below it. Nothing is gained there: count (score - goal).relu().",
    )
    return f"All pass, and {change.mean():.2f} was changed on average, nowhere in vain."


@exercise
def check_grain(answer: Callable[[Tensor], Tensor]) -> str:
    """Exercise 8.2: grain, the mean squared difference of a bin from the mean of its 3 × 3
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
def check_cheat(
    answer: Callable[[Tensor, Callable[[Tensor], Tensor], float, float], Tensor],
) -> str:
    """Exercise 8.3: bring three faulty, standardised clips between two scores, without a gradient,
    and leave their faults in.

    Examples
    --------
    >>> check_cheat(lambda clips, score, low, high: clips)  # doctest: +ELLIPSIS
    Not yet. The scores are ...; at least one is above ... and still gives an alarm.
    """
    detector = load_detector("AE", 0)

    @torch.no_grad()
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
    reached = score(changed)
    text = f"The scores are {listed_in_hint(reached, '.2f')}; "
    above = f"at least one is above {high:.2f} and still gives an alarm."
    below = f"one is below {low:.2f}, where no real machine is: do less, clip by clip."
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
