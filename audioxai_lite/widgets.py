"""Explorers for the notebooks: a few controls, a figure, a player. The notebook has a static figure beside each."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from audioxai_lite import counterfactuals, masks
from audioxai_lite.datasets import Clip, Dataset
from audioxai_lite.detection.roc import alarms
from audioxai_lite.display import charts, figures, style
from audioxai_lite.display.players import players_html
from audioxai_lite.evaluation.localisation import average_precision
from audioxai_lite.evaluation.stability import top_overlap
from audioxai_lite.models.autoencoder import Detector, random_visible
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import quality
from audioxai_lite.sound.levels import mix
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft

PHASES = {
    "saved phase": None,
    "Griffin-Lim, 1 iteration": 1,
    "Griffin-Lim, 8 iterations": 8,
    "Griffin-Lim, 32 iterations": 32,
}


def inversion_explorer(sounds: dict[str, Tensor], sample_rate: int) -> ipywidgets.Widget:
    """Choose a sound, a feature and a phase; see and hear what comes back.

    Parameters
    ----------
    sounds : dict of label to Tensor, shape (1, samples)
    sample_rate : int
        In hertz.

    Notebook: 01, "Explore".

    Examples
    --------
    >>> explorer = inversion_explorer({"noise": torch.randn(1, 16_000)}, 16_000)
    >>> explorer.children[3].value.startswith("SI-SDR")
    True
    """
    features = {
        "power STFT": PowerStft(sample_rate),
        "STFT in decibels": LogStft(sample_rate),
        "STFT in decibels, top_db = 40": LogStft(sample_rate, top_db=40.0),
        "mel, 64 bands": LogMel(sample_rate, n_mels=64),
        "mel, 128 bands": LogMel(sample_rate, n_mels=128),
    }
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    sound = ipywidgets.Dropdown(options=list(sounds), description="sound", **wide)
    feature = ipywidgets.Dropdown(options=list(features), description="feature", **wide)
    phase = ipywidgets.Dropdown(options=list(PHASES), description="phase", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()
    view = LogStft(sample_rate)

    def update(_=None) -> None:
        original, chosen = sounds[sound.value], features[feature.value]
        back = chosen.inverse(chosen(original), PHASES[phase.value])
        pictures = {"original": view(original).values, "what comes back": view(back).values}
        picture.value = _png_and_close(figures.spectrograms(pictures, view))
        si_sdr = quality.si_sdr(back, original).item()
        distance = quality.log_spectral_distance(back, original).item()
        numbers.value = f"SI-SDR {si_sdr:.1f} dB · log-spectral distance {distance:.1f} dB"
        players.value = players_html({"original": original, "what comes back": back}, sample_rate)

    for control in (sound, feature, phase):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([sound, feature, phase, numbers, picture, players])


def anomaly_explorer(dataset: Dataset) -> ipywidgets.Widget:
    """Choose a kind of anomaly and a clip; see its spectrogram with the truth outlined, and hear it beside its twin.

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
    picture, players = _picture(), ipywidgets.HTML()
    feature = LogMel(dataset.sample_rate)

    def update(_=None) -> None:
        clip = dataset[by_kind[kind.value][number.value]]
        sounds = {"with a fault": clip.waveform, "clean twin": cast(Tensor, clip.twin)}
        pictures = {label: feature(sound).values for label, sound in sounds.items()}
        picture.value = _png_and_close(figures.spectrograms(pictures, feature, truth=clip.truth(feature)))
        players.value = players_html(sounds, dataset.sample_rate)

    for control in (kind, number):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([kind, number, picture, players])


