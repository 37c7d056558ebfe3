"""Checks for the exercises of notebook 05: each says what is right, or what to look at."""

from collections.abc import Callable
from math import log10

import torch
from torch import Tensor

from ..checks import answered_number, answered_tensor, compare, exercise, is_hard, require


@exercise
def check_attenuation(answer: Callable[[float, float, float], float]) -> str:
    """Exercise 5.1: by how many decibels a mask value turns a bin down, from its level, the mask
    and the floor.

    Examples
    --------
    >>> check_attenuation(lambda level, mask, floor: 30.0)  # doctest: +ELLIPSIS
    Not yet. For a bin at -20 dB, ... and a floor of -100 dB the answer is 40 dB, and yours is 30.
    >>> check_attenuation(lambda level, mask, floor: -20 * log10(mask))  # doctest: +ELLIPSIS
    Not yet. For a bin ... That is a mask on the amplitude. Here it is a share of the way, in dB.
    """
    tries = [(-20.0, 0.5, -100.0), (-60.0, 0.25, -80.0), (-10.0, 1.0, -100.0), (-30.0, 0.0, -90.0)]
    for level, mask, floor in tries:
        value = answered_number(answer, level, mask, floor)
        right = (1 - mask) * (level - floor)
        case = f"For a bin at {level:.0f} dB, a mask of {mask:g} and a floor of {floor:.0f} dB"
        wrong = f"{case} you say {value:g}."
        where = floor + mask * (level - floor)
        left = mask * (level - floor)
        known = {
            f"{wrong} That is where the bin lands. By how much is it turned down?": where,
            f"{wrong} Right in size; turned down is asked for, so it is positive.": -right,
            f"{wrong} That is what is left above the floor. How much is gone?": left,
            f"{wrong} You measure from 0 dB. The way down ends at the floor.": (
                -(1 - mask) * level,
                (1 - mask) * level,
            ),
        }
        if mask:
            text = f"{wrong} That is a mask on the amplitude. Here it is a share of the way, in dB."
            known[text] = (-20 * log10(mask), -10 * log10(mask))
        compare(value, right, known, f"{case} the answer is {right:g} dB, and yours is {value:g}.")
    text = "Half a mask takes half of the way to the floor: much more from a loud bin than from a "
    return f"{text}faint one."


@exercise
def check_top_k_exact(answer: Callable[[Tensor, float], Tensor]) -> str:
    """Exercise 5.2: a mask of exactly round(share * bins) bins of each clip, however many values
    are equal.

    Examples
    --------
    >>> check_top_k_exact(lambda attribution, share: attribution)
    Not yet. A hard mask holds zeros and ones only.
    """
    plain = torch.randn(2, 1, 5, 8, generator=torch.Generator().manual_seed(0))
    plain[1] += 3
    few = torch.zeros_like(plain)
    few[:, :, 2, 1:6] = 1.0
    # 11.8 and 12.2 bins: to cut off or to round up is seen.
    for ties, values, share in ((False, plain, 0.295), (True, few, 0.305)):
        mask = answered_tensor(answer, values.shape, values, share)
        require(is_hard(mask), "A hard mask holds zeros and ones only.")
        kept = [int(clip.sum()) for clip in mask]
        name = "of five ones among zeros" if ties else "without equal values"
        text = f"Of a map {name}, 12 of 40 bins ({share:.1%}) should be kept in each clip, and "
        text += f"yours keeps {kept[0]} and {kept[1]}. {_why_so_many(kept, 40 * share, ties)}"
        require(kept == [12, 12], text)
        text = "The right number of bins, but larger values are left out than some you keep."
        for clip, own in zip(values, mask, strict=True):
            require(clip[own == 1].min() >= clip[own == 0].max(), text)
    return "Exactly the share asked for, whatever the map: now two methods can be compared."


def _why_so_many(kept: list[int], wanted: float, ties: bool) -> str:
    """The hint that fits the numbers of bins that the masks of two clips keep, instead of 12."""
    if sum(kept) == 24:
        return "You rank all clips together, and the louder one takes the places of the other."
    if kept == [13, 13] and not ties:
        return "One too many: ranks start at 0."
    if kept in ([11, 11], [13, 13]):
        return f"{wanted:.1f} is to be rounded to the nearest number."
    if max(kept) > 12 and ties:
        return "Equal values pass a threshold together. Count instead."
    return ""


@exercise
def check_all_ones_share(answer: Callable[[float, float], float]) -> str:
    """Exercise 5.3: the share of clips whose top-k mask keeps all, from the mean SPS and the share
    k.

    Examples
    --------
    >>> check_all_ones_share(lambda sps, share: 1 - sps)
    Not yet. That is the mean area. A clip has either the area `share` or the area 1: mix the two.
    """
    for sps, share, case in ((0.2, 0.5, "keeps half"), (0.6, 0.3, "keeps 30 %")):
        value = answered_number(answer, sps, share)
        works = sps / (1 - share)  # the share of clips on which the mask does
        right = 1 - works
        known = {
            "Right in per cent; give a share between 0 and 1.": 100 * right,
            "That is the share of clips on which the mask works. The others are asked for.": works,
            "That is the mean area. A clip has either the area `share` or the area 1: mix the "
            "two.": 1 - sps,
            "A working mask of area `share` has an SPS of 1 - share.": 1 - sps / share,
            "Right where the mask keeps half. What if it keeps another share?": 1 - sps / 0.5,
        }
        text = f"With a mean SPS of {sps} and a mask that {case}, it is {right:.2f}; yours is "
        compare(value, right, known, f"{text}{value:.2f}.")
    return "Two numbers of a table, and you know what the table does not say."
