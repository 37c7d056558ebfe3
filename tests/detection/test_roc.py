"""Areas under ROC curves, against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score, roc_curve

from audioxai_lite import detection


def drawn(normals=60, anomalies=45, shift=1.0, seed=0, decimals=1):
    """Scores with many ties, labels, and three kinds of anomaly."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(0, 1, normals), rng.normal(shift, 1, anomalies)]).round(
        decimals
    )
    labels = np.repeat([0, 1], [normals, anomalies])
    kinds = np.concatenate(
        [np.full(normals, "normal"), np.resize(["squeal", "knock", "grind"], anomalies)]
    )
    return scores, labels, kinds


@pytest.mark.parametrize("decimals", [0, 1, 12])
@pytest.mark.parametrize("shift", [-2.0, 0.0, 1.0, 9.0])
def test_roc_areas_are_scikit_learns(shift, decimals):
    scores, labels, kinds = drawn(shift=shift, decimals=decimals)
    for max_fpr in (0.05, 0.1, 0.37, 1.0):
        table = detection.roc_table(torch.from_numpy(scores), labels, kinds, max_fpr, resamples=2)
        assert list(table.index) == ["squeal", "knock", "grind", "all"]
        for kind, row in table.iterrows():
            chosen = (labels == 0) | (kinds == kind) | (kind == "all")
            assert row["auc"] == pytest.approx(
                roc_auc_score(labels[chosen], scores[chosen]), abs=1e-12
            )
            expected = roc_auc_score(labels[chosen], scores[chosen], max_fpr=max_fpr)
            assert row["pauc"] == pytest.approx(expected, abs=1e-12)
            assert row["clips"] == (chosen & (labels == 1)).sum()


def test_bootstrap_is_the_stratified_one():
    """The same draws, one scikit-learn call each."""
    scores, labels, _ = drawn(30, 20)
    rng = np.random.default_rng(5)
    normal = rng.multinomial(30, np.full(30, 1 / 30), 200)
    anomalous = rng.multinomial(20, np.full(20, 1 / 20), 200)
    areas = {"auc": [], "pauc": []}
    for counts in np.hstack([normal, anomalous]):
        again = np.repeat(scores, counts), np.repeat(labels, counts)
        areas["auc"].append(roc_auc_score(again[1], again[0]))
        areas["pauc"].append(roc_auc_score(again[1], again[0], max_fpr=0.2))
    row = detection.roc_table(scores, labels, max_fpr=0.2, resamples=200, seed=5).loc["all"]
    for name, area in areas.items():
        assert (row[f"{name} low"], row[f"{name} high"]) == pytest.approx(
            tuple(np.percentile(area, [2.5, 97.5]))
        )


def test_intervals_cover_the_true_area():
    """Two unit normals one apart: AUC = Φ(1 / √2) = 0.7602. About 95 % of the intervals hold it."""
    covered = 0
    for seed in range(200):
        scores, labels, _ = drawn(80, 60, seed=seed, decimals=12)
        row = detection.roc_table(scores, labels, resamples=300, seed=seed).loc["all"]
        assert (
            row["auc low"] < row["auc"] < row["auc high"]
            and row["pauc low"] <= row["pauc"] <= row["pauc high"]
        )
        covered += row["auc low"] <= 0.7602 <= row["auc high"]
    assert 180 <= covered <= 198


def test_bootstrap_by_kind_draws_each_kind_separately():
    scores, labels, kinds = drawn(30, 20)
    table = detection.roc_table(scores, labels, kinds, resamples=300)
    alone = (labels == 0) | (kinds == "squeal")
    rng = np.random.default_rng(0)
    normal = rng.multinomial(30, np.full(30, 1 / 30), 300)
    squeals = (kinds[alone] == "squeal").sum()
    counts = np.hstack([normal, rng.multinomial(squeals, np.full(squeals, 1 / squeals), 300)])
    areas = [
        roc_auc_score(np.repeat(labels[alone], row), np.repeat(scores[alone], row))
        for row in counts
    ]
    assert kinds[labels == 1][0] == "squeal"  # the kind that is drawn first
    expected = tuple(np.percentile(areas, [2.5, 97.5]))
    assert tuple(table.loc["squeal", ["auc low", "auc high"]]) == pytest.approx(expected)


