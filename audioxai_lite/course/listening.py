"""A blind listening test: ten pairs of sounds, of which one was kept by an explanation and the
other by chance. Taught in notebook 05; `listening_answers` pools what a class has saved.
"""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import soundfile
import torch
from IPython.display import HTML
from torch import Tensor

from .. import masks
from ..datasets import Dataset
from ..models.cnn14 import Cnn14
from ..sound.spectrogram import LogMel
from .clips import MEL, predicted_classes

TEMPLATE = Path(__file__).with_name("listening.html")
RMS = 0.1  # of full scale: what both sounds of a pair are set to, if no peak passes the next line
PEAK = 0.9


@dataclass(frozen=True)
class Pair:
    """Two parts of one clip, as large and as loud as each other.

    Attributes
    ----------
    label : str
        The class of the clip.
    explained : "A" or "B"
        Which of the two was kept by the explanation.
    sounds, values : two Tensors, shapes (1, samples) and (1, 1, frequency, time)
        Of A and of B: what is played, and what a network is asked about.
    sample_rate : int
    classes : tuple of str
        From which a listener chooses.
    area : float
        Of both masks.
    """

    label: str
    explained: str
    sounds: tuple[Tensor, Tensor]
    values: tuple[Tensor, Tensor]
    sample_rate: int
    classes: tuple[str, ...]
    area: float


def listening_pairs(
    model: Cnn14,
    clips: Dataset,
    method: Callable[[Cnn14, Tensor, Tensor], Tensor],
    feature: LogMel = MEL,
    count: int = 10,
    area: float = 0.05,
    cell: tuple[int, int] = (8, 16),
    seed: int = 0,
) -> list[Pair]:
    """Clips drawn at random, in two parts: what an explanation keeps, and what chance keeps.

    Both masks consist of the same cells and have the same area, so that neither how much is kept
    nor how finely it is cut gives the answer away. Nor does loudness: both sounds of a pair have
    the same mean power. Only clips serve that the model names by their class.

    Parameters
    ----------
    model : Cnn14
    clips : Dataset
        Its classes are those of the model.
    method : callable (model, values, target) -> attribution
    feature : LogMel, optional
        What the model was trained on.
    count : int, default 10
    area : float, default 0.05
        The share of the bins that is kept.
    cell : (bands, frames), default (8, 16)
    seed : int, default 0
        Of the clips, of their order, of the chance masks, and of which sound comes first.

    Raises
    ------
    ValueError
        If the model names fewer clips by their class than are asked for.

    Notebook: 05, "A blind test".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite.course.classifiers import load_classifier
    >>> from audioxai_lite.course.clips import explained_clips
    >>> clips = explained_clips("environment")
    >>> model = load_classifier("environment", "robust", seed=0)
    >>> pair, other = listening_pairs(model, clips, attribution.saliency, count=2)
    >>> first, second = (sound.square().mean().sqrt().item() for sound in pair.sounds)
    >>> abs(first - second) < 1e-4, pair.explained in "AB"
    (True, True)
    """
    generator = torch.Generator().manual_seed(seed)
    pairs: list[Pair] = []
    # As often A as B, so that who always says A is right half of the time.
    places = torch.randperm(count, generator=generator) % 2
    for number in torch.randperm(len(clips), generator=generator).tolist():
        if len(pairs) == count:
            return pairs
        clip = clips[number]
        spectrogram = feature(clip.waveform)
        target = predicted_classes(model, spectrogram.values)
        if int(target) != clip.target:
            continue
        found = method(model, spectrogram.values, target)
        kept = masks.top_k(masks.pool_cells(found, *cell), area)
        # A clip's number is part of the seed: no two clips get the same cells.
        chance = masks.random_like(kept, cell=cell, seed=1000 * seed + number)
        explained = "AB"[int(places[len(pairs)])]
        both = (kept, chance) if explained == "A" else (chance, kept)
        parts = tuple(spectrogram.masked(mask) for mask in both)
        sounds = equally_loud(*(feature.inverse(part) for part in parts))
        values = (parts[0].values, parts[1].values)
        rate, classes = clip.sample_rate, tuple(clips.classes)
        pairs.append(Pair(clip.label, explained, sounds, values, rate, classes, area))
    if len(pairs) < count:
        raise ValueError(f"the model names {len(pairs)} of the clips by their class, not {count}")
    return pairs


