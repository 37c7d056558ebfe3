"""Samples of the studies of notebook 04, computed again."""

import numpy as np
import pytest
import torch

from audioxai_lite.course.nb04 import map_studies
from audioxai_lite.course.nb04.check_studies import sanity_cell
from audioxai_lite.course.results import results, results_by_clip
from audioxai_lite.evaluation import localisation

FEW = ("saliency", "random", "energy")


def compare(found, stored, keys, columns, tolerance=2e-3):
    """Row by row, by their keys; numbers are stored with four digits."""
    found, stored = (table.set_index(keys).sort_index() for table in (found, stored))
    assert len(found) == len(stored) > 0 and list(found.index) == list(stored.index)
    for column in columns:
        assert np.allclose(found[column], stored[column], atol=tolerance, equal_nan=True), column


def test_a_map_is_scored_as_it_is_and_by_its_sizes():
    truth = torch.zeros(2, 1, 4, 10)
    truth[..., :2] = 1  # a fifth
    found = torch.where(truth == 1, -3.0, torch.arange(40.0).view(4, 10) / 40)
    found[1] = 0
    table = map_studies._scores(found, truth).set_index(["mask", "clip"])
    assert table.loc[("its sizes", 0), "average precision"] == 1
    assert table.loc[("its sizes", 0), "inside, top 5%"] == 1
    assert table.loc[("the map", 0), "average precision"] == pytest.approx(0.2)  # its share
    assert table.loc[("the map", 0), "inside, top 30%"] == 0
    assert table["empty"].tolist() == [0, 1, 0, 1]


@pytest.mark.slow
def test_a_sample_of_the_maps_of_a_plain_network_is_computed_again():
    found = map_studies.maps_cell("plain", 0, FEW)
    stored = results_by_clip("maps").query("model == 'plain' and seed == 0")
    stored = stored[stored["method"].isin(FEW)]
    columns = [
        *localisation.SCORES,
        *map_studies.INSIDE,
        "right",
        "empty",
        "average precision over energy",
    ]
    compare(found, stored, ["method", "mask", "clip"], columns)
    energy = found.query("method == 'energy' and mask == 'the map'")
    assert (energy["average precision over energy"] == 0).all()


def test_a_sample_of_the_planted_sounds_is_computed_again(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    found = map_studies.planted_maps_cell(5.0, "robust", 1, FEW)
    stored = results_by_clip("planted_maps").query("snr == 5 and model == 'robust' and seed == 1")
    stored = stored[stored["method"].isin(FEW)]
    compare(found, stored, ["method", "mask", "clip"], [*localisation.SCORES, "right"])


def test_louder_sounds_are_easier_for_what_only_listens_to_loudness():
    table = results("planted_maps").query("method == 'energy' and mask == 'the map'")
    rising = table.query("seed == 'all'").sort_values("snr")["average precision"]
    assert len(rising) == len(map_studies.LEVELS) and (rising.diff().iloc[1:] > 0.05).all()


@pytest.mark.slow
def test_a_sample_of_the_ruined_networks_is_computed_again():
    found = sanity_cell("robust", 1, "LRP")
    stored = results_by_clip("sanity").query("model == 'robust' and seed == 1 and method == 'LRP'")
    compare(found, stored, ["layer", "clip"], ["rank correlation", "average precision"], 5e-3)
    intact = found.query("layer == 'intact'")
    assert intact["rank correlation"].to_numpy() == pytest.approx(1)
    assert list(found["layer"].unique())[-1] == "bn0" and found["layer"].nunique() == 10
