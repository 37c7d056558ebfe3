"""The explorer of notebook 06."""

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd

from ...display import charts
from ...published.posthoc_audio import DIRECTIONS
from ..explorers import ExplorerView, explorer, wide_control

SHOWN = {
    "the score": "",
    "less that of random cells": " over cells",
    "less that of the loudest bins": " over energy",
}


def score_explorer(study: pd.DataFrame) -> ipywidgets.Widget:
    """Choose a network, a grain and a score; see it for every method and mask of a study, and how
    far it is from that of random cells and of the loudest bins.

    Parameters
    ----------
    study : DataFrame
        Masks of one data set, over all trainings or for one, of `results("interpretation")`.

    Notebook: 06, "Explore".

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> study = results("interpretation").query("data == 'environment' and seed == 'all'")
    >>> network, grain, score, *_ = score_explorer(study).children
    >>> score.value
    'AD'
    """
    study = study[(study["method"] != "none") & (study["mask"] != "the map")]

    def draw(network: str, grain: str, score: str, shown: str) -> ExplorerView:
        rows = study[(study["model"] == network) & (study["grain"] == grain)]
        column = f"{score}{SHOWN[shown]}"
        if column not in rows:
            text = f"controls were not asked for {score}; choose FF, AD or Fid-In"
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
        "shown": [*SHOWN],
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
