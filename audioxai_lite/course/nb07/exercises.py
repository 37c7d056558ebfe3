"""Checks for the exercises of notebook 07: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from audioxai_lite.course.checks import Feedback, as_tensor_like, run_answer, seeded, shape_of


def check_widen(answer: Callable[[Tensor, int], Tensor]) -> Feedback:
    """Exercise 7.1: segments that hold a chosen frame, chosen whole; of bool, (batch, time).

    Examples
    --------
    >>> check_widen(lambda frames, segment: frames)
    Not yet. Only the chosen frames themselves are there. Their whole segment is to be chosen.
    """
    frames = torch.zeros(2, 11, dtype=torch.bool)
    frames[0, 5] = frames[1, 10] = True
    right = torch.zeros(2, 11)
    right[0, 4:8] = right[1, 8:] = 1
    around = torch.zeros(2, 11)
    around[0, 5:9] = around[1, 10:] = 1
    result = as_tensor_like(run_answer(answer, frames.clone(), 4), right)
    if isinstance(result, Feedback):
        return result
    known = [
        (
            frames.float(),
            "Only the chosen frames themselves are there. Their whole segment is to be chosen.",
        ),
        (around, "Segments lie on a grid, from frame 0 on; yours begin at the chosen frame."),
        (right.amax(dim=0).expand(2, -1), "Each clip has its own frames: look along time only."),
        (1 - right, "These are the segments without a chosen frame."),
    ]
    for wrong, hint in known:
        if torch.equal(result, wrong):
            return Feedback(False, hint)
    if not torch.equal(result, right):
        text = "Frame 5 with segments of 4 frames chooses frames 4 to 7, and frame 10 the rest, 8 to 10"
        return Feedback(
            False, f"{text}; of your first clip {int(result[0].sum())} frames are chosen."
        )
    if (
        as_tensor_like(run_answer(answer, frames[:, :6], 3), right[:, :6]).tolist()[0]
        != [0.0] * 3 + [1.0] * 3
    ):
        return Feedback(False, "Right for segments of 4. Use the length that you are given.")
    return Feedback(
        True, "One frame chooses a whole segment: who scatters frames chooses everything."
    )


def check_over_chance(
    answer: Callable[[Callable[[Tensor], Tensor], Tensor, int, torch.Generator], Tensor],
) -> Feedback:
    """Exercise 7.2: the score of a choice less the mean score of random choices as large, clip by
    clip.

    Examples
    --------
    >>> check_over_chance(lambda score, chosen, draws, generator: score(chosen))
    Not yet. That is the score alone. Take off what random choices get.
    """
    worth = torch.tensor(
        [[5.0, 4, 0, 0, 1, 0, 0, 0], [1.0, 1, 1, 1, 1, 1, 1, 1], [0.0, 0, 0, 9, 0, 0, 0, 0]]
    )
    chosen = torch.tensor(
        [[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]]
    ).bool()

    def score(choice: Tensor) -> Tensor:
        if choice.dtype != torch.bool or choice.shape != chosen.shape:
            raise TypeError(
                f"score takes bool of shape (3, 8), and this is {choice.dtype}{shape_of(choice)}."
            )
        if (kept := choice.sum(dim=1).tolist()) != [2, 4, 3]:
            raise ValueError(
                f"a random choice should be as large as yours, [2, 4, 3] frames, and this one has {kept}."
            )
        return (worth * choice).sum(dim=1)

    made = []
    for draws, seed in ((400, 0), (20, 0), (20, 0), (20, 1)):
        result = as_tensor_like(
            run_answer(answer, score, chosen.clone(), draws, torch.Generator().manual_seed(seed)),
            torch.empty(len(worth)),
        )
        if isinstance(result, Feedback):
            return result
        made.append(result)
    result = made[0]
    mine, share = score(chosen), chosen.float().mean(dim=1)
    chance = share * worth.sum(dim=1)
    known = [
        (mine, "That is the score alone. Take off what random choices get."),
        (chance, "That is what chance gets. The score less that is asked for."),
        (chance - mine, "The sign is turned: better than chance should be positive."),
        (mine / chance.clamp(min=1e-9), "That is a ratio; here the difference is asked for."),
        (mine - chance * 400, "Take the mean over the draws, not their sum."),
    ]
    for wrong, hint in known:
        if (result - wrong).abs().max() < 0.5:
            return Feedback(False, hint)
    if (result - (mine - chance)).abs().max() > 0.75:
        numbers = ", ".join(f"{x:.1f}" for x in mine - chance)
        return Feedback(
            False,
            f"About {numbers} is expected, and yours is {', '.join(f'{x:.1f}' for x in result)}.",
        )
    if (ignored := seeded(*made[1:])) is not None:
        return ignored
    return Feedback(
        True,
        "A choice of what matters is above 0, one that only is large at 0, one that misses below.",
    )
