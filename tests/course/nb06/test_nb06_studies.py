"""A sample of the study of notebook 06, computed again."""

import numpy as np
import pytest
import torch

from audioxai_lite.course.classifiers import FEATURES
from audioxai_lite.course.nb06 import studies
from audioxai_lite.course.nb06.studies import COMPARED, OF_MASK, masks_in_study
from audioxai_lite.course.results import results, results_by_clip
from audioxai_lite.evaluation import localisation
from audioxai_lite.evaluation.chance import CELL
from audioxai_lite.published import posthoc_audio


def test_masks_of_the_study_keep_to_their_ranges_and_their_areas():
    table = results("interpretation")
    table = table[table["mask"] != "the map"]
    for score, (_, low, high) in posthoc_audio.DIRECTIONS.items():
        high = np.log(64 * 251) if high is None else high
        assert table[score].between(low - 1e-4, high + 1e-4).all(), score
        assert (table[f"{score} low"] <= table[score] + 1e-9).all(), score
        assert (table[score] <= table[f"{score} high"] + 1e-9).all(), score
    explained = table[table["method"] != "none"]
    exact = explained[explained["mask"].str.endswith("exact")]
    share = exact["mask"].str.extract(r"top (\d+) %")[0].astype(float) / 100
    assert (exact["area"] - share).abs().max() < 1e-4 and (exact["constant"] == 0).all()
    soft = explained["mask"].str.contains("min–max|sigmoid")
    for control in ("cells", "energy"):
        over = explained[f"AD over {control}"]
        assert over[soft].isna().all() and over[~soft].notna().all(), control
    everything = table[table["mask"] == "all ones"]
    assert (everything[["AI", "AD", "AG", "SPS", "COMP", "AD over cells"]] == 0).all(axis=None)
    assert (everything["Fid-In"] == 1).all()
    where = table["data"] == "environment"
    assert (table["inside"].notna() == (where & (table["mask"] != "all zeros"))).all()


def test_the_loudest_bins_are_their_own_control():
    """The energy's exact top 30 % is the control of that area, for every network."""
    rows = results_by_clip("interpretation").query(
        "method == 'energy' and grain == 'bins' and mask == 'top 30 %, exact'"
    )
    assert len(rows) == 12 * 20
    assert (rows[[f"{score} over energy" for score in COMPARED]] == 0).all(axis=None)
    assert (rows["AD over cells"] != 0).any()


def test_a_sample_of_the_masks_of_a_plain_network_is_scored_again():
    """Two clips and two methods of the study's own cell; clips do not depend on one another."""
    some, chosen = [3, 11], ("saliency", "energy")
    found = studies.interpretation_cell("environment", "plain", 2, chosen, some)
    keys = ["method", "grain", "mask", "clip"]
    stored = results_by_clip("interpretation").query(
        "data == 'environment' and model == 'plain' and seed == 2 and clip in @some"
    )
    stored = stored[stored["method"].isin([*chosen, "none"])].set_index(keys).sort_index()
    found = found.set_index(keys).sort_index()
    assert list(found.index) == list(stored.index) and len(found) == 2 * (3 + 2 * (17 + 3 + 1))
    drawn = [column for column in OF_MASK if column.endswith("over cells")]  # by a mask's last bits
    for column in drawn:
        off = (found[column] - stored[column]).abs()
        assert off.isna().equals(stored[column].isna()) and off.mean() < (
            10 if column.startswith("AD") else 0.1
        ), column
    for column in {*OF_MASK, "average precision", "sparseness"} - {*drawn}:
        close = np.isclose(found[column], stored[column], rtol=0.02, atol=2e-3, equal_nan=True)
        assert close.mean() > 0.98, column  # a class near its limit may turn


def test_maps_are_measured_before_they_are_cut():
    torch.manual_seed(0)
    found, truth = torch.randn(3, 1, 8, 10), torch.zeros(3, 1, 8, 10)
    truth[..., :3] = 1
    table = studies._of_map(found, truth)
    assert table["mask"].unique().tolist() == ["the map"] and table["clip"].tolist() == [0, 1, 2]
    expected = localisation.average_precision(found, truth)
    assert np.allclose(table["average precision"], expected)
    assert "average precision" not in studies._of_map(found, None)


def test_masks_of_a_map_are_the_published_and_the_exact_ones():
    found = torch.randn(2, 1, 20, 20)
    given = masks_in_study(found)
    assert list(given)[:14] == list(posthoc_audio.VARIANTS) and len(given) == 17
    for name, mask in list(given.items())[14:]:
        share = int(name.split()[1]) / 100
        assert mask.mean(dim=(1, 2, 3)).tolist() == pytest.approx([share] * 2)


def test_random_cells_are_as_large_a_part_of_either_input():
    bands, frames = CELL
    bins, steps = studies.STFT_CELL
    mel, stft = FEATURES["mel"], FEATURES["stft"]
    hertz = stft.frequencies[1].item() * bins
    assert hertz == pytest.approx(stft.sample_rate / 2 * bands / mel.n_mels, rel=0.01)
    assert steps * stft.hop_length == frames * mel.hop_length
