"""The explorer of notebook 06."""

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd

from audioxai_lite.course.explorers import image_widget, png_and_close
from audioxai_lite.display import charts
from audioxai_lite.published import posthoc_audio


def score_explorer(study: pd.DataFrame) -> ipywidgets.Widget:
    """Choose a network, a grain and a score; see it for every method and mask of a study, and what
    random cells get.

    Parameters
    ----------
    study : DataFrame
        One data set and training of `results("interpretation")`.

    Notebook: 05, "Explore".

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> explorer = score_explorer(results("interpretation").query("data == 'environment' and test_fold == 5"))
    >>> explorer.children[2].value
    'AD'
    """
    study = study[study["method"] != "none"]
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "320px"}}
    choices = {
        "network": ipywidgets.Dropdown(
            options=sorted(study["model"].unique()), description="network", **wide
        ),
        "grain": ipywidgets.Dropdown(
            options=sorted(study["grain"].unique()), description="grain", **wide
        ),
        "score": ipywidgets.Dropdown(
            options=[*posthoc_audio.DIRECTIONS, "area"], value="AD", description="score", **wide
        ),
        "shown": ipywidgets.Dropdown(
            options=["the score", "less that of random cells"], description="shown", **wide
        ),
    }
    numbers, picture = ipywidgets.HTML(), image_widget()

    def update(_=None) -> None:
        network, grain, score, shown = (control.value for control in choices.values())
        mine = study[(study["model"] == network) & (study["grain"] == grain)]
        over = f"{score} over cells"
        if shown != "the score" and over not in mine:
            numbers.value = f"random cells were not asked for {score}; choose FF, AD or Fid-In"
            return
        column = score if shown == "the score" else over
        table = mine.pivot(index="method", columns="mask", values=column)
        table = table.reindex(mine["method"].unique())[mine["mask"].unique()].dropna(
            axis=1, how="all"
        )
        better = posthoc_audio.DIRECTIONS[score][0] if score in posthoc_audio.DIRECTIONS else False
        decimals = 0 if table.abs().max(axis=None) > 12 else 2
        limits = float(table.min(axis=None)), float(table.max(axis=None))
        figure, ax = plt.subplots(figsize=(12, 5))
        charts.heat_map(
            ax,
            table,
            f"{column}, {network} network, {grain}; bright is better",
            limits,
            better,
            decimals,
        )
        picture.value = png_and_close(figure)
        best = table.stack().idxmax() if better else table.stack().idxmin()
        row = mine.set_index(["method", "mask"]).loc[best]
        numbers.value = (
            f"best: {best[0]} with {best[1]}, {row[column]:.2f}; it keeps {row['area']:.0%} of a clip, and is the same "
            f"everywhere on {row['constant']:.0%} of them"
        )

    for control in choices.values():
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([*choices.values(), numbers, picture])
