"""The explorer of notebook 00."""

from typing import cast

import ipywidgets
from torch import Tensor

from audioxai_lite.course.explorers import image_widget, png_and_close
from audioxai_lite.datasets import Dataset
from audioxai_lite.display import figures
from audioxai_lite.display.players import players_html
from audioxai_lite.sound.spectrogram import LogMel


def anomaly_explorer(dataset: Dataset) -> ipywidgets.Widget:
    """Choose a kind of anomaly and a clip; see its spectrogram with the truth outlined, and hear it
    beside its twin.

    Parameters
    ----------
    dataset : Dataset
        From `datasets.machine`, with anomalous clips.

    Notebook: 00, "Explore".

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> explorer = anomaly_explorer(datasets.load("machine", normal=0, anomalous=5))
    >>> explorer.children[0].options[:2]
    ('knock', 'squeal')
    """
    by_kind = {
        kind: group.index.tolist()
        for kind, group in dataset.table[dataset.table.target == 1].groupby("kind", sort=False)
    }
    kind = ipywidgets.Dropdown(options=list(by_kind), description="kind")
    number = ipywidgets.IntSlider(0, 0, min(map(len, by_kind.values())) - 1, description="clip")
    picture, players = image_widget(), ipywidgets.HTML()
    feature = LogMel(dataset.sample_rate)

    def update(_=None) -> None:
        clip = dataset[by_kind[kind.value][number.value]]
        sounds = {"with a fault": clip.waveform, "clean twin": cast(Tensor, clip.twin)}
        pictures = {label: feature(sound).values for label, sound in sounds.items()}
        picture.value = png_and_close(
            figures.spectrograms(pictures, feature, truth=clip.truth(feature))
        )
        players.value = players_html(sounds, dataset.sample_rate)

    for control in (kind, number):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([kind, number, picture, players])
