"""Checks for the exercises of notebook 09: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_tensor_like, run_answer
from audioxai_lite.sound.levels import active_level


def check_mix(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
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
    snr, given = 12.0, clip.clone()
    result = as_tensor_like(run_answer(answer, given, noise.clone(), snr), clip)
    if isinstance(result, Feedback):
        return result
    if not torch.equal(given, clip):
        return Feedback(
            False,
            "You change the clip that you were given. Leave it untouched, and return a new one.",
        )
    added = result - clip
    gain = (added * noise).sum() / noise.square().sum()
    if (added - gain * noise).abs().max() > 1e-4:
        return Feedback(
            False, "The clip should stay as it is, with the background, scaled, added to it."
        )
    level = active_level(clip, 16_000) / active_level(noise, 16_000)
    whole = [sound.square().mean().sqrt() / active_level(sound, 16_000) for sound in (clip, noise)]
    pauses = "One of your levels is that of a whole sound, pauses included. Take the active levels."
    known = [
        (
            level * 10 ** (snr / 20),
            "Your background is louder than the clip: an SNR of 12 dB means fainter.",
        ),
        (level * 10 ** (-snr / 10), "Levels are amplitudes: divide the decibels by 20, not by 10."),
        *(
            (level * x * 10 ** (-snr / 20), pauses)
            for x in (whole[0], 1 / whole[1], whole[0] / whole[1])
        ),
        (
            torch.tensor(10 ** (-snr / 20)),
            "Bring the background to the clip's level first, whatever level it has.",
        ),
        (
            active_level(clip, 16_000) * 10 ** (-snr / 20),
            "Divide by the level of the background as well.",
        ),
    ]
    right = (level * 10 ** (-snr / 20)).item()
    if abs(gain.item() / right - 1) < 0.01:
        return Feedback(True, "The event is 12 dB above the background while it lasts.")
    for wrong, hint in known:
        if abs(gain.item() / wrong.item() - 1) < 0.01:
            return Feedback(False, hint)
    return Feedback(
        False, f"The background should be multiplied by {right:.3g}; yours is by {gain.item():.3g}."
    )


def check_top_overlap(answer: Callable[[Tensor, Tensor, float], Tensor]) -> Feedback:
    """Exercise 9.2: of the `share` of bins that are largest in one map, how many are so in the
    other, clip by clip.

    Examples
    --------
    >>> check_top_overlap(lambda first, second, share: ((first > 0) & (second > 0)).float().mean(dim=(1, 2, 3)))
    Not yet. 1.00, 0.50, 0.00, 1.00 are expected, and yours is 0.98, 0.98, 0.00, 0.47.
    """
    first = torch.arange(40.0).flip(0).expand(4, 40).reshape(4, 1, 5, 8)
    partly = (
        first[1].clamp(max=15).where(first[1] > 34, first[1])
    )  # the five largest fall back to the middle
    second = torch.stack([first[0], partly, -first[2], first[3] - 20])
    for share, kept in (
        (0.255, 10),
        (0.27, 11),
    ):  # 10.2 and 10.8 bins: to round up or to cut off is seen
        result = as_tensor_like(
            run_answer(answer, first.clone(), second.clone(), share), torch.empty(4)
        )
        if isinstance(result, Feedback):
            return result
        right = torch.tensor([1.0, (kept - 5) / kept, 0.0, 1.0])
        known = [
            (
                right / (2 - right),
                "You divide by the bins that are in either. Divide by those of one map.",
            ),
            (right.mean().expand(4), "One number for all clips: sum over frequency and time only."),
            (right * kept / 40, "You divide by all bins. Divide by those that one map keeps."),
            (right * kept, "That is how many. Divide by how many one map keeps."),
            (1 - right, "That is what is lost. What stays is asked for."),
            (
                torch.tensor([1.0, 1, 0, 1]),
                "Those are the smallest bins. Sort from the largest down.",
            ),
            (
                torch.tensor([1.0, (16 - kept) / (21 - kept), 0, 1]),
                f"A share of {share} is {40 * share:.1f} of 40 bins, so {kept}: round to the nearest number.",
            ),
        ]
        if (result - right).abs().max() < 1e-3:
            continue
        for wrong, hint in known:
            if (result - wrong).abs().max() < 0.01:
                return Feedback(False, hint)
        if result[0].item() == 1 and abs(result[3].item() - 1) > 1e-3:
            return Feedback(
                False,
                "The last map is the first less a constant: its largest bins are the same. Take no sizes.",
            )
        numbers = (", ".join(f"{x:.2f}" for x in values) for values in (right, result))
        return Feedback(False, "{} are expected, and yours is {}.".format(*numbers))
    return Feedback(
        True, "All, half, nothing, all: only the order of the bins counts, not their unit."
    )


def check_apart(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Feedback:
    """Exercise 9.3: the mean overlap where the answer stayed, that where it changed, and the share
    where it stayed.

    Examples
    --------
    >>> check_apart(lambda overlap, before, after: torch.tensor([overlap.mean()] * 3))
    Not yet. 0.675, 0.150, 0.667 are expected, and yours are 0.500, 0.500, 0.500.
    """
    overlap = torch.tensor([0.9, 0.8, 0.2, 0.7, 0.1, 0.3])
    before, after = torch.tensor([0, 1, 2, 3, 4, 5]), torch.tensor([0, 1, 7, 3, 5, 5])
    result = as_tensor_like(
        run_answer(answer, overlap.clone(), before.clone(), after.clone()), torch.empty(3)
    )
    if isinstance(result, Feedback):
        return result
    right = torch.tensor([0.675, 0.15, 4 / 6])
    known = [
        (right[[1, 0, 2]], "The first two are turned round: first the clips whose answer stayed."),
        (
            torch.tensor([0.5, 0.5, 4 / 6]),
            "That is the mean over all clips, twice. Choose the clips first.",
        ),
        (
            torch.tensor([2.7 / 6, 0.3 / 6, 4 / 6]),
            "Divide by the clips that you chose, not by all.",
        ),
        (torch.tensor([2.7, 0.3, 4 / 6]), "Those are sums. The means are asked for."),
        (
            torch.tensor([0.675, 0.15, 4]),
            "The last number is how many stayed. Their share is asked for.",
        ),
        (
            torch.tensor([0.675, 0.15, 2 / 6]),
            "The last number is the share that changed, not the share that stayed.",
        ),
    ]
    if (result - right).abs().max() < 1e-3:
        return Feedback(
            True,
            "Two thirds stay where the answer stays: a mean over all clips would have hidden that.",
        )
    for wrong, hint in known:
        if (result - wrong).abs().max() < 1e-3:
            return Feedback(False, hint)
    numbers = (", ".join(f"{x:.3f}" for x in values) for values in (right, result))
    return Feedback(False, "{} are expected, and yours are {}.".format(*numbers))
