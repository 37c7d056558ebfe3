"""Samples of the studies of notebook 04, computed again."""

import pytest

from audioxai_lite.course.nb04.studies import checking_attributions_cell, checks_cell, sanity_cell
from audioxai_lite.course.results import results


@pytest.mark.parametrize("model", ["plain", "robust"])
def test_a_sample_of_the_attribution_study_is_computed_again(model):
    found = checking_attributions_cell("environment", model, "saliency").set_index(
        ["sign", "score"]
    )
    table = results("attribution").query(
        "data == 'environment' and model == @model and method == 'saliency'"
    )
    table = table.set_index(["sign", "score"])
    for column in ("value", "value low", "value high", "gain", "gain low", "gain high", "clips"):
        assert (found[column] - table[column]).abs().max() < 2e-3, column
    assert table.loc[("absolute", "average precision"), "value"] > 0.25


def test_a_sample_of_the_checks_is_computed_again():
    found = checks_cell("environment", "robust", "LRP, conserving").iloc[0]
    table = (
        results("checks")
        .set_index(["data", "model", "check"])
        .loc[("environment", "robust", "LRP, conserving")]
    )
    assert (
        found["value"] == pytest.approx(table["value"], abs=2e-3)
        and found["measure"] == "conserved"
    )
    assert 0.95 < table["value"] < 1.05


def test_a_sample_of_the_ruined_networks_is_computed_again():
    found = sanity_cell("robust", 1, "LRP").set_index(["layer", "score"])
    table = (
        results("sanity")
        .query("model == 'robust' and seed == 1 and method == 'LRP'")
        .set_index(["layer", "score"])
    )
    assert list(found.index) == list(table.index) and len(found) == 20
    for column in ("value", "value low", "value high"):
        assert (found[column] - table[column]).abs().max() < 5e-3, column
    assert found.loc[("intact", "rank correlation"), "value"] == pytest.approx(1)
