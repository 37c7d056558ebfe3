"""The rules that make masks of notebook 05, drawn on the histogram of an attribution."""

from matplotlib.axes import Axes
from torch import Tensor

from ...display.style import RULE_COLOURS


def mask_rules(ax: Axes, attribution: Tensor, masks: dict[str, Tensor]) -> None:
    """Draw the histogram of an attribution, and over it what masks made of each value.

    A mask of zeros and ones is a line where it begins to keep; a soft one a curve from 0 to 1.

    Parameters
    ----------
    attribution : Tensor, shape (1, 1, frequency, time)
    masks : dict of rule to Tensor, shape of `attribution`

    Notebook: 05.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import torch
    >>> attribution = torch.tensor([[[[-1.0, 0.0, 1.0, 2.0]]]])
    >>> figure, ax = plt.subplots()
    >>> mask_rules(ax, attribution, {"sign": (attribution > 0).float()})
    >>> line = figure.axes[1].lines[0]
    >>> line.get_label(), float(line.get_xdata()[0])
    ('sign', 1.0)
    """
    values, order = attribution.flatten().sort()
    ax.hist(values, bins=100, color="#CCCCCC", log=True)
    ax.set(xlabel="value of the attribution (per dB)", ylabel="bins")
    right = ax.twinx()
    for name, mask in masks.items():
        colour = RULE_COLOURS.get(name.removesuffix(", positive"), "#999999")
        style = {"color": colour, "label": name, "linewidth": 1.6}
        kept = mask.flatten()[order]
        if ((kept == 0) | (kept == 1)).all():
            dash = "--" if "top" in name else "-"
            right.axvline(values[kept == 1].min(), linestyle=dash, **style)
        else:
            right.plot(values, kept, **style)
    right.set(ylim=(-0.02, 1.02), ylabel="mask")
    right.spines["right"].set_visible(True)
    right.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3, fontsize=10)
