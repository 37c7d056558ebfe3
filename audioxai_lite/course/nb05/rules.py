"""The rules that make masks of notebook 05, drawn on the histogram of an attribution."""

from matplotlib.axes import Axes
from torch import Tensor


def mask_rules(ax: Axes, attribution: Tensor, masks: dict[str, Tensor]) -> None:
    """Draw the histogram of an attribution, and over it what masks made of each value.

    A mask of zeros and ones is a line where it begins to keep; a soft one a curve from 0 to 1.
    Lines that lie close to one another share one label.

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
    >>> right = figure.axes[1]
    >>> right.texts[0].get_text(), float(right.lines[0].get_xdata()[0])
    ('sign', 1.0)
    """
    values, order = attribution.flatten().sort()
    ax.hist(values, bins=100, color="#CCCCCC", log=True)
    ax.set(xlabel="value of the attribution (per dB)", ylabel="bins")
    right = ax.twinx()
    width = float(values[-1] - values[0])
    written = values[0] + 2 / 3 * width  # where the name of a curve stands, below it
    edges = {}
    for name, mask in masks.items():
        kept = mask.flatten()[order]
        if ((kept == 0) | (kept == 1)).all():
            edges[name.removesuffix(", positive")] = edge = float(values[kept == 1].min())
            right.axvline(edge, color="black", linewidth=1, linestyle="--")
        else:
            right.plot(values, kept, color="black", linewidth=1.6)
            height = kept[values <= written][-1]
            label = f" {name.removesuffix(', positive')}"
            right.text(written, height, label, va="top", fontsize=10)
    rules = sorted(edges, key=edges.__getitem__)
    while rules:
        near = [name for name in rules if edges[name] <= edges[rules[0]] + width / 20]
        words = ",\n".join(near).replace("threshold ", "threshold\n")
        last = edges[near[-1]]
        if last < written:
            right.text(last + width / 80, 1, words, va="top", fontsize=10)
        else:  # the curves end above
            right.text(last - width / 80, 0.35, words, va="top", ha="right", fontsize=10)
        rules = rules[len(near) :]
    right.set(ylim=(-0.02, 1.02), ylabel="mask")
    right.spines["right"].set_visible(True)
