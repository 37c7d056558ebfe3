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
    assert [text.get_text() for text in right.get_legend().get_texts()] == list(given)
