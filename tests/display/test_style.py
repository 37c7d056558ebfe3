"""Colours, and pictures as a notebook stores them."""

import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from audioxai_lite import datasets
from audioxai_lite.display import figures, style
from audioxai_lite.sound.spectrogram import LogStft


@pytest.fixture(autouse=True)
def no_open_figures():
    plt.switch_backend("Agg")
    plt.close("all")
    yield
    plt.close("all")


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


def test_png_is_a_picture_of_limited_colours_and_size(clip):
    figure = figures.spectrograms({"clip": LogStft()(clip.waveform).values}, LogStft())
    full = io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    small = style.png_in_style(figure)
    assert small.startswith(b"\x89PNG\r\n\x1a\n") and len(small) < 0.6 * len(full.getvalue())
    picture, original = Image.open(io.BytesIO(small)), Image.open(full)
    assert picture.format == "PNG" and picture.size == original.size
    assert 32 < len(picture.convert("RGB").getcolors(10_000)) <= 256
    difference = np.asarray(picture.convert("RGB"), float) - np.asarray(
        original.convert("RGB"), float
    )
    assert np.abs(difference).mean() < 4 and np.abs(difference).max() < 60


@pytest.mark.parametrize("in_notebook", [False, True])
def test_style_suits_a_notebook(monkeypatch, in_notebook):
    registered = {}
    formatter = SimpleNamespace(for_type=registered.__setitem__)
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"image/png": formatter}))
    monkeypatch.setattr(style, "get_ipython", lambda: shell if in_notebook else None)
    with plt.rc_context():
        style.use_style()
        assert plt.rcParams["figure.dpi"] == plt.rcParams["savefig.dpi"] == 72
        assert (
            plt.rcParams["figure.constrained_layout.use"]
            and plt.rcParams["image.cmap"] == style.LEVEL_MAP
        )
    assert registered == ({style.Figure: style.png_in_style} if in_notebook else {})
    plt.close("all")
