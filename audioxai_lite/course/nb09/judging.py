"""What the claims of notebook 09 compare: winning masks, and maps, clip by clip in noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...evaluation import statistics
from ..results import by_training

# How each metric of Grad-CAM is said to go in noise: up (1) or down (-1).
SAID_OF_GRAD_CAM = {"FF": -1, "AI": -1, "AD": 1, "Fid-In": -1, "AG": 1, "SPS": 1, "COMP": 1}


@dataclass(frozen=True)
class InNoise:
    """Scores of masks and maps in noise, and what is asked of them.

    Parameters
    ----------
    by_clip : DataFrame
        Of `results_by_clip("robustness")`.
    theirs : dict of printed name to name of a method
        As the source computes them.
    names : list of str
        The backgrounds; the last one is intermittent.
    with_all : DataFrame of names of masks
        The winner of each printed name (row) in each state (column).

    Examples
    --------
    >>> from audioxai_lite.course.results import results_by_clip
    >>> won = pd.DataFrame({"clean": ["sign"], "room": ["sign"]}, index=["LIME"])
    >>> theirs = {"LIME": "LIME, superpixels"}
    >>> judged = InNoise(results_by_clip("robustness"), theirs, ["room"], won)
    >>> judged.clip_by_clip("room", "LIME, superpixels", "sign").shape, judged.clear_pairs("room")
    ((3, 20), set())
    """

    by_clip: pd.DataFrame
    theirs: dict[str, str]
    names: list[str]
    with_all: pd.DataFrame

    def clip_by_clip(self, state: str, method: str, mask: str, score: str = "AD") -> pd.DataFrame:
        """A score of a mask, or of a map ("none"): (trainings, clips)."""
        return by_training(self.by_clip, score, background=state, method=method, mask=mask)

    def drops_of_winners(
        self, state: str, picked: pd.DataFrame | None = None
    ) -> dict[str, pd.DataFrame]:
        """The drop of each method's winner under one background, clip by clip."""
        won = self.with_all if picked is None else picked
        best = {name: str(won.loc[name, state]) for name in self.theirs}
        return {name: self.clip_by_clip(state, self.theirs[name], best[name]) for name in best}

    def clear_pairs(self, state: str) -> set[tuple[str, str]]:
        """Pairs of methods of which the first clearly drops less than the second."""
        drop = self.drops_of_winners(state)
        pairs = [(one, other) for one in drop for other in drop if one != other]
        return {(a, b) for a, b in pairs if statistics.clear_side(drop[b] - drop[a]) > 0}

    def as_on_clean_clips(self, picked: pd.DataFrame) -> int:
        """In how many of the cases the winner is that of clean clips."""
        return int(picked[self.names].eq(picked["clean"], axis=0).to_numpy().sum())

    def apart(self, one: str, other: str, of: Sequence[str]) -> int:
        """For how many methods the top overlap, of clips whose answer stays under both, differs
        clearly under two backgrounds.
        """
        count = 0
        for method in of:
            first, second = (
                self.clip_by_clip(state, method, "none", "overlap, equal") for state in (one, other)
            )
            count += statistics.clear_side(first - second) != 0
        return count

    def lime_less(
        self, picked: pd.DataFrame
    ) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
        """By how much LIME with the sign drops less than the other winners, and than controls."""
        less: dict[str, pd.DataFrame] = {}
        controls: dict[str, pd.DataFrame] = {}
        lime = self.theirs["LIME"]
        for state in self.names:
            sign = self.clip_by_clip(state, lime, "sign")
            drop = self.drops_of_winners(state, picked)
            less |= {f"{name}, {state}": drop[name] - sign for name in drop if name != "LIME"}
            for control, of in (("random cells", "cells"), ("loudest bins", "energy")):
                over = self.clip_by_clip(state, lime, "sign", f"AD over {of}")
                controls[f"{control}, {state}"] = -over
        return less, controls

    def larger_there(self, method: str) -> dict[str, dict[str, pd.DataFrame]]:
        """By how much AI and AG with the sign are larger under the intermittent background than
        anywhere else.
        """
        *continuous, intermittent = self.names
        found = {}
        for score in ("AI", "AG"):
            there = self.clip_by_clip(intermittent, method, "sign", score)
            others = ("clean", *continuous)
            found[score] = {s: there - self.clip_by_clip(s, method, "sign", score) for s in others}
        return found

    def sides_of(self, method: str, score: str) -> list[int]:
        """Under each background: 1 if a score of the method's sign mask clearly goes as is said of
        Grad-CAM, -1 if the other way, else 0.
        """
        clean = self.clip_by_clip("clean", method, "sign", score)
        rises = [self.clip_by_clip(s, method, "sign", score) - clean for s in self.names]
        return [statistics.clear_side(np.asarray(SAID_OF_GRAD_CAM[score] * rise)) for rise in rises]

    def more_than_chance(self, method: str) -> dict[str, pd.DataFrame]:
        """How much more the top 30 % of a map drops than random cells, under each background."""
        score = "AD over cells"
        return {s: self.clip_by_clip(s, method, "top 30 %", score) for s in self.names}

    def unsuited(self, method: str) -> str:
        """The verdict on one method: clearly more somewhere, and clearly less nowhere."""
        drops = self.more_than_chance(method).values()
        sides = [statistics.clear_side(more) for more in drops]
        if min(sides) < 0:
            return "does not hold here"
        return "holds" if max(sides) > 0 else "undecided"

    def rises(self, what: str, mask: str) -> dict[str, pd.DataFrame]:
        """By how much it rises, with a mask of saliency, in either continuous noise."""
        clean = self.clip_by_clip("clean", "saliency", mask, what)
        noisy = {s: self.clip_by_clip(s, "saliency", mask, what) for s in self.names[:-1]}
        return {f"{what}, {s}": rise - clean for s, rise in noisy.items()}