def masking_explorer(models: dict[str, Detector], waveform: Tensor, feature: LogMel) -> ipywidgets.Widget:
    """Hide patches of a clip and let a network fill them in: choose the network, the patch size and the ratio.

    Parameters
    ----------
    models : dict of name to Detector
    waveform : Tensor, shape (1, samples)
    feature : LogMel
        What the networks were trained on.

    Notebook: 02, "Explore".

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> explorer = masking_explorer({"AE": Autoencoder()}, torch.randn(1, 64_000), LogMel())
    >>> explorer.children[1].value  # bands and frames of a patch
    4
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    name = ipywidgets.Dropdown(options=list(models), description="network", **wide)
    size = ipywidgets.SelectionSlider(options=[2, 4, 8, 16, 32], value=4, description="patch size", **wide)
    ratio = ipywidgets.FloatSlider(0.3, min=0.1, max=0.8, step=0.1, description="ratio", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()
    spectrogram = feature(waveform)
    original = feature.inverse(spectrogram)

    def update(_=None) -> None:
        values, model = spectrogram.values, models[name.value]
        generator = torch.Generator().manual_seed(0)
        visible = random_visible(values.shape, (size.value, size.value), ratio.value, generator)
        with torch.no_grad():
            guess = model.reconstruct(values, visible)
            error = model.errors(values, visible)[visible == 0].mean().item()
            usual = model.standardise(values).square()[visible == 0].mean().item()
        filled = torch.where(visible > 0, values, guess)
        pictures = {"clip": values, "what the network sees": values.where(visible > 0, torch.nan), "filled in": filled}
        picture.value = _png_and_close(figures.spectrograms(pictures, feature))
        numbers.value = f"error of the hidden bins {error:.2f}; always guessing each band's mean: {usual:.2f}"
        sounds = {
            "clip": original,
            "holes": feature.inverse(spectrogram.masked(visible)),
            "filled in": feature.inverse(replace(spectrogram, values=filled)),
        }
        players.value = players_html(sounds, feature.sample_rate)

    for control in (name, size, ratio):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([name, size, ratio, numbers, picture, players])


def threshold_explorer(scores: dict[str, Tensor], labels) -> ipywidgets.Widget:
    """Move the alarm threshold of a detector; see what it catches, what it misses, and how many alarms are false.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (clips,)
        Higher is more anomalous.
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.

    Notebook: 02, "Explore".

    Examples
    --------
    >>> explorer = threshold_explorer({"AE": torch.tensor([0.1, 0.2, 0.9])}, labels=[0, 0, 1])
    >>> "1 of 1 faults found" in explorer.children[2].value
    True
    """
    labels = np.asarray(labels)
    name = ipywidgets.Dropdown(options=list(scores), description="detector")
    slider = ipywidgets.IntSlider(95, min=0, max=100, description="percentile", layout={"width": "420px"})
    numbers, picture = ipywidgets.HTML(), _picture()

    def update(_=None) -> None:
        values = np.asarray(scores[name.value])
        threshold = float(np.percentile(values[labels == 0], slider.value))
        counts = alarms(values, labels, threshold)
        figure, ax = plt.subplots(figsize=(8, 3))
        charts.score_histogram(ax, values, labels, threshold)
        picture.value = _png_and_close(figure)
        numbers.value = (
            f"alarm above {threshold:.2f}, the normal clips' {slider.value}th percentile: "
            f"{counts['found']} of {counts['faults']} faults found, {counts['false alarms']} false alarms; "
            f"precision {counts['precision']:.2f}, recall {counts['recall']:.2f}"
        )

    for control in (name, slider):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([name, slider, numbers, picture])


def attribution_explorer(
    models: dict[str, nn.Module], dataset: Dataset, methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a method and a model; see the map of the predicted class beside the clip, and hear the clip.

    Parameters
    ----------
    models : dict of name to classifier
    dataset : Dataset
        Its classes are those of the models.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the models were trained on.

    Notebook: 03, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = attribution_explorer({"untrained": model}, clips, methods, LogMel())
    >>> explorer.children[1].options
    ('saliency',)
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    number = _choice_of_clips(dataset, **wide)
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    name = ipywidgets.Dropdown(options=list(models), description="model", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()

    def update(_=None) -> None:
        clip, model = dataset[number.value], models[name.value]
        values, truth = feature(clip.waveform).values, clip.truth(feature)
        with torch.no_grad():
            probability, target = model(values).softmax(dim=1)[0].max(dim=0)
        found = methods[method.value](model, values, target[None])
        figure, axes = plt.subplots(1, 2, figsize=(11, 2.9), sharey=True)
        figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
        figures.attribution(axes[1], found, feature, method.value, truth)
        axes[1].label_outer()
        picture.value = _png_and_close(figure)
        heard = dataset.classes[int(target)]
        numbers.value = f"the {name.value} model hears {heard} with a probability of {probability:.2f}"
        if truth is not None and 0 < truth.mean() < 1:
            score = average_precision(found, truth).item()
            numbers.value += f"; average precision of the map {score:.2f}, of a random one {truth.mean():.2f}"
        players.value = players_html({"clip": clip.waveform}, clip.sample_rate)

    for control in (number, method, name):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, method, name, numbers, picture, players])


# How the mask explorer makes a mask of an attribution and a share; the sign and the soft rules need no share.
MASK_RULES = {
    "top k %": masks.top_k,
    "top k % of the positive part, as published": lambda found, share: masks.top_k(
        masks.positive_part(found), share, "published"
    ),
    "at least k % of the largest": masks.threshold,
    "sign": lambda found, share: masks.sign(found),
    "min–max": lambda found, share: masks.min_max(found),
    "sigmoid": lambda found, share: masks.sigmoid(found),
}


def mask_explorer(
    model: nn.Module, dataset: Dataset, methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a method, a rule and its k; see the mask, hear both parts, and ask the model about them.

    Parameters
    ----------
    model : nn.Module
        A classifier.
    dataset : Dataset
        Its classes are those of the model.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the model was trained on.

    Notebook: 04, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = mask_explorer(model, clips, methods, LogMel())
    >>> explorer.children[3].value  # per cent of the bins
    10
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "400px"}}
    number = _choice_of_clips(dataset, **wide)
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    rule = ipywidgets.Dropdown(options=list(MASK_RULES), description="rule", **wide)
    share = ipywidgets.IntSlider(10, min=1, max=99, description="k (%)", continuous_update=False, **wide)
    smooth = ipywidgets.Checkbox(False, description="median filter, 3 × 3 bins", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()

    def update(_=None) -> None:
        clip = dataset[number.value]
        spectrogram = feature(clip.waveform)
        values = spectrogram.values
        with torch.no_grad():
            target = model(values).argmax(dim=1)
        mask = MASK_RULES[rule.value](methods[method.value](model, values, target), share.value / 100)
        mask = masks.smooth(mask) if smooth.value else mask
        kept, removed = masks.apply_mask(values, mask)
        with torch.no_grad():
            p = model(torch.cat([values, kept, removed])).softmax(dim=1)
        figure, axes = plt.subplots(1, 3, figsize=(13, 2.7), sharey=True)
        truth = clip.truth(feature)
        figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
        figures.spectrogram(axes[1], mask, feature, "mask", (0, 1), truth, style.MASK_MAP)
        loudest = float(values.max())
        figures.spectrogram(axes[2], kept, feature, "kept", (loudest - 80, loudest), truth)
        for ax in axes[1:]:
            ax.label_outer()
        picture.value = _png_and_close(figure)
        same = "same class" if p[1].argmax() == p[0].argmax() else f"now {dataset.classes[int(p[1].argmax())]}"
        numbers.value = (
            f"area {masks.area(mask).item():.1%}"
            f"{', <b>the same everywhere</b>' if masks.is_constant(mask) else ''}; "
            f"p({dataset.classes[int(target)]}) {p[0, target].item():.2f}, of what is kept {p[1, target].item():.2f} "
            f"({same}), of what is removed {p[2, target].item():.2f}"
        )
        sounds = {
            "clip": feature.inverse(spectrogram),
            "kept": feature.inverse(spectrogram.masked(mask)),
            "removed": feature.inverse(spectrogram.masked(1 - mask)),
        }
        players.value = players_html(sounds, clip.sample_rate)

    for control in (number, method, rule, share, smooth):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, method, rule, share, smooth, numbers, picture, players])


def score_explorer(study: pd.DataFrame) -> ipywidgets.Widget:
    """Choose a network, a grain and a score; see it for every method and mask of a study, and what random cells get.

    Parameters
    ----------
    study : DataFrame
        One data set and training of `experiments.results("interpretation")`.

    Notebook: 05, "Explore".

    Examples
    --------
    >>> from audioxai_lite.experiments import results
    >>> explorer = score_explorer(results("interpretation").query("data == 'environment' and test_fold == 5"))
    >>> explorer.children[2].value
    'AD'
    """
    study = study[study["method"] != "none"]
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "320px"}}
    choices = {
        "network": ipywidgets.Dropdown(options=sorted(study["model"].unique()), description="network", **wide),
        "grain": ipywidgets.Dropdown(options=sorted(study["grain"].unique()), description="grain", **wide),
        "score": ipywidgets.Dropdown(
            options=[*posthoc_audio.DIRECTIONS, "area"], value="AD", description="score", **wide
        ),
        "shown": ipywidgets.Dropdown(options=["the score", "less that of random cells"], description="shown", **wide),
    }
    numbers, picture = ipywidgets.HTML(), _picture()

    def update(_=None) -> None:
        network, grain, score, shown = (control.value for control in choices.values())
        mine = study[(study["model"] == network) & (study["grain"] == grain)]
        over = f"{score} over cells"
        if shown != "the score" and over not in mine:
            numbers.value = f"random cells were not asked for {score}; choose FF, AD or Fid-In"
            return
        column = score if shown == "the score" else over
        table = mine.pivot(index="method", columns="mask", values=column)
        table = table.reindex(mine["method"].unique())[mine["mask"].unique()].dropna(axis=1, how="all")
        better = posthoc_audio.DIRECTIONS[score][0] if score in posthoc_audio.DIRECTIONS else False
        decimals = 0 if table.abs().max(axis=None) > 12 else 2
        limits = float(table.min(axis=None)), float(table.max(axis=None))
        figure, ax = plt.subplots(figsize=(12, 5))
        charts.heat_map(ax, table, f"{column}, {network} network, {grain}; bright is better", limits, better, decimals)
        picture.value = _png_and_close(figure)
        best = table.stack().idxmax() if better else table.stack().idxmin()
        row = mine.set_index(["method", "mask"]).loc[best]
        numbers.value = (
            f"best: {best[0]} with {best[1]}, {row[column]:.2f}; it keeps {row['area']:.0%} of a clip, and is the same "
            f"everywhere on {row['constant']:.0%} of them"
        )

    for control in choices.values():
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([*choices.values(), numbers, picture])


def counterfactual_explorer(
    generators: dict[str, counterfactuals.Generator], detector: Detector, ranges: Tensor, clips: list[Clip]
) -> ipywidgets.Widget:
    """Choose a clip, a generator and a target score; see and hear what becomes of the clip, and what was taken out.

    Parameters
    ----------
    generators : dict of name to Generator
    detector : Detector
        The one that they explain.
    ranges : Tensor
        From `counterfactuals.target_ranges`.
    clips : list of Clip
        Faulty clips with twins.

    Notebook: 06, "Explore".

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips, detector = list(datasets.load("machine", normal=0, anomalous=2)), Autoencoder()
    >>> ranges = torch.tensor([[0.0, 1.0]] * len(counterfactuals.ALPHAS))
    >>> explorer = counterfactual_explorer({"untrained": counterfactuals.Generator()}, detector, ranges, clips)
    >>> "mean change 0.00 dB" in explorer.children[4].value
    True
    """
    wide = {"style": {"description_width": "80px"}, "layout": {"width": "380px"}}
    kinds = [f"{number + 1}: {clip.events[0].kind}" for number, clip in enumerate(clips)]
    chosen = ipywidgets.Dropdown(options=kinds, description="clip", **wide)
    name = ipywidgets.Dropdown(options=list(generators), description="generator", **wide)
    alpha = ipywidgets.SelectionSlider(options=counterfactuals.ALPHAS, description="target α", **wide)
    concept = ipywidgets.IntSlider(0, 0, 1, description="concept k", **wide)
    numbers, picture, players = ipywidgets.HTML(), _picture(), ipywidgets.HTML()
    feature = LogMel(clips[0].sample_rate)

    def update(_=None) -> None:
        clip, generator = clips[kinds.index(chosen.value)], generators[name.value]
        values, k = feature(clip.waveform).values, min(concept.value, generator.concepts - 1)
        changed = counterfactuals.apply(generator, detector, values, alpha.value, k)
        pictures = {"the clip": values, f"counterfactual, α = {alpha.value}": changed}
        pictures["clean twin"] = feature(clip.twin).values
        picture.value = _png_and_close(figures.spectrograms(pictures, feature, truth=clip.truth(feature)))
        low, high = ranges[counterfactuals.ALPHAS.index(alpha.value)].tolist()
        before, after = (counterfactuals.log_scores(detector, x).item() for x in (values, changed))
        numbers.value = (
            f"log score {before:.2f} → {after:.2f}, wanted {low:.2f} to {high:.2f}; mean change "
            f"{(changed - values).abs().mean():.2f} dB; generator with {generator.concepts} concept(s), k = {k}"
        )
        heard = counterfactuals.to_sound(clip.waveform, changed - values, feature)
        sounds = {"the clip": clip.waveform, "counterfactual": heard, "what was taken out": clip.waveform - heard}
        players.value = players_html(sounds | {"clean twin": cast(Tensor, clip.twin)}, clip.sample_rate)

    for control in (chosen, name, alpha, concept):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([chosen, name, alpha, concept, numbers, picture, players])


def _choice_of_clips(dataset: Dataset, **options: dict) -> ipywidgets.Dropdown:
    """The clips of a data set, by number and label."""
    titles = [(f"{number}: {label}", number) for number, label in enumerate(dataset.table["label"])]
    return ipywidgets.Dropdown(options=titles, description="clip", **options)


def _picture() -> ipywidgets.Image:
    """An image widget at the figure's own size; a box would stretch it."""
    return ipywidgets.Image(format="png", layout={"width": "auto", "max_width": "100%", "align_self": "flex-start"})


