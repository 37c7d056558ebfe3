"""Colours, and pictures as a notebook stores them."""

import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from audioxai_lite import datasets
from audioxai_lite.display import figures, style
from audioxai_lite.sound.spectrogram import LogStft


@pytest.fixture(scope="module")
def clip():
    return datasets.load("machine", normal=0, anomalous=1)[0]


def test_methods_are_told_apart_by_colour():
    """Those that stand in one figure: of notebook 01, detectors, attributions, the two classifiers,
    counterfactuals, voices.
    """
    names, colours = list(style.COLOURS), [colour.lower() for colour in style.COLOURS.values()]
    first = [
        0,
        7,
        names.index("saliency"),
        names.index("plain"),
        names.index("generator"),
        names.index("waveform"),
        len(names),
    ]
    for start, end in zip(first, first[1:], strict=False):
        assert len(set(colours[start:end])) == end - start > 1
    assert first == sorted(first) and names[first[3] : first[4]] == ["plain", "robust"]


def in_lab(colour):
    """Where a colour lies to the eye."""
    return rgb2lab(np.array([[to_rgb(colour)]]))[0, 0]


@pytest.mark.parametrize("network", ["plain", "robust", "AE", "MAE"])
def test_networks_share_no_hue_with_methods_masks_and_verdicts(network):
    methods = ("saliency", "SmoothGrad", "integrated gradients", "GradientSHAP", "Grad-CAM")
    methods += ("occlusion", "Deep SHAP", "LRP", "LIME", "error map", "random", "energy")
    others = {name: style.COLOURS[name] for name in methods}
    others |= style.VERDICT_COLOURS
    own = in_lab(style.COLOURS[network])
    for name, colour in others.items():
        assert deltaE_ciede2000(own, in_lab(colour)) > 18, name  # 2 can just be told apart


@pytest.mark.parametrize("verdict", style.VERDICT_COLOURS)
def test_a_verdict_looks_like_no_thing_and_like_no_other_and_bears_black_words(verdict):
    own = in_lab(style.VERDICT_COLOURS[verdict])
    assert own[0] > 80  # of 100
    others = style.COLOURS | style.VERDICT_COLOURS
    del others[verdict]
    for name, colour in others.items():
        assert deltaE_ciede2000(own, in_lab(colour)) > 9, name


def test_what_holds_pictures_is_a_jpeg_and_lines_are_a_png_both_sharp_and_in_full_colour(clip):
    spectrogram = figures.spectrograms({"clip": LogStft()(clip.waveform).values}, LogStft())
    lines, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    for figure, kind in ((spectrogram, "JPEG"), (lines, "PNG")):
        full = io.BytesIO()
        figure.savefig(full, format="png", bbox_inches="tight", dpi=144)
        stored = style.picture(figure)
        picture, original = Image.open(io.BytesIO(stored)), Image.open(full)
        assert picture.format == kind and picture.size == original.size
        difference = np.asarray(picture.convert("RGB"), float)
        difference -= np.asarray(original.convert("RGB"), float)
        assert np.abs(difference).mean() < 4
        assert len(stored) < 0.6 * len(full.getvalue()) if kind == "JPEG" else difference.max() == 0


def test_jupyter_stores_one_kind_of_a_figure_and_shows_it_at_half_its_size():
    figure = plt.figure()
    assert style._for_notebook(figure, "jpeg") is None
    data, shown = style._for_notebook(figure, "png")
    width, height = Image.open(io.BytesIO(data)).size
    assert shown == {"width": width // 2, "height": height // 2}


@pytest.mark.parametrize("in_notebook", [False, True])
def test_style_suits_a_notebook(monkeypatch, in_notebook):
    registered = {"image/png": {}, "image/jpeg": {}}
    formatters = {
        kind: SimpleNamespace(for_type=types.__setitem__) for kind, types in registered.items()
    }
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))
    monkeypatch.setattr(style, "get_ipython", lambda: shell if in_notebook else None)
    with plt.rc_context():
        style.use_style()
        assert plt.rcParams["figure.dpi"] == plt.rcParams["savefig.dpi"] / 2 == 72
        assert (
            plt.rcParams["figure.constrained_layout.use"]
            and plt.rcParams["image.cmap"] == style.LEVEL_MAP
        )
    assert all((style.Figure in types) == in_notebook for types in registered.values())
    plt.close("all")
