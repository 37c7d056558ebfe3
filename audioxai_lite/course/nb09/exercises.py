"""Checks for the exercises of notebook 09: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from ...sound.levels import active_level
from ..checks import NotYet, answered_tensor, compare, exercise, listed_in_hint, near, require


@exercise
def check_mix(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 9.1: a clip plus a background, `snr` decibels below it by active levels, at 16 kHz.

    Examples
    --------
    >>> check_mix(lambda clip, noise, snr: clip + noise * 10 ** (-snr / 20))
    Not yet. Bring the background to the clip's level first, whatever level it has.
    """
    time = torch.arange(32_000) / 16_000
    clip = torch.zeros(1, 32_000)
    clip[:, 8_000:16_000] = 0.3 * torch.sin(2000 * time[:8_000])
    noise = 0.01 * torch.randn(1, 32_000, generator=torch.Generator().manual_seed(0))
    noise[:, :16_000] = 0  # it has pauses, too
    handed = clip.clone()
    mixed = answered_tensor(lambda *others: answer(handed, *others), clip.shape, noise, 12.0)
    text = "You change the clip that you were given. Leave it untouched, and return a new one."
    require(torch.equal(handed, clip), text)
    added = mixed - clip
    gain = (added * noise).sum() / noise.square().sum()
    text = "The clip should stay as it is, with the background, scaled, added to it."
    require((added - gain * noise).abs().max() <= 1e-4, text)
    levels = [active_level(sound, 16_000) for sound in (clip, noise)]
    whole = [sound.square().mean().sqrt() for sound in (clip, noise)]
    fainter = torch.tensor(10 ** (-12 / 20))
    right = levels[0] / levels[1] * fainter
    pauses = "One of your levels is that of a whole sound, pauses included. Take the active levels."
    louder = right / fainter**2
    known = [
        (louder, "Your background is louder than the clip: an SNR of 12 dB means fainter."),
        (right * fainter, "Levels are amplitudes: divide the decibels by 20, not by 10."),
        (whole[0] / levels[1] * fainter, pauses),
        (levels[0] / whole[1] * fainter, pauses),
        (whole[0] / whole[1] * fainter, pauses),
        (fainter, "Bring the background to the clip's level first, whatever level it has."),
        (levels[0] * fainter, "Divide by the level of the background as well."),
        (levels[1] / levels[0] * fainter, "Your ratio of the two levels is upside down."),
    ]
    if not near(gain / right, 1, 0.01):
        for wrong, hint in known:
            require(not near(gain / wrong, 1, 0.01), hint)
        text = f"The background should be multiplied by {right.item():.3g}; yours is by "
        raise NotYet(f"{text}{gain:.3g}.")
    return "The event is 12 dB above the background while it lasts."


@exercise
def check_top_overlap(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 9.2: of the `share` of bins that are largest in one map, how many are so in the
    other, clip by clip.

    Examples
    --------
    >>> check_top_overlap(lambda first, second, share: torch.zeros(4))
    Not yet. 1.00, 0.50, 0.00, 1.00 are expected, and yours is 0.00, 0.00, 0.00, 0.00.
    """
    first = torch.arange(40.0).flip(0).expand(4, 40).reshape(4, 1, 5, 8)
    # Of the second clip the five largest bins fall back to the middle.
    partly = first[1].clamp(max=15).where(first[1] > 34, first[1])
    second = torch.stack([first[0], partly, -first[2], first[3] - 20])
    for share, kept in ((0.255, 10), (0.27, 11)):  # 10.2 and 10.8: to round up or cut off is seen
        overlap = answered_tensor(answer, (4,), first, second, share)
        right = torch.tensor([1.0, (kept - 5) / kept, 0.0, 1.0])
        of_joint = right / (2 - right)
        bins = f"A share of {share} is {40 * share:.1f} of 40 bins, so {kept}"
        known = {
            "You divide by the bins that are in either. Divide by those of one map.": of_joint,
            "One number for all clips: sum over frequency and time only.": right.mean(),
            "You divide by all bins. Divide by those that one map keeps.": right * kept / 40,
            "That is how many. Divide by how many one map keeps.": right * kept,
            "You count bins that neither map keeps, too.": 1 - (1 - right) * kept / 20,
            "That is what is lost. What stays is asked for.": 1 - right,
            "Those are the smallest bins. Sort from the largest down.": [1, 1, 0, 1],
            f"{bins}: round to the nearest number.": [1, (16 - kept) / (21 - kept), 0, 1],
        }
        yours = listed_in_hint(overlap, ".2f")
        text = f"{listed_in_hint(right, '.2f')} are expected, and yours is {yours}."
        if overlap[0] == 1 and abs(overlap[3] - 1) > 1e-3:
            text = "The last map is the first less a constant: its largest bins are the same. Take "
            text += "no sizes."
        compare(overlap, right, known, text, 0.01)
    return "All, half, nothing, all: only the order of the bins counts, not their unit."


@exercise
def check_apart(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
    """Exercise 9.3: the mean overlap where the answer stayed, that where it changed, and the share
    where it stayed.

    Examples
    --------
    >>> check_apart(lambda overlap, before, after: torch.tensor([overlap.mean()] * 3))
    Not yet. 0.675, 0.150, 0.667 are expected, and yours are 0.500, 0.500, 0.500.
    """
    overlap = torch.tensor([0.9, 0.8, 0.2, 0.7, 0.1, 0.3])
    before, after = torch.tensor([0, 1, 2, 3, 4, 5]), torch.tensor([0, 1, 7, 3, 5, 5])
    result = answered_tensor(answer, (3,), overlap, before, after)
    right, turned, left = [0.675, 0.15, 4 / 6], [0.15, 0.675, 4 / 6], [0.675, 0.15, 2 / 6]
    known = {
        "The first two are turned round: first the clips whose answer stayed.": turned,
        "That is the mean over all clips, twice. Choose the clips first.": [0.5, 0.5, 4 / 6],
        "Divide by the clips that you chose, not by all.": [0.45, 0.05, 4 / 6],
        "Those are sums. The means are asked for.": [2.7, 0.3, 4 / 6],
        "The last number is how many stayed. Their share is asked for.": [0.675, 0.15, 4],
        "The last number is the share that changed, not the share that stayed.": left,
    }
    yours = listed_in_hint(result, ".3f")
    text = f"{listed_in_hint(right, '.3f')} are expected, and yours are {yours}."
    compare(result, right, known, text, 1e-3)
    return "Two thirds stay where the answer stays: a mean over all clips would have hidden that."
