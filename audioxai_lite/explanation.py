"""Explain what a model heard in a recording: a map in time and frequency that can be seen, heard,
scored and doubted.

Strings for methods live here, at the outer door; `attribution` has the functions. Taught in
notebook 14.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
import torch
from matplotlib.figure import Figure
from torch import Tensor

from . import masks
from .audio_model import AudioModel
from .display import figures, players
from .fineness import too_coarse
from .masks.regions import largest_regions
from .method_checks import MISSING, due_from
from .methods import GRADIENTS, METHODS, PERTURBATIONS, attribution_of
from .recording import Recording
from .scores import evaluate, prediction_of_cells

FITTED = ("RISE", "LIME")  # from random masks: whether they hold for other masks is measured
LEAST_PREDICTION = 0.3
PATH = {"steps", "baseline"}  # the path of integrated gradients


@dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for a model's answer, bin by bin, with the recording that it was asked about.

    Attributes
    ----------
    recording : Recording
    method : str
    target : int or None
        The class explained; None for a score.
    map : Tensor, shape (1, 1, frequency, time)
        On the grid of `frequencies` and `seconds`. Signs and units are the method's.
    """

    recording: Recording
    method: str
    target: int | None
    map: Tensor

    @property
    def frequencies(self) -> Tensor:
        """The centre of each row of the map, in hertz."""
        return self.recording.grid.frequencies

    @property
    def seconds(self) -> Tensor:
        """The centre of each column of the map, in seconds."""
        grid = self.recording.grid
        return torch.arange(self.map.shape[-1]) * grid.hop_length / grid.sample_rate

    @property
    def name(self) -> str:
        """What was explained: the class by name where it has one."""
        classes = self.recording.model.classes
        if self.target is None:
            return "score"
        return classes[self.target] if classes else f"class {self.target}"

    def __str__(self) -> str:
        model = self.recording.model
        said = "declared" if model.declared else "found"
        level = "; the level statistics inside are held at the recording's"
        held = level if self.recording.statistics else ""
        return f"{self.method} for {self.name}; the outputs are {model.answer} ({said}){held}"

    def mask(self, area: float = 0.05) -> Tensor:
        """The bins of largest attribution, ones and zeros in the shape of the map, as many as
        `area` says.
        """
        return masks.top_k(self.map, area)

    def kept(self, area: float = 0.05) -> Tensor:
        """What the mask keeps, as a waveform (1, samples)."""
        return self.recording.sound(self.mask(area))

    def removed(self, area: float = 0.05) -> Tensor:
        """What the mask takes away, as a waveform (1, samples)."""
        return self.recording.sound(1 - self.mask(area))

    def regions(self, count: int = 3, area: float = 0.05) -> pd.DataFrame:
        """The regions that matter most: start, end (s), low, high (Hz), and their share of the
        positive map. See `masks.regions.largest_regions`.
        """
        grid, hertz = self.recording.grid, self.frequencies
        step = grid.hop_length / grid.sample_rate
        rows = [
            {
                "start": max(0.0, (region.columns[0] - 0.5) * step),
                "end": (region.columns[1] + 0.5) * step,
                "low": float(hertz[region.rows[0]]),
                "high": float(hertz[region.rows[1]]),
                "share": region.share,
            }
            for region in largest_regions(self.map, count, area)
        ]
        return pd.DataFrame(rows, columns=["start", "end", "low", "high", "share"])

    def show(self, truth: Tensor | None = None) -> Figure:
        """The recording's level beside the map, with axes in seconds and kilohertz."""
        figure, axes = figures.plt.subplots(1, 2, figsize=(11, 2.9), sharey=True)
        grid = self.recording.grid
        figures.spectrogram(axes[0], self.recording.energy, grid, "recording", truth=truth)
        figures.attribution(axes[1], self.map, grid, f"{self.method}: {self.name}", truth)
        axes[1].label_outer()
        return figure

    def sounds(self, area: float = 0.05) -> dict[str, Tensor]:
        """What there is to hear: the recording, what is kept and removed, and as much kept by
        chance.
        """
        chance = masks.random_like(self.mask(area), (8, 16))
        return {
            "recording": self.recording.waveform,
            f"kept, {area:.0%}": self.kept(area),
            "removed": self.removed(area),
            "as much by chance": self.recording.sound(chance),
        }

    def listen(self, area: float = 0.05) -> None:
        """Players of `sounds`, side by side, in a notebook."""
        players.compare(self.sounds(area), self.recording.grid.sample_rate, pictures=False)

    def save(self, folder: str | os.PathLike, area: float = 0.05) -> Path:
        """Write the map, figure, sounds and scores to a folder, all at once or not at all.

        Returns
        -------
        Path
            The folder: map.npy, explanation.png, explanation.json, scores.csv and a wav of each
            sound.

        Raises
        ------
        FileExistsError
            If the folder is there already.
        """
        folder = Path(folder)
        if folder.exists():
            raise FileExistsError(f"{folder} is there already; name a new folder, or remove it")
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        partial.mkdir(parents=True)
        try:
            self._write(partial, area)
            os.replace(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        return folder

    def _write(self, folder: Path, area: float) -> None:
        np.save(folder / "map.npy", self.map.numpy())
        figure = self.show()
        figure.savefig(folder / "explanation.png", dpi=144, bbox_inches="tight")
        figures.plt.close(figure)
        for name, sound in self.sounds(area).items():
            file = folder / f"{name.split(',')[0].replace(' ', '_')}.wav"
            soundfile.write(file, sound[0].numpy().clip(-1, 1), self.recording.grid.sample_rate)
        evaluate(self).to_csv(folder / "scores.csv")
        about = {
            "method": self.method,
            "target": self.name,
            "answer": self.recording.model.answer,
            "frequencies_hz": self.frequencies.tolist(),
            "seconds": self.seconds.tolist(),
        }
        text = json.dumps(about, indent=2) + "\n"
        (folder / "explanation.json").write_text(text, encoding="utf-8")


def explain(
    model: AudioModel,
    waveform: Any,
    method: str = "integrated gradients",
    target: Any = None,
    **options,
) -> Explanation:
    """Ask a model which parts of a recording its answer rests on.

    Parameters
    ----------
    model : AudioModel
    waveform : Tensor, ndarray or list, shape (samples,) or (1, samples)
        At the model's sample rate.
    method : one of `METHODS`, default "integrated gradients"
        For a function without gradients: one of `PERTURBATIONS`.
    target : str or int, optional
        The class, by name or number; by default the predicted one. A score has none.
    options
        Passed on to the method's function in `attribution`.

    Returns
    -------
    Explanation

    Raises
    ------
    ValueError
        If there is no such method, the model cannot bear it, or it needs something declared; the
        message says what.

    Notebook: 14.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> click = torch.zeros(8_000)
    >>> click[4_000:4_400] = 0.5
    >>> loud = explain(model, click, "occlusion", window=(513, 8), step=(513, 4))
    >>> round(loud.seconds[int(loud.map.sum(dim=2).argmax())].item(), 2)  # where it is loud
    0.26
    """
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    if method in GRADIENTS and not model.has_gradients:
        raise ValueError(
            f"{method} needs gradients, and a function has none: "
            f"use {', '.join(PERTURBATIONS)}, or pass the network itself"
        )
    # Another path is measured below, and not taken for the one that the doctor tried.
    other_path = method == "integrated gradients" and not PATH.isdisjoint(options)
    if method in model.failed and not other_path:
        raise ValueError(f"{method} failed a check of this model: {model.failed[method]}")
    recording = model.hear(waveform)
    coarse = too_coarse(model, recording, method, **options)
    if coarse:
        raise ValueError(f"{method} is too coarse for what was asked of this model: {coarse}")
    number = model.class_of(target, recording.outputs(recording.values))
    found = attribution_of(model, recording, method, number, **options)
    explanation = Explanation(recording, method, number, found)
    if method in model.failed:
        _must_add_up(explanation, options.get("baseline"))
    if method in FITTED:
        _must_predict(explanation)
    return explanation


def _must_add_up(explanation: Explanation, baseline: Any) -> None:
    due = due_from(explanation.recording, explanation.target, baseline)
    found = explanation.map.sum().item()
    if abs(found - due) > MISSING * max(abs(due), 1e-9):
        raise ValueError(
            f"{explanation.method} do not add up on this path: they sum to {found:.3g} where "
            f"{due:.3g} is due; give more steps=, a nearer baseline=, or use another method"
        )


def _must_predict(explanation: Explanation) -> None:
    prediction = prediction_of_cells(explanation)
    if prediction < LEAST_PREDICTION:
        raise ValueError(
            f"{explanation.method} does not predict what the model makes of new random cells "
            f"(correlation {prediction:.2f}): give it more samples or larger parts, or use another "
            "method"
        )
