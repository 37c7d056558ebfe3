"""What the explorers share: a few controls, a figure, a player. The notebook has a static figure
beside each.
"""

import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from audioxai_lite.datasets import Dataset
from audioxai_lite.display import style


def choice_of_clips(dataset: Dataset, **options: dict) -> ipywidgets.Dropdown:
    """The clips of a data set, by number and label."""
    titles = [(f"{number}: {label}", number) for number, label in enumerate(dataset.table["label"])]
    return ipywidgets.Dropdown(options=titles, description="clip", **options)


def image_widget() -> ipywidgets.Image:
    """An image widget at the figure's own size; a box would stretch it."""
    return ipywidgets.Image(
        format="png", layout={"width": "auto", "max_width": "100%", "align_self": "flex-start"}
    )


def png_and_close(figure: Figure) -> bytes:
    """For an image widget; a figure left open would be shown a second time, below the cell."""
    picture = style.png(figure)
    plt.close(figure)
    return picture
