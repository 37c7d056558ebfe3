"""Numbers as pictures: that what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from audioxai_lite.display import charts, style


def test_bars_carry_values_and_the_colours_of_their_methods():
    ax = charts.bars({"ours": 1.25, "librosa": 0.5, "another": 3.0}, "error")
    assert [bar.get_width() for bar in ax.patches] == [1.25, 0.5, 3.0]
    wanted = [style.COLOURS["ours"], style.COLOURS["librosa"], "#999999"]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [
        colour.lower() for colour in wanted
    ]
    assert [text.get_text() for text in ax.texts] == [
        "1.25",
        "0.5",
        "3",
    ] and ax.get_xlabel() == "error"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ours", "librosa", "another"]


def test_heat_map_writes_its_numbers_and_paints_the_good_bright():
    table = pd.DataFrame({"a": [0.0, 1.0], "b": [0.5, np.nan]}, index=["x", "y"])
    for higher in (True, False):
        figure, ax = plt.subplots()
        image = charts.heat_map(ax, table, "title", (0, 1), higher, decimals=1)
        assert [text.get_text() for text in ax.texts] == ["0.0", "0.5", "1.0"]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
        brightness = [sum(image.cmap(image.norm(value))[:3]) for value in (0.0, 1.0)]
        assert (brightness[1] > brightness[0]) == higher
        assert ax.texts[0].get_color() == ("white" if higher else "black")


def test_histogram_roc_and_dots_draw_the_numbers():
    scores, labels = np.r_[np.zeros(10), np.ones(5)], np.repeat([0, 1], [10, 5])
    figure, axes = plt.subplots(1, 3)
    charts.score_histogram(axes[0], scores, labels, 0.5)
    counts = [patch.get_height() for patch in axes[0].patches]
    assert sum(counts) == 15 and max(counts) == 10 and axes[0].lines[0].get_xdata()[0] == 0.5
    curve = pd.DataFrame(
        {
            "true_positive_rate": [0, 1],
            "true_positive_rate low": [0, 0.5],
            "true_positive_rate high": [0.5, 1],
        },
        index=[0.0, 1.0],
    )
    charts.roc(axes[1], {"AE": curve})
    assert axes[1].lines[0].get_ydata().tolist() == [0, 1]
    assert to_hex(axes[1].lines[0].get_color()) == style.COLOURS["AE"].lower()
    table = pd.concat(
        {"AE": pd.DataFrame({"auc": [0.8], "auc low": [0.7], "auc high": [0.85]}, index=["all"])},
        axis=1,
    )
    charts.dots(axes[2], table, {"AE": "black"})
    assert axes[2].lines[0].get_xdata().tolist() == [0.8]
    assert axes[2].collections[0].get_segments()[0][:, 0].tolist() == pytest.approx([0.7, 0.85])


def test_curve_has_its_steps_values_and_band():
    table = pd.DataFrame(
        {"value": [0.2, 0.5, 0.9], "value low": [0.1, 0.4, 0.8], "value high": [0.3, 0.7, 1.0]},
        index=[-5.0, 10.0, "clean"],
    )
    _, ax = plt.subplots()
    charts.curve(ax, table, "value", "LIME", style.COLOURS["LIME"])
    (line,), (band,) = ax.lines, ax.collections
    assert (
        line.get_xydata().tolist() == [[0, 0.2], [1, 0.5], [2, 0.9]] and line.get_label() == "LIME"
    )
    corners = {
        tuple(round(x, 6) for x in corner) for corner in band.get_paths()[0].vertices.tolist()
    }
    assert {(0, 0.1), (0, 0.3), (1, 0.4), (1, 0.7), (2, 0.8), (2, 1.0)} <= corners
    assert [label.get_text() for label in ax.get_xticklabels()] == ["-5", "10", "clean"]
    plt.close()
