"""Checks for the exercises of notebook 07: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor

from ..checks import (
    answered_tensor,
    compare,
    exercise,
    listed_in_hint,
    near,
    require,
    require_seeded,
)


@exercise
def check_by_reconstruction(
    answer: Callable[[Callable[[Tensor], Tensor], Tensor, Tensor], Tensor],
) -> str:
    """Exercise 7.1: how far a detector's error falls when chosen bins are replaced by what it
    rebuilds, clip by clip.

    Examples
    --------
    >>> check_by_reconstruction(lambda rebuild, x, chosen: torch.tensor([0.24, -0.08, 0.72]))
    Not yet. A score below 0 is cut off: where the error rises, nothing was faithful.
    """

    def rebuild(x: Tensor) -> Tensor:
        return x.roll(1, dims=3)

    def error(rebuilt: Tensor, x: Tensor) -> Tensor:
        return (rebuilt - x).square().mean(dim=(1, 2, 3))

    def left(x: Tensor) -> Tensor:
        return error(rebuild(x), x) / error(rebuild(values), values)

    values = torch.tensor([0.0, 1, 3, 6]).repeat(3, 1, 1, 1)
    chosen = torch.zeros(3, 1, 1, 4, dtype=torch.bool)
    chosen[0, ..., 0] = chosen[1, ..., 1] = chosen[2, ..., 3] = True
    replaced = torch.where(chosen, rebuild(values), values)
    others = torch.where(chosen, values, rebuild(values))
    right = (1 - left(replaced)).clamp(min=0)
    score = answered_tensor(answer, (3,), rebuild, values, chosen)
    first_error = error(rebuild(values), values)
    known = {
        "A score below 0 is cut off: where the error rises, nothing was faithful.": 1
        - left(replaced),
        "That is what is left of the error. How much of it has gone?": left(replaced),
        "Rebuild the modified clip, too: you compare it with the first reconstruction.": (
            1 - error(rebuild(values), replaced) / first_error
        ).clamp(min=0),
        "You replace what was not chosen.": (1 - left(others)).clamp(min=0),
        "You silence what was chosen. Put the reconstruction there.": (
            1 - left(torch.where(chosen, 0.0, values))
        ).clamp(min=0),
        "Take the share of the clip's own error, not the difference.": (
            first_error * right,
            first_error * (1 - left(replaced)),
        ),
    }
    text = "Three clips should get 0.24, 0 (its error rises) and 0.72; yours get "
    compare(score, right, known, f"{text}{listed_in_hint(score, '.2f')}.")
    return "The measure as published. Now ask it a few questions."


@exercise
def check_widen(answer: Callable[[Tensor, int], Tensor]) -> str:
    """Exercise 7.2: segments that hold a chosen frame, chosen whole; of bool, (batch, time).

    Examples
    --------
    >>> check_widen(lambda frames, segment: frames)
    Not yet. Only the chosen frames themselves are there. Their whole segment is to be chosen.
    """
    frames, right, around = torch.zeros(3, 2, 11)
    frames[0, 5] = frames[1, 10] = 1
    right[0, 4:8] = right[1, 8:] = 1
    around[0, 5:9] = around[1, 10:] = 1
    wide = answered_tensor(answer, right.shape, frames.bool(), 4)
    known = {
        "Only the chosen frames themselves are there. Their whole segment is to be chosen.": frames,
        "Segments lie on a grid, from frame 0 on; yours begin at the chosen frame.": around,
        "Each clip has its own frames: look along time only.": right.amax(dim=0).expand(2, -1),
        "These are the segments without a chosen frame.": 1 - right,
    }
    text = "Frame 5 with segments of 4 frames chooses frames 4 to 7, and frame 10 the rest, 8 to "
    text += f"10; of your first clip {int(wide[0].sum())} frames are chosen."
    compare(wide, right, known, text)
    wide = answered_tensor(answer, (2, 6), frames[:, :6].bool(), 3)
    text = "Right for segments of 4. Use the length that you are given."
    require(near(wide[0], [0, 0, 0, 1, 1, 1]), text)
    return "One frame chooses a whole segment: who scatters frames chooses everything."


@exercise
def check_over_chance(
    answer: Callable[[Callable[[Tensor], Tensor], Tensor, int, torch.Generator], Tensor],
) -> str:
    """Exercise 7.3: the score of a choice less the mean score of random choices as large, clip by
    clip.

    Examples
    --------
    >>> check_over_chance(lambda score, chosen, draws, generator: score(chosen))
    Not yet. That is the score alone. Take off what random choices get.
    """
    worth = torch.tensor([[5.0, 4, 0, 0, 1, 0, 0, 0], [1.0] * 8, [0.0, 0, 0, 9, 0, 0, 0, 0]])
    frames = torch.tensor([2, 4, 3])
    chosen = torch.arange(8) < frames[:, None]

    def score(choice: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if choice.dtype != torch.bool or choice.shape != chosen.shape:
            kind = f"{choice.dtype} of shape {tuple(choice.shape)}"
            raise TypeError(f"score takes bool of shape (3, 8), and this is {kind}.")
        if not torch.equal(kept := choice.sum(dim=1), frames):
            text = "a random choice should be as large as yours, [2, 4, 3] frames, and this one has"
            raise ValueError(f"{text} {kept.tolist()}.")
        return (worth * choice).sum(dim=1)

    made, calls = [], 0
    for draws, seed in ((400, 0), (20, 0), (20, 0), (20, 1)):
        generator = torch.Generator().manual_seed(seed)
        made.append(answered_tensor(answer, (3,), score, chosen, draws, generator))
    own = score(chosen)
    chance = worth.mean(dim=1) * frames
    known = {
        "That is the score alone. Take off what random choices get.": own,
        "That is what chance gets. The score less that is asked for.": chance,
        "The sign is turned: better than chance should be positive.": chance - own,
        "That is a ratio; here the difference is asked for.": own / chance.clamp(min=1e-9),
        "Take the mean over the draws, not their sum.": own - chance * 400,
    }
    text = f"About {listed_in_hint(own - chance, '.1f')} is expected, and yours is "
    text += f"{listed_in_hint(made[0], '.1f')}."
    if calls < 400:
        text = "Draw as often as `draws` says, and take off the mean of all these scores."
    compare(made[0], own - chance, known, text, 0.12)
    require_seeded(*made[1:])
    text = "A choice of what matters is above 0, one that only is large at 0, one that misses"
    return f"{text} below."
