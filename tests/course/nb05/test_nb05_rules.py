"""The rules of masks, drawn on a histogram."""

import matplotlib.pyplot as plt
import pytest
import torch

from audioxai_lite.course.nb05.rules import mask_rules


def test_rules_are_drawn_where_they_begin_to_keep():
    found = torch.linspace(-1, 1, 200).reshape(1, 1, 10, 20)
    given = {"sign": (found > 0).float(), "top 5 %": (found > 0.9).float(), "soft": (found + 1) / 2}
    figure, ax = plt.subplots()
    mask_rules(ax, found, given)
    assert sum(patch.get_height() for patch in ax.patches) == 200
    right = figure.axes[1]
    sign, top, soft = right.lines
    assert sign.get_xdata()[0] == pytest.approx(found[found > 0].min().item())
    assert (
        top.get_xdata()[0] == pytest.approx(found[found > 0.9].min().item())
        and top.get_linestyle() == "--"
    )
    assert list(soft.get_ydata()) == pytest.approx([(x + 1) / 2 for x in soft.get_xdata()])
    written = {text.get_text().strip(): text.get_position() for text in right.texts}
    assert set(written) == set(given)
    assert written["sign"][0] == pytest.approx(0, abs=0.1) and written["soft"][1] < 0.9
    assert written["top 5 %"][0] < 0.9  # on the left of its line: there is no room on the right


def test_rules_that_lie_close_share_a_label():
    found = torch.linspace(-1, 1, 200).reshape(1, 1, 10, 20)
    given = {"sign": found > 0, "top 50 %, positive": found > 0.01, "threshold 0.25": found > 0.25}
    figure, ax = plt.subplots()
    mask_rules(ax, found, {name: mask.float() for name, mask in given.items()})
    words = [text.get_text() for text in figure.axes[1].texts]
    assert words == ["sign,\ntop 50 %", "threshold\n0.25"]
