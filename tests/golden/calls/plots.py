"""Every public function of what was `audioxai_lite.plots`, called on fixed inputs."""

import matplotlib.pyplot as plt
import pandas as pd

from audioxai_lite.course.nb01.scheme import transform_scheme
from audioxai_lite.course.nb05.rules import mask_rules
from audioxai_lite.display.charts import bars, curve, dots, heat_map, roc, score_histogram
from audioxai_lite.display.figures import (
    attribution,
    attributions,
    spectrogram,
    spectrograms,
    waveform,
)
from audioxai_lite.display.style import COLOURS, picture, use_style


def call_use_style(keep):
    keep(use_style())
    keep(plt.rcParams["image.cmap"])


def call_png(keep):
    keep(keep(picture(plt.figure())).startswith(b"\x89PNG"))


def call_spectrogram(keep):
    import torch

    from audioxai_lite.sound.spectrogram import LogMel

    figure, ax = plt.subplots()
    image = keep(spectrogram(ax, LogMel()(torch.randn(1, 16000)).values, LogMel(), "noise"))
    keep(ax.get_ylabel())


def call_spectrograms(keep):
    import torch

    from audioxai_lite.sound.spectrogram import LogMel

    mel = LogMel()
    figure = keep(spectrograms({"noise": mel(torch.randn(1, 16000)).values}, mel))
    keep(figure.axes[0].get_title())


def call_attributions(keep):
    import torch

    from audioxai_lite.sound.spectrogram import LogMel

    mel = LogMel()
    figure = keep(attributions({"a map": torch.randn(1, 1, 64, 100)}, mel))
    keep(figure.axes[0].get_title())


def call_attribution(keep):
    import torch

    from audioxai_lite.sound.spectrogram import LogMel

    figure, ax = plt.subplots()
    keep(keep(attribution(ax, torch.randn(1, 1, 64, 100), LogMel())).get_clim())


def call_mask_rules(keep):
    import torch

    found = torch.randn(1, 1, 64, 100)
    figure, ax = plt.subplots()
    keep(
        mask_rules(
            ax,
            found,
            {"top 5 %": (found >= found.quantile(0.95)).float(), "sigmoid": found.sigmoid()},
        )
    )
    keep([text.get_text() for text in figure.axes[1].texts])


def call_heat_map(keep):
    figure, ax = plt.subplots()
    table = pd.DataFrame({"AD": [12.0, 55.0]}, index=["saliency", "random"])
    image = keep(heat_map(ax, table, "average drop (%)", limits=(0, 100), higher_is_better=False))
    keep([text.get_text() for text in ax.texts])


def call_waveform(keep):
    import torch

    figure, ax = plt.subplots()
    keep(waveform(ax, torch.randn(1, 16000), 16000))
    keep(round(float(ax.lines[0].get_xdata().max()), 2))


def call_transform_scheme(keep):
    figure = keep(transform_scheme({("power", "waveform"): "138 dB"}))
    keep("138 dB" in [text.get_text() for text in figure.axes[0].texts])


def call_bars(keep):
    keep(keep(bars({"ours": 1.0, "theirs": 2.0}, "time (s)")).get_xlabel())


def call_score_histogram(keep):
    figure, ax = plt.subplots()
    keep(score_histogram(ax, [0.1, 0.2, 0.9], [0, 0, 1], threshold=0.5))
    keep([text.get_text() for text in ax.get_legend().get_texts()])


def call_roc(keep):
    from audioxai_lite.detection.roc import roc_curve

    figure, ax = plt.subplots()
    keep(roc(ax, {"AE": roc_curve([0.1, 0.2, 0.9], [0, 0, 1], resamples=10)}))
    keep([line.get_label() for line in ax.lines])


def call_dots(keep):
    from audioxai_lite.detection.roc import roc_table

    table = pd.concat(
        {"AE": roc_table([0.1, 0.2, 0.9], [0, 0, 1], ["", "", "click"], resamples=10)}, axis=1
    )
    figure, ax = plt.subplots()
    keep(dots(ax, table, {"AE": COLOURS["AE"]}))
    keep([label.get_text() for label in ax.get_yticklabels()])


def call_curve(keep):
    table = pd.DataFrame(
        {"AD": [30, 60], "AD low": [25, 50], "AD high": [35, 70]}, index=["clean", "white noise"]
    )
    figure, ax = plt.subplots()
    keep(curve(ax, table, "AD", label="saliency", colour=COLOURS["saliency"]))
    keep([label.get_text() for label in ax.get_xticklabels()])
