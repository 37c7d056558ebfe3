"""How fine, in hertz, the map of a method is: the height of the cells that it asks about. Taught in
notebook 14.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .attribution.batches import undisturbed
from .attribution.cam import layer_output
from .attribution.segments import as_segments
from .audio_model import AudioModel
from .check import Check
from .methods import ATTENTION, METHODS, PERTURBATIONS, method_options
from .recording import Recording

# What to give a method for cells of one's own.
CELLS = {"occlusion": "window", "RISE": "cells", "LIME": "segments", "Shapley values": "segments"}


def cell_height(model: AudioModel, recording: Recording, method: str, **options) -> float:
    """How high the cells are whose part in the answer a method tells apart, in hertz.

    Parameters
    ----------
    model, recording, method, options
        See `attribution_of`.

    Returns
    -------
    float
        One row of the grid for methods that follow gradients to the input; a window for occlusion,
        a cell for RISE, the median segment for LIME and Shapley values, and for Grad-CAM and
        attention a cell of the layer or a token. Rows of a mel front end count as the median one.

    Notebook: 14.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> recording = model.hear(torch.rand(8_000))
    >>> cell_height(model, recording, "occlusion"), cell_height(model, recording, "LIME")
    (671.875, 671.875)
    >>> cell_height(model, recording, "occlusion", window=(1, 32))
    15.625
    """
    rows = recording.values.shape[2]
    frequencies = recording.grid.frequencies
    row = float(frequencies.diff().median()) if rows > 1 else model.sample_rate / 2
    return row * _rows_of_cell(model, recording, method, options)


def _rows_of_cell(model: AudioModel, recording: Recording, method: str, options: dict) -> float:
    rows = recording.values.shape[2]
    if method in ATTENTION and model.tokens is not None:
        return rows / model.tokens.bands
    if method not in CELLS and method != "Grad-CAM":
        return 1
    known = method_options(model, recording, method) | options
    if method == "Grad-CAM":
        asked = {key: known[key] for key in ("layer", "time_axis", "tokens")}
        with undisturbed(model.called), torch.no_grad():
            return rows / layer_output(recording, recording.values, **asked).shape[2]
    if method == "occlusion":
        return known.get("window", (8, 16))[0]
    if method == "RISE":
        return -(-rows // known.get("cells", (12, 12))[0])
    return _median_height(as_segments(known["segments"], recording.values)[0, 0])


def _median_height(segments: Tensor) -> float:
    heights = []
    for number in segments.unique():
        rows = (segments == number).any(dim=1).nonzero()[:, 0]
        heights.append(float(rows[-1] - rows[0] + 1))
    return float(torch.tensor(heights).median())


def too_coarse(model: AudioModel, recording: Recording, method: str, **options) -> str:
    """Why a method cannot show the detail asked for in `check(..., detail=)`; "" where it can.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> recording = model.hear(torch.rand(8_000))
    >>> too_coarse(model, recording, "occlusion")
    ''
    >>> model.detail = 50.0
    >>> too_coarse(model, recording, "occlusion")
    'cells of 672 Hz cannot show what lies 50 Hz apart'
    """
    if model.detail is None:
        return ""
    height = cell_height(model, recording, method, **options)
    if height <= model.detail:
        return ""
    return f"cells of {height:,.0f} Hz cannot show what lies {model.detail:g} Hz apart"


def coarse_methods(model: AudioModel, recording: Recording) -> Iterator[Check]:
    """A line for each method whose cells are too coarse for the detail that was asked for.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> model.detail = 50.0
    >>> [check.refused for check in coarse_methods(model, model.hear(torch.rand(8_000)))]
    [('occlusion',), ('RISE',), ('LIME',), ('Shapley values',)]
    """
    for method in METHODS if model.has_gradients else PERTURBATIONS:
        if method in model.failed:
            continue
        reason = too_coarse(model, recording, method)
        if reason:
            remedy = f"give it smaller ones, {CELLS[method]}=" if method in CELLS else ""
            name = f"{method} is fine enough"
            yield Check(name, "not with this model", reason, remedy, (method,))
