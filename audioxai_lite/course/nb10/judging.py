"""What the claims of notebook 10 compare, clip by clip: maps that were turned, and what defends."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...evaluation import statistics
from ..classifiers import KINDS
from ..results import by_training

ALLOWED = 0.05  # of right answers that a defence may cost
Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Turned:
    """What became of the maps of one data set under attack.

    Parameters
    ----------
    by_clip : DataFrame
        Of `results_by_clip("manipulation")`.
    data : str

    Examples
    --------
    >>> from audioxai_lite.course.results import results_by_clip
    >>> turned = Turned(results_by_clip("manipulation"), "environment")
    >>> turned.lead("saliency", "plain").shape, round(turned.area("softened"), 2) > 0.9
    ((3, 24), True)
    """

    by_clip: pd.DataFrame
    data: str

    def lead(
        self,
        method: str,
        kind: str,
        attack: str = "under the mask",
        data: str | None = None,
        of: str = "target",
    ) -> pd.DataFrame:
        """How much better the maps agree with the wanted than with their former ones:
        (trainings, clips).
        """
        chosen = {"data": data or self.data, "method": method, "model": kind, "attack": attack}
        return by_training(self.by_clip, of, less="own", **chosen)

    def leads(self, attack: str, name: str = "", of: str = "target") -> dict[str, Interval]:
        """The same of saliency as means with intervals, for each kind of network."""
        each = {kind: self.lead("saliency", kind, attack, of=of) for kind in KINDS}
        return {f"{name}{kind}": statistics.mean_interval(lead) for kind, lead in each.items()}

    def nearer(self, kind: str, attack: str) -> pd.DataFrame:
        """How much nearer saliency comes to the wanted map in an attack on ReLUs."""
        chosen = {"data": self.data, "method": "saliency", "model": kind, "attack": attack}
        return by_training(self.by_clip, "target", "target before", **chosen)

    def agreements(
        self, way: str, name: str, data: str | None = None, kind: str = "plain"
    ) -> np.ndarray:
        """How well a clip's two maps agree, clean, with noise or attacked; the second map is that
        of a copy, or of the softened network.
        """
        table, attack = self.by_clip, f"{name}, agrees with {way}"
        chosen = (table["data"] == (data or self.data)) & (table["method"] == "saliency")
        chosen &= (table["model"] == kind) & (table["attack"] == attack)
        return table.loc[chosen, "own"].to_numpy()

    def area(self, way: str, data: str | None = None, kind: str = "plain") -> float:
        """The area under the ROC curve: how often a clean clip's maps agree better than an
        attacked one's.
        """
        clean, attacked = (self.agreements(way, name, data, kind) for name in ("clean", "attacked"))
        return float((clean[:, None] > attacked).mean())


@dataclass(frozen=True)
class Softened:
    """What became of softened networks on one data set.

    Parameters
    ----------
    by_clip : DataFrame
        Of `results_by_clip("softened")`.
    data : str

    Examples
    --------
    >>> from audioxai_lite.course.results import results_by_clip
    >>> soft = Softened(results_by_clip("softened"), "environment")
    >>> soft.of("right", "plain", 10).shape
    (3, 24)
    """

    by_clip: pd.DataFrame
    data: str

    def of(
        self, value: str, kind: str, beta: float, attack: str = "none", less: str = ""
    ) -> pd.DataFrame:
        """A number of softened networks, clip by clip: (trainings, clips)."""
        chosen = {"data": self.data, "model": kind, "beta": beta, "attack": attack}
        return by_training(self.by_clip, value, less, **chosen)

    def lost(self) -> dict[str, Interval]:
        """The share of right answers that β = 3 costs, by kind of network."""
        right = {kind: [self.of("right", kind, beta) for beta in (1000, 3)] for kind in KINDS}
        return {kind: statistics.mean_interval(a - b) for kind, (a, b) in right.items()}

    def works(self, halved: dict[str, Interval]) -> dict[str, int]:
        """Whether β = 3 halves the way, keeps the answers and finds the event: 1, or -1, or 0 where
        an interval leaves it open. `halved` is by "way, kind".
        """
        sides = {}
        for kind, (value, low, high) in self.lost().items():
            left = (ALLOWED - value, ALLOWED - high, ALLOWED - low)
            sides[kind] = [statistics.interval_side(left)]
            if self.data == "environment":  # recordings have no truth
                found, usual = (
                    self.of("average precision before", kind, beta, "attacked")
                    for beta in (3, 1000)
                )
                sides[kind].append(1 if statistics.clear_side(found - usual) >= 0 else -1)
        return {
            way: min(statistics.interval_side(ends), *sides[way.split(", ")[1]], 1)
            for way, ends in halved.items()
        }
