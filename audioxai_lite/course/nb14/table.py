"""The figures of notebook 14 that tell of every method: which are right, and which point at the
harmonics.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

STATES = ("wrong", "refused", "right")
# Okabe & Ito: vermilion, a light grey, bluish green; the letters say it without colours.
COLOURS = ("#D55E00", "#DDDDDD", "#009E73")
CONTROLS = ("energy", "random cells")
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


def shares_by_method(study: pd.DataFrame) -> Figure:
    """What share of each method's positive map lies at the harmonics, a mark a sound.

    Parameters
    ----------
    study : DataFrame
        The table `pitch_methods`: sound, method, share; methods without a share are left out.

    Examples
    --------
    >>> rows = {"sound": ["a", "a"], "method": ["LIME", "energy"], "share": [0.5, 0.7]}
    >>> ax = shares_by_method(pd.DataFrame(rows)).axes[0]
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['energy', 'LIME']
    """
    shares = study.dropna(subset="share").query("method != 'harmonics'")
    wide = shares.pivot(index="method", columns="sound", values="share")
    wide = wide.loc[wide.min(axis=1).sort_values(ascending=False).index]
    figure, ax = plt.subplots(figsize=(9, 0.33 * len(wide) + 1.3), layout="constrained")
    for (sound, column), marker in zip(wide.items(), "oDs^v", strict=False):
        colours = ["#777777" if name in CONTROLS else "#0072B2" for name in wide.index]
        ax.scatter(column, range(len(wide)), c=colours, marker=marker, s=50, label=sound)
    ax.axvline(0.9, color="black", lw=1, ls=":")
    ax.set_yticks(range(len(wide)), wide.index)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel="share of the positive map within a row of a harmonic of 220 Hz")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
