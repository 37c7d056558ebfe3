"""The figure of notebook 14 that says which methods are right on which networks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

STATES = ("wrong", "refused", "right")
# Okabe & Ito: vermilion, a light grey, bluish green; the letters say it without colours.
COLOURS = ("#D55E00", "#DDDDDD", "#009E73")
LETTERS = {"right": "✓", "refused": "–", "wrong": "✗"}


def methods_table(study: pd.DataFrame) -> Figure:
    """Networks down, methods across; each cell right, refused or wrong.

    Parameters
    ----------
    study : DataFrame
        The table `own_models`: network, method, state.

    Examples
    --------
    >>> study = pd.DataFrame({"network": ["a"], "method": ["LRP"], "state": ["right"]})
    >>> methods_table(study).axes[0].texts[0].get_text()
    '✓'
    """
    order = study["network"].unique(), study["method"].unique()
    states = study.pivot(index="network", columns="method", values="state").loc[order]
    numbers = states.map(STATES.index).to_numpy()
    figure, ax = plt.subplots(figsize=(11, 0.4 * len(states) + 1.6), layout="constrained")
    ax.imshow(numbers, cmap=ListedColormap(COLOURS), vmin=0, vmax=2, aspect="auto")
    for row, column in np.ndindex(numbers.shape):
        colour = "black" if states.iloc[row, column] == "refused" else "white"
        letter = LETTERS[states.iloc[row, column]]
        ax.text(column, row, letter, ha="center", va="center", color=colour, fontweight="bold")
    ax.set_xticks(range(len(states.columns)), states.columns, rotation=40, ha="right")
    ax.set_yticks(range(len(states)), states.index)
    ax.set_xlabel("✓ right     – refused, with a reason     ✗ wrong")
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(states.columns)) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(states)) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    return figure
