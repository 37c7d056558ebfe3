"""The explorer of notebook 10: that it shows what was computed."""

import ipywidgets
import matplotlib.pyplot as plt
import torch
from explorer_parts import Players, part, snapshot

from audioxai_lite.attribution.manipulation import manipulate
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import MEL
from audioxai_lite.course.nb10 import attacks, explorers
from audioxai_lite.evaluation.stability import agreement


def test_every_control_changes_what_is_attacked_and_shown():
    clips = attacks.attacked_clips("environment", 2)
    networks = {
        kind: load_classifier("environment", kind, 0).network for kind in ("plain", "robust")
    }
    explorer = explorers.manipulation_explorer(networks, clips, steps=3)
    sounds = torch.cat([clip.waveform for clip in clips])
    explain = attacks.explaining(networks["plain"], "saliency")
    with torch.no_grad():
        classes = networks["plain"](MEL(sounds).values).argmax(dim=1)
    own, wanted = explain(MEL(sounds).values, classes).split(1)
    changed = manipulate(
        attacks.folded_network(networks["plain"]), MEL, sounds[:1], wanted, steps=3
    )
    shown = explain(MEL(changed).values, classes[:1])
    text, _, players = first = snapshot(explorer)
    reached = f"{agreement(own, wanted).item():.2f} → {agreement(shown, wanted).item():.2f}"
    assert f"agreement with the wanted map {reached}; the answer stays" in text
    ratio = 10 * (sounds[0].square().mean() / (changed - sounds[:1]).square().mean()).log10()
    assert f"the change lies {ratio:.0f} dB below the sound, above the mask in 0.0%" in text
    captions = Players(players).captions
    assert captions[:2] == ["before", "after"] and captions[2].startswith("the change alone, × ")
    settings = {
        "budget": "20 dB softer",
        "network": "robust",
        "ReLUs as": "softplus, β = 3",
        "method": "Grad-CAM",
        "clip": f"1: {clips[1].label}",
    }
    texts = [first[0]]
    for control, value in settings.items():
        part(explorer, ipywidgets.Dropdown, control).value = value
        texts.append(snapshot(explorer)[0])
    assert len(set(texts)) == len(texts) and plt.get_fignums() == []
