"""The map of transforms."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from audioxai_lite.course.nb01.scheme import transform_scheme


def test_the_scheme_of_transforms_shows_what_was_measured():
    measured = {
        ("power", "waveform"): "138 dB",
        ("decibels", "power"): "81 dB",
        ("mel", "power"): "12 dB",
        ("mel decibels", "mel"): "exact",
    }
    figure = transform_scheme(measured)
    figure.canvas.draw()
    (ax,) = figure.axes
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(measured.values()) <= set(texts) and {"waveform", "mel\npower", "10 log₁₀"} <= set(
        texts
    )
    for (start, end), text in measured.items():
        boxes = {
            "waveform": (0, 1),
            "power": (1, 1),
            "decibels": (2, 1),
            "mel": (1, 0),
            "mel decibels": (2, 0),
        }
        middle = np.mean([boxes[start], boxes[end]], axis=0)
        assert np.abs(np.subtract(texts[text], middle)).max() < 0.2, (
            f"{text} is not on the way back from {start}"
        )
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 8
    assert [arrow.get_linestyle() for arrow in arrows].count("--") == 1
    assert len(transform_scheme({}).axes[0].patches) == 8
