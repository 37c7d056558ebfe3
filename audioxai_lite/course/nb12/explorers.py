"""The explorer of notebook 12."""

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd

from ...datasets import machine
from ...models.encoder import OBJECTIVES
from ..explorers import ExplorerView, explorer, wide_control
from ..results import results_by_clip
from .features import SCORERS
from .studies import SHARES

POLLUTION = {"none": 0.0, **{f"{share:.0%}": share for share in SHARES}}


def compact_explorer() -> ipywidgets.Widget:
    """Choose how many training clips were faulty, an objective and a scorer; see of which faults
    plain and compact features are sure, and hear the fault that compact ones rank lowest, and the
    one that they rank highest.

    Reads what the studies stored; draws 0 and 1 of the machine.

    Notebook: 12, "Explore".

    Examples
    --------
    >>> *_, text, picture, players = compact_explorer().children
    >>> text.value.startswith("area under the ROC curve: plain")
    True
    """
    clean = results_by_clip("features").query("data_seed < 2 and seed < 3").assign(share=0.0)
    stored = pd.concat([clean, results_by_clip("polluted_features")])
    stored = stored[stored["features"] == "features"]

    def draw(pollution: str, objective: str, scorer: str) -> ExplorerView:
        chosen = stored[stored["share"] == POLLUTION[pollution]]
        chosen = chosen[(chosen["objective"] == objective) & (chosen["scorer"] == scorer)]
        by_clip = chosen.groupby(["compact", "clip"])["area"].mean().unstack("compact")
        figure, ax = plt.subplots(figsize=(5, 4))
        ax.plot(by_clip[False], by_clip[True], "o", color="black", alpha=0.4, markersize=4)
        ax.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=1)
        ax.set(xlabel="plain: healthy clips below the fault (share)", ylabel="compact: the same")
        hardest, easiest = by_clip[True].idxmin(), by_clip[True].idxmax()
        sounds = {}
        for name, clip in {"ranked lowest": hardest, "ranked highest": easiest}.items():
            draw_number, number = map(int, clip.split("-"))
            fault = machine.load("test", seed=draw_number)[number]
            sounds[f"{name}: {fault.events[0].kind}"] = fault.waveform
        means = by_clip.mean()
        return ExplorerView(
            figure,
            f"area under the ROC curve: plain {means[False]:.2f}, compact {means[True]:.2f}",
            sounds,
            16_000,
        )

    row = wide_control(80, 320)
    controls = {
        "pollution": ipywidgets.Dropdown(options=list(POLLUTION), description="faulty", **row),
        "objective": ipywidgets.Dropdown(options=list(OBJECTIVES), description="objective", **row),
        "scorer": ipywidgets.Dropdown(options=list(SCORERS), description="score", **row),
    }
    return explorer(controls, draw)
