"""The explorer of notebook 13: that every control changes what is seen and heard."""

import ipywidgets
import matplotlib.pyplot as plt
from explorer_parts import Players, part, snapshot

from audioxai_lite.course.nb13 import explorers
from audioxai_lite.datasets import environment


def test_every_control_changes_text_picture_and_sound():
    clips = list(environment.load().select(fold=5))[:18:9]
    explorer = explorers.mask_explorer(clips)
    seen = [snapshot(explorer)]
    assert seen[0][0].startswith("keeps") and Players(seen[0][2]).captions[1] == "kept"
    changes = [
        ("trained by", "kept alone"),
        ("applied", "hard, by the slider"),
        ("clip", explorers_title(clips)),
    ]
    for control, value in changes:
        part(explorer, ipywidgets.Dropdown, control).value = value
        seen.append(snapshot(explorer))
    part(explorer, ipywidgets.IntSlider, "area (%)").value = 40
    seen.append(snapshot(explorer))
    assert "keeps 40%" in seen[-1][0]
    for first, second in zip(seen, seen[1:], strict=False):
        assert first[0] != second[0] and first[1] != second[1] and first[2] != second[2]
    assert plt.get_fignums() == []


def explorers_title(clips):
    return f"1: {clips[1].label}"
