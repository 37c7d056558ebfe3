"""The explorer of notebook 06."""

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd

from ...display import charts
from ...published.posthoc_audio import DIRECTIONS
from ..explorers import ExplorerView, explorer, wide_control


def score_explorer(study: pd.DataFrame) -> ipywidgets.Widget:
    """Choose a network, a grain and a score; see it for every method and mask of a study, and what
    random cells get.

    Parameters
    ----------
    study : DataFrame
        One data set and training of `results("interpretation")`.

    Notebook: 06, "Explore".

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> study = results("interpretation").query("data == 'environment' and test_fold == 5")
    >>> network, grain, score, *_ = score_explorer(study).children
    >>> score.value
    'AD'
    """
    study = study[study["method"] != "none"]

    def draw(network: str, grain: str, score: str, shown: str) -> ExplorerView:
        rows = study[(study["model"] == network) & (study["grain"] == grain)]
        column = score if shown == "the score" else f"{score} over cells"
        if column not in rows:
            text = f"random cells were not asked for {score}; choose FF, AD or Fid-In"
            return ExplorerView(None, text)
        higher_is_better = score in DIRECTIONS and DIRECTIONS[score][0]
        table = rows.pivot(index="method", columns="mask", values=column)
        table = table.reindex(rows["method"].unique())[rows["mask"].unique()]
        table = table.dropna(axis=1, how="all")
        title = f"{column}, {network} network, {grain}; bright is better"
        best = table.stack().idxmax() if higher_is_better else table.stack().idxmin()
        row = rows.set_index(["method", "mask"]).loc[best]
        return ExplorerView(
            _figure(table, title, higher_is_better),
            f"best: {best[0]} with {best[1]}, {row[column]:.2f}; it keeps {row['area']:.0%} of a "
            f"clip, and is the same everywhere on {row['constant']:.0%} of them",
        )

    options = {
        "network": sorted(study["model"].unique()),
        "grain": sorted(study["grain"].unique()),
        "score": [*DIRECTIONS, "area"],
        "shown": ["the score", "less that of random cells"],
    }
    controls = {
        name: ipywidgets.Dropdown(options=values, description=name, **wide_control(70, 320))
        for name, values in options.items()
    }
    controls["score"].value = "AD"
    return explorer(controls, draw)


def _figure(table: pd.DataFrame, title: str, higher_is_better: bool):
    """The table as a heat map between its own lowest and highest number."""
    limits = float(table.min(axis=None)), float(table.max(axis=None))
    decimals = 0 if table.abs().max(axis=None) > 12 else 2
    figure, ax = plt.subplots(figsize=(12, 5))
    charts.heat_map(ax, table, title, limits, higher_is_better, decimals)
    return figure
