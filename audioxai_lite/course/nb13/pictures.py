"""Figures of notebook 13."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from ...display import charts
from ...evaluation.statistics import mean_interval
from ..results import by_training


def means(table: pd.DataFrame, value: str, rows: dict[str, dict]) -> pd.DataFrame:
    """Means over clips and trainings with their intervals, a row of the figure a name.

    Parameters
    ----------
    table : DataFrame
        See `results.by_training`.
    value : str
    rows : dict of name to what columns hold

    Examples
    --------
    >>> table = pd.DataFrame({"seed": 0, "clip": ["a", "b"], "AD": [1.0, 3.0], "method": "mine"})
    >>> float(means(table, "AD", {"ours": {"method": "mine"}}).loc["ours", "AD"])
    2.0
    """
    found = {}
    for name, where in rows.items():
        numbers = mean_interval(by_training(table, value, **where))
        found[name] = dict(zip((value, f"{value} low", f"{value} high"), numbers, strict=True))
    return pd.DataFrame(found).T


def dots_of(
    ax: Axes, tables: dict[str, pd.DataFrame], value: str, colours: Sequence[str], label: str
) -> None:
    """A row a name, a colour a table, with intervals.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> table = pd.DataFrame({"AD": [1.0], "AD low": [0.0], "AD high": [2.0]}, index=["mine"])
    >>> figure, ax = plt.subplots()
    >>> dots_of(ax, {"soft": table}, "AD", ["black"], "average drop (%)")
    >>> ax.get_xlabel()
    'average drop (%)'
    """
    both = pd.concat(tables, axis=1)
    charts.dots(ax, both, dict(zip(tables, colours, strict=True)), value)
    ax.set_xlabel(label)
