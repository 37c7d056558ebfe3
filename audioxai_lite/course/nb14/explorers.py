"""The explorer of notebook 14."""

import ipywidgets
from torch import Tensor

from ...audio_model import AudioModel
from ...display import figures, style
from ...explanation import Explanation, explain
from ..explorers import ExplorerView, explorer, slider, wide_control


def own_model_explorer(
    model: AudioModel, waveform: Tensor, methods: tuple[str, ...], truth: Tensor | None = None
) -> ipywidgets.Widget:
    """Choose a method and how much of its map is kept; see it, hear it, and ask the model.

    Parameters
    ----------
    model : AudioModel
        A classifier.
    waveform : Tensor, shape (1, samples)
    methods : tuple of str
        Each is asked once.
    truth : Tensor, shape of the map, optional

    Notebook: 14, "Explore".

    Examples
    --------
    >>> from .demo import demo_model
    >>> import torch
    >>> widget = own_model_explorer(demo_model(), torch.randn(1, 80_000), ("saliency",))
    >>> widget.children[1].value  # per cent of the bins
    5
    """
    asked: dict[str, Explanation] = {}

    def draw(method: str, share: int) -> ExplorerView:
        if method not in asked:
            asked[method] = explain(model, waveform, method)
        explanation = asked[method]
        recording, mask = explanation.recording, explanation.mask(share / 100)
        kept, removed = (
            float(model.link(recording.outputs(recording.masked(each)))[0, explanation.target])
            for each in (mask, 1 - mask)
        )
        figure, axes = figures.plt.subplots(1, 3, figsize=(13, 2.7), sharey=True)
        figures.spectrogram(axes[0], recording.energy, recording.grid, "recording", truth=truth)
        figures.attribution(axes[1], explanation.map, recording.grid, method, truth)
        figures.spectrogram(axes[2], mask, recording.grid, "kept", (0, 1), truth, style.MASK_MAP)
        for ax in axes[1:]:
            ax.label_outer()
        text = f"{explanation.name}: {kept:.2f} of what is kept, {removed:.2f} of the rest"
        sounds = explanation.sounds(share / 100)
        return ExplorerView(figure, text, sounds, recording.grid.sample_rate)

    row = wide_control(80, 400)
    controls = {
        "method": ipywidgets.Dropdown(options=methods, description="method", **row),
        "share": slider("kept (%)", 5, 1, 60, **row),
    }
    return explorer(controls, draw, on_the_site={"share": (1, 5, 10, 30)})
