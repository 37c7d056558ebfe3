"""A figure of notebook 01 that takes more lines than a lesson has room for."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ...display.style import COLOURS

PLAIN = "#666666"  # what has no colour of its own


def bars_side_by_side(table: pd.DataFrame, rows: str) -> Figure:
    """A panel for each column of a table, with a bar for each row and its value beside it.

    Parameters
    ----------
    table : DataFrame of numbers
        The columns are labels with their units. A row that has a colour in the course keeps it.
    rows : str
        What the rows are.

    Notebook: 01.4 to 01.7.

    Examples
    --------
    >>> figure = bars_side_by_side(pd.DataFrame({"SI-SDR (dB)": {"ours": 10.4}}), "method")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['10.4']
    """
    size = 10, 0.36 * len(table) + 1.1
    figure, axes = plt.subplots(1, table.shape[1], figsize=size, sharey=True, squeeze=False)
    names = [str(name) for name in table.index]
    colours = [COLOURS.get(name, PLAIN) for name in names]
    for ax, (label, values) in zip(axes[0], table.items(), strict=True):
        drawn = ax.barh(names, values, color=colours, height=0.6)
        ax.bar_label(drawn, fmt="%.1f", padding=4)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.margins(x=0.18)
        ax.set_xlabel(label)
    axes[0, 0].set_ylabel(rows)
    axes[0, 0].invert_yaxis()
    return figure
