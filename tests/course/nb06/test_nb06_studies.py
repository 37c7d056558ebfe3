"""A sample of the study of notebook 06, computed again."""

import numpy as np
import pytest

from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import scored_clips
from audioxai_lite.course.nb06.studies import masks_in_study
from audioxai_lite.course.results import results
from audioxai_lite.evaluation import fidelity
from audioxai_lite.published import posthoc_audio


def test_masks_of_the_study_keep_to_their_ranges_and_their_areas():
    table = results("interpretation")
    for score, (_, low, high) in posthoc_audio.DIRECTIONS.items():
        high = np.log(64 * 251) if high is None else high
        assert table[score].between(low - 1e-4, high + 1e-4).all(), score
        within = (table[f"{score} low"] <= table[score] + 1e-9) & (
            table[score] <= table[f"{score} high"] + 1e-9
        )
        assert within.all(), score
    explained = table[table["method"] != "none"]
    exact = explained[explained["mask"].str.endswith("exact")]
    share = exact["mask"].str.extract(r"top (\d+) %")[0].astype(float) / 100
    assert (exact["area"] - share).abs().max() < 1e-4 and (exact["constant"] == 0).all()
    soft = explained["mask"].str.contains("min–max|sigmoid")
    assert (
        explained.loc[soft, "AD random cells"].isna().all()
        and explained.loc[~soft, "AD random cells"].notna().all()
    )
    everything = table[table["mask"] == "all ones"]
    assert (everything[["AI", "AD", "AG", "SPS", "COMP"]] == 0).all(axis=None) and (
        everything["Fid-In"] == 1
    ).all()
    assert (
        table["inside"].notna() | (table["data"] == "esc10") | (table["mask"] == "all zeros")
    ).all()


def test_a_sample_of_the_masks_is_scored_again():
    network = load_classifier("environment", "robust").network
    values, truth = scored_clips("environment")
    assert len(values) == 40
    given = {
        name: masks_in_study(values)[name] for name in ("sign", "threshold 0.25", "top 30 %, exact")
    }
    found = posthoc_audio.table(network, values, given, truth)
    table = results("interpretation").query(
        "data == 'environment' and test_fold == 5 and model == 'robust' and method == 'energy' "
        "and grain == 'bins'"
    )
    table = table.set_index("mask").loc[list(given)]
    for column in (
        "FF",
        "AD",
        "AG",
        "SPS",
        "COMP",
        "area",
        "constant",
        "inside",
        "AD random bins",
        "AD over cells high",
    ):
        assert (found[column] - table[column]).abs().max() < 0.02 * max(
            1, table[column].abs().max()
        ), column
    _, insertion = fidelity.deletion_and_insertion(network, values, values, steps=10)
    assert fidelity.curve_area(insertion).mean().item() == pytest.approx(
        table["insertion"].iloc[0], abs=2e-3
    )