def test_clips_of_a_group_are_drawn_together():
    """Every clip four times over: as groups of four they are worth no more than the clips
    themselves.
    """
    scores, labels, _ = drawn(40, 30)
    fourfold = np.repeat(scores, 4), np.repeat(labels, 4)
    plain = detection.roc_table(*fourfold).loc["all"]
    grouped = detection.roc_table(*fourfold, groups=np.repeat(np.arange(70), 4)).loc["all"]
    single = detection.roc_table(scores, labels, groups=np.arange(70)).loc["all"]
    assert grouped["auc"] == plain["auc"] == single["auc"]
    assert np.allclose(
        grouped[["auc low", "auc high"]].astype(float),
        single[["auc low", "auc high"]].astype(float),
    )
    widths = [row["auc high"] - row["auc low"] for row in (plain, grouped)]
    assert 1.7 < widths[1] / widths[0] < 2.4


def test_a_draw_without_one_class_does_not_count():
    scores, labels = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1])
    row = detection.roc_table(scores, labels, groups=np.array(["a", "a", "b", "b"])).loc["all"]
    assert (row["auc"], row["auc low"], row["auc high"]) == (1, 1, 1)


def test_difference_is_that_of_two_tables_and_its_interval_is_paired():
    scores, labels, kinds = drawn(60, 45, shift=1.0)
    worse = scores + np.random.default_rng(1).normal(0, 0.3, len(scores))
    difference = detection.roc_difference(scores, worse, labels, kinds)
    tables = [detection.roc_table(values, labels, kinds).loc["all"] for values in (scores, worse)]
    for name in ("auc", "pauc"):
        assert difference[name] == pytest.approx(tables[0][name] - tables[1][name])
    assert difference["auc high"] - difference["auc low"] < 0.5 * (
        tables[0]["auc high"] - tables[0]["auc low"]
    )
    same = detection.roc_difference(scores, scores, labels)
    assert (same["auc"], same["auc low"], same["auc high"]) == (0, 0, 0)
    swapped = detection.roc_difference(worse, scores, labels, kinds)
    assert swapped["auc low"] == pytest.approx(-difference["auc high"])


@pytest.mark.parametrize("decimals", [12, 0])
def test_curve_is_scikit_learns(decimals):
    scores, labels, _ = drawn(decimals=decimals)
    curve = detection.roc_curve(scores, labels, resamples=200)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    for rate, row in curve.iterrows():
        best = true[false <= rate + 1e-9].max()
        assert row["true_positive_rate low"] <= row["true_positive_rate"]
        assert row["true_positive_rate"] <= row["true_positive_rate high"]
        if decimals:
            assert row["true_positive_rate"] == pytest.approx(best, abs=1 / 45 + 1e-9), rate
    assert (curve["true_positive_rate"].iloc[-1], curve["true_positive_rate low"].iloc[-1]) == (
        1,
        1,
    )
    assert np.trapezoid(curve["true_positive_rate"], curve.index) == pytest.approx(
        roc_auc_score(labels, scores), abs=0.02
    )


def test_roc_table_is_repeatable_and_ignores_kinds_of_normal_clips():
    scores, labels, kinds = drawn()
    table = detection.roc_table(scores, labels, kinds)
    assert table.equals(detection.roc_table(scores, labels, kinds, seed=0))
    assert not table.equals(detection.roc_table(scores, labels, kinds, seed=1))
    odd = np.where(labels == 0, "knock", kinds)
    assert table.equals(detection.roc_table(scores, labels, odd))
    assert list(table.columns) == [
        "clips",
        "auc",
        "auc low",
        "auc high",
        "pauc",
        "pauc low",
        "pauc high",
    ]
    assert list(detection.roc_table(scores, labels).index) == ["all"]


@pytest.mark.parametrize(
    "change, words",
    [
        ({"scores": np.zeros(3)}, "one value a clip, not shapes"),
        ({"scores": np.zeros((105, 1))}, "one value a clip"),
        ({"kinds": ["knock"]}, "one value a clip"),
        ({"scores": np.full(105, np.nan)}, "105 scores are NaN"),
        ({"labels": np.zeros(105)}, "both present"),
        ({"labels": np.arange(105)}, r"not \[2, 3, 4\]"),
        ({"labels": np.full(105, "normal")}, r"not \['normal'\]"),
        ({"groups": np.zeros(7)}, "groups have one value a clip"),
        ({"max_fpr": 0}, r"\(0, 1\]"),
        ({"max_fpr": 1.1}, r"\(0, 1\]"),
        ({"resamples": 0}, "starts from 1"),
    ],
)
def test_bad_scores_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        detection.roc_table(
            **dict(zip(("scores", "labels", "kinds"), drawn(), strict=True)) | change
        )
