"""One recording explained on a page: what was heard, when, how surely, and what cannot be
concluded. Taught in notebook 14.
"""

import itertools
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from .audio_model import AudioModel
from .display.report import map_figure, report_page, timeline_figure
from .explanation import Explanation, explain
from .masks.regions import largest_regions
from .scores import evaluate
from .sound.audio import check
from .sound.windows import windows_of
from .writing import write_whole

PREFERRED = ("integrated gradients", "LRP", "occlusion", "RISE")
SCORES_SAID = (
    "Kept: how far the answer gets on the strongest part of the map alone; removed: on the rest. "
    "Energy keeps what is loudest, random cells as much by chance: a map that says something beats "
    "both. In brackets 95 % of 20 random draws."
)


def explain_file(
    model: AudioModel,
    file: str | os.PathLike,
    stem: str | os.PathLike,
    method: str | None = None,
    target: Any = None,
    seconds: float = 5.0,
) -> str:
    """Explain one recording: `stem`.html, .json and .txt, each whole or not there.

    A recording longer than a window is answered window by window; the one with the largest answer
    is explained.

    Parameters
    ----------
    model : AudioModel
    file : path
        wav, flac, ogg, mp3, at any rate, of any length.
    stem : path
        Where to write, without an ending.
    method : str, optional
        By default the first of integrated gradients, LRP, occlusion and RISE that passes the
        model's checks.
    target : str or int, optional
        By default the class with the largest answer in the whole recording.
    seconds : float, default 5
        Length of a window.

    Returns
    -------
    str
        The answer, in words.

    Raises
    ------
    AudioError
        If the file cannot be read, or is silent.
    ValueError
        If no method, or not the one asked for, can be had.

    Notebook: 14.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import soundfile
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/noise.wav", np.sin(np.arange(8_000)) / 2, 16_000)
    ...     answer = explain_file(model, f"{folder}/noise.wav", f"{folder}/noise")
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['noise.html', 'noise.json', 'noise.txt', 'noise.wav']
    """
    target = int(target) if isinstance(target, str) and target.isdigit() else target
    starts, answers, number, best, waveform = _loudest_answer(model, file, target, seconds)
    check(waveform, model.sample_rate, name=str(file))
    checkup = model.check(waveform)
    able = [each for each in PREFERRED if each in checkup.methods]
    if method is None and not able:
        raise ValueError(f"no method passes this model's checks:\n{checkup}")
    explanation = explain(model, waveform, method or able[0], number)
    regions = _region_rows(explanation, starts[best])
    facts = _facts(explanation, Path(file).name, starts[best], regions) | {"checkup": str(checkup)}
    if len(starts) > 1:
        facts["timeline"] = timeline_figure(starts, answers, seconds, _meaning(explanation))
        facts["windows"] = (
            f"{len(starts)} windows of {seconds:g} s; the one from {starts[best]:.1f} s on has the "
            "largest answer, and is explained below."
        )
    page = report_page(facts, explanation.sounds(), model.sample_rate)
    about = {
        "file": str(file),
        "method": explanation.method,
        "target": explanation.name,
        "answer": facts["answer"],
        "window": {"start": starts[best], "seconds": waveform.shape[1] / model.sample_rate},
        "windows": {"start": starts, "answer": answers},
        "regions": regions,
        "checks": [asdict(each) for each in checkup],
        "limits": facts["limits"],
    }
    labels = [
        f"{row['start']:.6f}\t{row['end']:.6f}\tregion {number}\n"
        f"\\\t{row['low']:.1f}\t{row['high']:.1f}\n"
        for number, row in enumerate(regions, 1)
    ]
    texts = {"txt": "".join(labels), "json": json.dumps(about, indent=2) + "\n", "html": page}
    for ending, text in texts.items():  # the page last: where it is, all is
        write_whole(Path(f"{stem}.{ending}"), text)
    return facts["answer"]


