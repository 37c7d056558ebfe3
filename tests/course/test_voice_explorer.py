"""The explorer of notebook 11: that it shows what was computed."""

import ipywidgets
import matplotlib.pyplot as plt
from explorer_parts import Players, part, snapshot

from audioxai_lite.course.nb11 import causes, explorers, networks
from audioxai_lite.datasets.voice_regions import REGIONS, regions
from audioxai_lite.evaluation.causes import margin, relevance_shares


def test_every_control_changes_what_is_said_and_shown():
    dataset = networks.strange_voices("digit")
    clips = [dataset[7], dataset[13]]
    both = {kind: networks.load_network(kind, "digit") for kind in networks.KINDS}
    explorer = explorers.voice_explorer(both, clips, dataset.classes)
    values = networks.as_values("waveform", clips[0].waveform)
    outputs = both["waveform"](values)
    lead, answer = margin(outputs, 7).item(), outputs.argmax(dim=1)
    text, _, players = first = snapshot(explorer)
    assert f"as it was said: seven, the right answer leads by {lead:.1f}" in text
    found = causes.METHODS["LRP, ε"](both["waveform"], values, answer)
    seen = causes.seen_in_time_and_frequency(found, values)
    where = regions(clips[0], networks.FEATURE)
    share = relevance_shares(seen, where, len(REGIONS))[0, 1].item()
    assert f"{share:.0%} of the relevance, signed, lay where the fundamental is" in text
    assert Players(players).captions == ["as it was said", "pitch changed"]
    settings = {
        "cause": "formant 1",
        "network": "spectrogram",
        "method": "LRP, α1β0",
        "word": "1: three, high",
    }
    texts = [first[0]]
    for control, value in settings.items():
        part(explorer, ipywidgets.Dropdown, control).value = value
        texts.append(snapshot(explorer)[0])
    assert len(set(texts)) == len(texts) and plt.get_fignums() == []
    part(explorer, ipywidgets.Dropdown, "cause").value = "axis"
    assert "relevance" not in snapshot(explorer)[0]  # no region belongs to it
