"""Samples of the studies of notebook 07, computed again."""

import pytest
import torch

from audioxai_lite.course.detectors import load_detector, score_model
from audioxai_lite.course.results import results
from audioxai_lite.datasets import machine
from audioxai_lite.evaluation import faithfulness
from audioxai_lite.published import faithful_ad
from audioxai_lite.sound.spectrogram import LogMel


@pytest.mark.parametrize("by", ["", ", by the twin"])
@pytest.mark.parametrize("way", ["frames", "bins"])
def test_a_sample_of_what_lies_over_chance_is_computed_otherwise(way, by):
    """Chance by draws of our own: over a hundred clips their luck is less than a thousandth."""
    network, feature = load_detector("MAE", 1), LogMel()
    clips = [clip for clip in machine.load("test", normal=0) if clip.truth(feature).amax() == 1]
    values, twins = (
        network.standardise(torch.cat([feature(sound).values for sound in sounds])).detach()
        for sounds in ([clip.waveform for clip in clips], [clip.twin for clip in clips])
    )
    found = faithful_ad.error_map(score_model(network), values)
    ranked = found if way == "bins" else faithfulness.time_curve(found)
    chosen = faithfulness.top_percentile(ranked, 95)
    replacement = twins if by else None
    generator = torch.Generator().manual_seed(99)
    shuffled = [
        chosen.flatten(1)
        .gather(1, torch.rand(chosen.flatten(1).shape, generator=generator).argsort(dim=1))
        .view_as(chosen)
        for _ in range(5)
    ]
    scores, _ = faithfulness.replace_and_score(
        network, values, torch.stack([chosen, *shuffled]), replacement
    )
    own, chance = scores[0].mean().item(), scores[1:].mean().item()
    rows = results("faithfulness").query(
        "source == 'machine' and model == 'MAE' and training_seed == 1 and map == 'error map' "
        "and clips == 'faulty' and kind == 'all'"
    )
    rows = rows.set_index("measure")
    over = rows.loc[f"{way}{by}, over chance"]
    assert over["chance"] == pytest.approx(chance, abs=2e-3)
    assert over["value"] == pytest.approx(own - chance, abs=2e-3)
    assert own - chance > 0.01
    if not by:
        assert rows.loc[f"{way}, times chance", "value"] == pytest.approx(own / chance, rel=0.05)


def test_a_random_map_is_worth_what_chance_is():
    """Twenty draws of its own beside each clip; the negative control of the study."""
    rows = results("faithfulness").query("map == 'random' and clips == 'faulty' and kind == 'all'")
    over = rows[rows["measure"].str.endswith("over chance") & rows["model"].isin(["AE", "MAE"])]
    assert len(over) == 2 * 8 * 4 and (over["percentile"] == 95).all()
    assert over["value"].abs().max() < 0.005 and over["value"].abs().mean() < 0.002
    known = results("faithfulness").query("map == 'the truth' and model in ['AE', 'MAE']")
    known = known[known["measure"] == "bins, by the twin, over chance"]
    assert (known["value low"] > 0.02).all()  # the positive control
