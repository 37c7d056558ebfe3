"""The explorer of notebook 00."""

import ipywidgets

from ...datasets import Dataset
from ...display import figures
from ...sound.spectrogram import LogMel
from ..explorers import ExplorerView, explorer


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
    >>> kind, *_ = anomaly_explorer(datasets.load("machine", normal=0, anomalous=5)).children
    >>> kind.options[:2]
    ('knock', 'squeal')
    """
    faulty = dataset.table[dataset.table.target == 1].groupby("kind", sort=False)
    by_kind = {kind: group.index.tolist() for kind, group in faulty}
    feature = LogMel(dataset.sample_rate)

    def draw(kind: str, number: int) -> ExplorerView:
        clip = dataset[by_kind[kind][number]]
        sounds = {"with a fault": clip.waveform, "clean twin": clip.twin}
        pictures = {label: feature(sound).values for label, sound in sounds.items()}
        figure = figures.spectrograms(pictures, feature, truth=clip.truth(feature))
        return ExplorerView(figure, sounds=sounds, sample_rate=dataset.sample_rate)

    fewest = min(map(len, by_kind.values()))
    controls = {
        "kind": ipywidgets.Dropdown(options=list(by_kind), description="kind"),
        "number": ipywidgets.IntSlider(0, 0, fewest - 1, description="clip"),
    }
    return explorer(controls, draw, on_the_site={"number": (0, 3, 7)})