def _png_and_close(figure: Figure) -> bytes:
    """For an image widget; a figure left open would be shown a second time, below the cell."""
    picture = style.png(figure)
    plt.close(figure)
    return picture


def noise_explorer(
    model: nn.Module, dataset: Dataset, noises: dict[str, Tensor], methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a background, its level and a method; see and hear what is explained, with and without it.

    Parameters
    ----------
    model : classifier
        Of the classes of `dataset`.
    dataset : Dataset
    noises : dict of name to Tensor, shape (1, samples)
        As long as the clips.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the model was trained on.

    Notebook: 07, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = noise_explorer(model, clips, {"white": torch.randn(1, 80_000)}, methods, LogMel())
    >>> explorer.children[2].value  # decibels
    10
    """
    wide = {"style": {"description_width": "100px"}, "layout": {"width": "420px"}}
    number = _choice_of_clips(dataset, **wide)
    noise = ipywidgets.Dropdown(options=list(noises), description="background", **wide)
    snr = ipywidgets.IntSlider(10, -5, 30, 5, description="SNR (dB)", continuous_update=False, **wide)
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()

    def explain(sound: Tensor) -> tuple[Tensor, Tensor, str, int]:
        values = feature(sound).values
        with torch.no_grad():
            probability, target = model(values).softmax(dim=1)[0].max(dim=0)
        heard = f"{dataset.classes[int(target)]} ({probability:.2f})"
        return values, methods[method.value](model, values, target[None]), heard, int(target)

    def update(_=None) -> None:
        clip = dataset[number.value]
        mixed = mix(clip.waveform, noises[noise.value], snr.value, clip.sample_rate)
        truth, before, after = clip.truth(feature), explain(clip.waveform), explain(mixed)
        figure, axes = plt.subplots(2, 2, figsize=(11, 5.2), sharex=True, sharey=True)
        for row, (values, found, heard, _), state in zip(axes, (before, after), ("clean", "noisy"), strict=True):
            figures.spectrogram(row[0], values, feature, f"{state}: the network hears {heard}", truth=truth)
            figures.attribution(row[1], found, feature, f"{method.value}, {state}", truth)
        for ax in axes.flat:
            ax.label_outer()
        picture.value = _png_and_close(figure)
        shared = top_overlap(before[1], after[1]).item()
        changed = "the same answer" if before[3] == after[3] else "another answer"
        numbers.value = f"{changed}; of the top 5 % of the map {shared:.0%} stay (of a random one 5 %)"
        if truth is not None and 0 < truth.mean() < 1:
            scores = [average_precision(found, truth).item() for _, found, *_ in (before, after)]
            numbers.value += f"; average precision {scores[0]:.2f} clean, {scores[1]:.2f} noisy"
        players.value = players_html({"clean": clip.waveform, "noisy": mixed}, clip.sample_rate)

    for control in (number, noise, snr, method):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, noise, snr, method, numbers, picture, players])