def equally_loud(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Two sounds at the same mean power: at an RMS of 0.1, or lower where a peak would pass 0.9.
    Silence stays silent.

    Examples
    --------
    >>> faint, spiky = torch.full((1, 100), 0.001), torch.eye(100)[:1]
    >>> a, b = equally_loud(faint, spiky)
    >>> round(a.square().mean().sqrt().item(), 3), round(b.square().mean().sqrt().item(), 3)
    (0.09, 0.09)
    """
    sounds = [sound.detach().float() for sound in (first, second)]
    powers = [float(sound.square().mean().sqrt()) for sound in sounds]
    crests = [
        float(sound.abs().max()) / power
        for sound, power in zip(sounds, powers, strict=True)
        if power
    ]
    level = min([RMS, *(PEAK / crest for crest in crests)])
    a, b = (
        sound * (level / power) if power else sound
        for sound, power in zip(sounds, powers, strict=True)
    )
    return a, b


def listening_test(pairs: Sequence[Pair]) -> str:
    """The test as one HTML page, which needs no network and sends nothing: players, questions, a
    score with its exact interval, and a file to save.

    The key lies in the page, scrambled so that a glance does not read it; who wants to find it out
    can. Notebook: 05, "A blind test".

    Examples
    --------
    >>> sounds, values = (torch.randn(1, 8_000),) * 2, (torch.zeros(1, 1, 64, 26),) * 2
    >>> page = listening_test([Pair("dog", "A", sounds, values, 16_000, ("dog", "rain"), 0.05)])
    >>> page.startswith("<!doctype html>"), '"explained"' in page, "http" in page
    (True, False, False)
    """
    if not pairs:
        raise ValueError("a listening test needs at least one pair")
    key = json.dumps([{"label": pair.label, "explained": pair.explained} for pair in pairs])
    sounds = [[_flac(sound, pair.sample_rate) for sound in pair.sounds] for pair in pairs]
    name = hashlib.sha256(json.dumps([key, sounds]).encode()).hexdigest()[:16]
    content = {
        "test": name,
        "classes": list(pairs[0].classes),
        "area": pairs[0].area,
        "key": base64.b64encode(key.encode()).decode()[::-1],
        "sounds": sounds,
    }
    text = json.dumps(content).replace("<", "\\u003c")
    return TEMPLATE.read_text(encoding="utf-8").replace("{{ test }}", text)


def _flac(sound: Tensor, sample_rate: int) -> str:
    """A sound as a file without loss, which every browser plays, in base64."""
    file = io.BytesIO()
    soundfile.write(file, sound[0].numpy(), sample_rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(file.getvalue()).decode()


def in_frame(page: str, title: str = "Blind listening test") -> HTML:
    """A page within a notebook's output: its scripts run in a frame of their own.

    Examples
    --------
    >>> in_frame('<p class="x">').data.count("&lt;p class=&quot;x&quot;&gt;")
    1
    """
    style = "box-sizing:border-box;width:100%;height:40rem;border:1px solid #888;border-radius:6px"
    frame = f'<iframe title="{escape(title)}" style="{style}" srcdoc="{escape(page)}"></iframe>'
    return HTML(f'<div class="listening-test">{frame}</div>')


def network_answers(model: Cnn14, pairs: Sequence[Pair]) -> pd.DataFrame:
    """What a network makes of the same pairs: of each part the probability of the clip's class, and
    the class that it names.

    Returns
    -------
    DataFrame, a row a pair
        Columns: label; explanation, chance (probabilities); names explanation, names chance.

    Notebook: 05, "A blind test".

    Examples
    --------
    >>> sounds, values = (torch.randn(1, 8_000),) * 2, (torch.zeros(1, 1, 64, 251),) * 2
    >>> pair = Pair("dog", "B", sounds, values, 16_000, ("dog", "rain"), 0.05)
    >>> network_answers(Cnn14(2).eval(), [pair])["label"].tolist()
    ['dog']
    """
    rows = []
    for pair in pairs:
        with torch.no_grad():
            answers = model(torch.cat(pair.values)).softmax(dim=1)
        target = pair.classes.index(pair.label)
        order = ("explanation", "chance") if pair.explained == "A" else ("chance", "explanation")
        row: dict[str, str | float] = {"label": pair.label}
        for name, answer in zip(order, answers, strict=True):
            row[name] = float(answer[target])
            row[f"names {name}"] = pair.classes[int(answer.argmax())]
        rows.append(row)
    columns = ["label", "explanation", "chance", "names explanation", "names chance"]
    return pd.DataFrame(rows, columns=columns)
