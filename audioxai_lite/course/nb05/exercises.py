"""Checks for the exercises of notebook 05: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_number, as_tensor_like, run_answer


def check_attenuation(answer: Callable[[float, float, float], float]) -> Feedback:
    """Exercise 5.1: by how many decibels a mask value turns a bin down, from its level, the mask
    and the floor.

    Examples
    --------
    >>> check_attenuation(lambda level, mask, floor: floor + mask * (level - floor))  # doctest: +ELLIPSIS
    Not yet. For a bin at -20 dB, a mask of 0.5 and a floor of -100 dB you say -60. That is where ...
    """
    tries = [(-20.0, 0.5, -100.0), (-60.0, 0.25, -80.0), (-10.0, 1.0, -100.0), (-30.0, 0.0, -90.0)]
    for level, mask, floor in tries:
        value = as_number(run_answer(answer, level, mask, floor))
        if isinstance(value, Feedback):
            return value
        right = (1 - mask) * (level - floor)
        if abs(value - right) < 1e-4:
            continue
        case = f"a bin at {level:.0f} dB, a mask of {mask:g} and a floor of {floor:.0f} dB"
        known = [
            (
                floor + mask * (level - floor),
                "That is where the bin lands. By how much is it turned down?",
            ),
            (-right, "Right in size; turned down is asked for, so it is positive."),
            (mask * (level - floor), "That is what is left above the floor. How much is gone?"),
            (-(1 - mask) * level, "You measure from 0 dB. The way down ends at the floor."),
        ]
        for wrong, hint in known:
            if abs(value - wrong) < 1e-4:
                return Feedback(False, f"For {case} you say {value:g}. {hint}")
        return Feedback(False, f"For {case} the answer is {right:g} dB, and yours is {value:g}.")
    return Feedback(
        True,
        "Half a mask takes half of the way to the floor: much more from a loud bin than from a faint one.",
    )


def check_top_k_exact(answer: Callable[[Tensor, float], Tensor]) -> Feedback:
    """Exercise 5.2: a mask of exactly round(share * bins) bins of each clip, however many values
    are equal.

    Examples
    --------
    >>> check_top_k_exact(lambda attribution, share: (attribution > 0).float())  # doctest: +ELLIPSIS
    Not yet. Of a map without equal values, 12 of 40 bins (29.5%) should be kept in each clip, and ...
    """
    plain = torch.randn(2, 1, 5, 8, generator=torch.Generator().manual_seed(0))
    plain[1] += 3
    few = torch.zeros_like(plain)
    few[:, :, 2, 1:6] = 1.0
    # 11.8 and 12.2 bins: to cut off or to round up is seen.
    for name, values, share in (
        ("without equal values", plain, 0.295),
        ("of five ones among zeros", few, 0.305),
    ):
        result = as_tensor_like(run_answer(answer, values.clone(), share), values)
        if isinstance(result, Feedback):
            return result
        if not ((result == 0) | (result == 1)).all():
            return Feedback(False, "A hard mask holds zeros and ones only.")
        kept = result.sum(dim=(1, 2, 3)).tolist()
        if kept != [12, 12]:
            text = f"Of a map {name}, 12 of 40 bins ({share:.1%}) should be kept in each clip, and yours keeps "
            text += f"{kept[0]:.0f} and {kept[1]:.0f}. "
            if sum(kept) == 24:
                text += (
                    "You rank all clips together, and the louder one takes the places of the other."
                )
            elif values is plain and kept == [13, 13]:
                text += "One too many: ranks start at 0."
            elif kept in ([11, 11], [13, 13]):
                text += f"{40 * share:.1f} is to be rounded to the nearest number."
            elif values is few and max(kept) > 12:
                text += "Equal values pass a threshold together. Count instead."
            return Feedback(False, text)
        for clip, mask in zip(values, result, strict=True):
            if clip[mask == 1].min() < clip[mask == 0].max():
                return Feedback(
                    False,
                    "The right number of bins, but larger values are left out than some you keep.",
                )
    return Feedback(
        True, "Exactly the share asked for, whatever the map: now two methods can be compared."
    )


def check_all_ones_share(answer: Callable[[float, float], float]) -> Feedback:
    """Exercise 5.3: the share of clips whose top-k mask keeps all, from the mean SPS and the share
    k.

    Examples
    --------
    >>> check_all_ones_share(lambda sps, share: 1 - sps)
    Not yet. That is the mean area. A clip has either the area `share` or the area 1: mix the two.
    """
    for sps, share, case in ((0.2, 0.5, "keeps half"), (0.6, 0.3, "keeps 30 %")):
        value = as_number(run_answer(answer, sps, share))
        if isinstance(value, Feedback):
            return value
        right = 1 - sps / (1 - share)
        if abs(value - right) < 1e-4:
            continue
        known = [
            (100 * right, "Right in per cent; give a share between 0 and 1."),
            (
                sps / (1 - share),
                "That is the share of clips on which the mask works. The others are asked for.",
            ),
            (
                1 - sps,
                "That is the mean area. A clip has either the area `share` or the area 1: mix the two.",
            ),
            (1 - sps / share, "A working mask of area `share` has an SPS of 1 - share."),
        ]
        for wrong, hint in known:
            if abs(value - wrong) < 1e-4:
                return Feedback(False, hint)
        return Feedback(
            False,
            f"With a mean SPS of {sps} and a mask that {case}, it is {right:.2f}; yours is {value:.2f}.",
        )
    return Feedback(True, "Two numbers of a table, and you know what the table does not say.")