def _loudest_answer(
    model: AudioModel, file: str | os.PathLike, target: Any, seconds: float
) -> tuple[list[float], list[float], int | None, int, Tensor]:
    """The answer of every window, the class, and the window in which it is largest.

    The recording is read twice, once for the answers and once for that window, so that it never
    lies in memory as a whole.
    """
    starts, rows = [], []
    for start, waveform in windows_of(file, model.sample_rate, seconds):
        with torch.no_grad():
            inputs = waveform if model.front_end is None else model.front_end(waveform).values
        starts.append(start)
        rows.append(model.outputs(inputs)[0])
    outputs = torch.stack(rows)
    if outputs.ndim == 1:
        number, answers = model.class_of(target, outputs), outputs
    else:
        by_class = model.link(outputs)
        named = model.class_of(target, outputs[:1]) if target is not None else None
        number = int(by_class.amax(dim=0).argmax()) if named is None else named
        answers = by_class[:, number]
    best = int(answers.argmax())
    windows = windows_of(file, model.sample_rate, seconds)
    _, waveform = next(itertools.islice(windows, best, None))
    return starts, answers.double().tolist(), number, best, waveform


def _region_rows(explanation: Explanation, start: float) -> list[dict[str, float]]:
    """The regions, in seconds from the start of the recording."""
    table = explanation.regions()
    table[["start", "end"]] += start
    return table.to_dict("records")


def _meaning(explanation: Explanation) -> str:
    return "score" if explanation.target is None else f"probability of {explanation.name}"


def _facts(
    explanation: Explanation, title: str, start: float, regions: list[dict[str, float]]
) -> dict[str, Any]:
    """What the page says."""
    recording = explanation.recording
    table = evaluate(explanation, areas=(0.05, 0.1))
    shown, columns = [], ["kept", "removed", "AD"]
    for (name, area), row in table.iterrows():
        cells = [
            f"{row[column]:.2f}" if column != "AD" else f"{row[column]:.0f}" for column in columns
        ]
        if name == "random cells":
            cells[0] += f" [{row['kept low']:.2f}, {row['kept high']:.2f}]"
        shown.append([f"{name}, {area:.0%}", *cells])
    return {
        "title": title,
        "answer": _answer(explanation),
        "explained": f"{explanation}. From {start:.1f} s on, "
        f"{recording.waveform.shape[1] / recording.model.sample_rate:.1f} s.",
        "figure": map_figure(
            recording.energy,
            explanation.map,
            recording.grid,
            largest_regions(explanation.map),
            explanation.name,
        ),
        "regions": [
            [
                f"{row['start']:.2f}",
                f"{row['end']:.2f}",
                f"{row['low']:.0f}",
                f"{row['high']:.0f}",
                f"{row['share']:.0%}",
            ]
            for row in regions
        ],
        "score_names": ["map, share of the bins", "kept", "removed", "drop (%)"],
        "scores": shown,
        "score_words": SCORES_SAID,
        "limits": _limits(explanation, table),
        "made": "Made by audioxai-lite.",
    }


def _answer(explanation: Explanation) -> str:
    """The answer in words, with the classes that come next."""
    recording = explanation.recording
    outputs = recording.outputs(recording.values)
    if explanation.target is None:
        return f"score {outputs.item():.3g}"
    chances = recording.model.link(outputs)[0]
    classes = recording.model.classes or [f"class {number}" for number in range(len(chances))]
    others = [int(each) for each in chances.argsort(descending=True) if each != explanation.target]
    next_ones = ", ".join(f"{classes[each]} {chances[each]:.2f}" for each in others[:2])
    return f"{explanation.name} {chances[explanation.target]:.2f} (then {next_ones})"


def _limits(explanation: Explanation, table: pd.DataFrame) -> list[str]:
    """What the reader must not conclude, from what was measured."""
    method, area, said = explanation.method, 0.1, []
    kept, energy = table.loc[(method, area), "kept"], table.loc[("energy", area), "kept"]
    chance = table.loc[("random cells", area), "kept high"]
    if not kept > chance:
        said.append(
            f"That the map shows what the answer rests on: its strongest tenth keeps {kept:.2f} of "
            f"the answer, random cells up to {chance:.2f}."
        )
    if not kept > energy:
        said.append(
            f"That the map knows more than loudness: the loudest tenth keeps {energy:.2f}, the "
            f"strongest tenth of the map {kept:.2f}."
        )
    removed = table.loc[(method, area), "removed"]
    if removed > kept:
        said.append(
            "That what is marked is needed: without it the answer is larger than with it alone. "
            "The evidence may be there more than once."
        )
    return [
        *said,
        "That the answer is right: an explanation says what it rests on, not whether it is true.",
        "That the model hears so elsewhere: this is one recording and one method.",
        "That there is a cause in the world: what the model uses may only go along with it.",
    ]
