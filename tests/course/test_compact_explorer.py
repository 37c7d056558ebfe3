"""The explorer of notebook 12: that it shows what was stored."""

import ipywidgets
import matplotlib.pyplot as plt
from explorer_parts import Players, part, snapshot

from audioxai_lite.course.nb12 import explorers
from audioxai_lite.course.results import results_by_clip


def test_every_control_changes_what_is_shown_and_the_areas_are_the_stored_ones():
    explorer = explorers.compact_explorer()
    first = snapshot(explorer)
    clean = results_by_clip("features").query(
        "data_seed < 2 and seed < 3 and objective == 'SimSiam' and features == 'features'"
    )
    means = clean.query("scorer == 'cosine'").groupby("compact")["area"].mean()
    assert f"plain {means[False]:.2f}, compact {means[True]:.2f}" in first[0]
    captions = Players(first[2]).captions
    assert captions[0].startswith("ranked lowest: ") and captions[1].startswith("ranked highest: ")
    texts = [first[0]]
    for control, value in {"faulty": "20%", "objective": "BYOL", "score": "Mahalanobis"}.items():
        part(explorer, ipywidgets.Dropdown, control).value = value
        texts.append(snapshot(explorer)[0])
    assert len(set(texts)) == len(texts) and plt.get_fignums() == []
