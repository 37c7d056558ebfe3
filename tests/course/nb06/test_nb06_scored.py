"""What notebook 06 asks of scored masks, on tables whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from audioxai_lite.course.nb06 import comparing, pictures, scored


def table(drops):
    """A study of masks a, b, c, ... with these drops, sparser from one to the next, a row each."""
    rows = [
        {"mask": mask, "AD": drop, "SPS": k / 10, "AI": 2 * drop, "AG": drop, "AD over cells": -5.0}
        for k, (mask, drop) in enumerate(zip("abcdef", drops, strict=False))
    ]
    return pd.DataFrame(rows).assign(model="robust", method="LIME", grain="bins")


def of_masks(drops):
    means = table(drops).assign(seed="all")
    by_clip = pd.concat(
        table(drops).assign(seed=seed, clip=clip) for seed in range(3) for clip in range(4)
    )
    return scored.ScoredMasks(means, by_clip, list("abcdef")[: len(drops)])


@pytest.mark.parametrize(("drops", "expected"), [([1, 2, 3, 4], 1), ([4, 3, 2, 1], -1)])
def test_the_trade_off_has_the_sign_of_the_order(drops, expected):
    found = of_masks(drops).trade_off("LIME", list("abcd"))
    assert found == pytest.approx((expected,) * 3)


def test_scores_come_by_training_and_clip():
    rows = of_masks([1, 2, 3]).by_training("LIME", "b")
    assert rows.shape == (3, 4) and (rows == 2).all(axis=None)
    assert of_masks([1, 2, 3]).table_of("LIME")["AD"].tolist() == [1, 2, 3]


def test_only_a_gain_that_holds_in_every_training_is_clear():
    drawn = np.random.default_rng(0).normal(0, 1, (3, 20))
    sure, chance, worse = drawn - 20, drawn, drawn + 20
    one_training = drawn + np.array([[-30], [1], [1]])
    rows = [
        {"method": name, "model": "robust", "grain": "bins", "seed": k, "clip": c, "over": x[k, c]}
        for name, x in {"sure": sure, "chance": chance, "worse": worse, "one": one_training}.items()
        for k in range(3)
        for c in range(20)
    ]
    clear = scored.clearly_less(pd.DataFrame(rows), "over").droplevel(["model", "grain"])
    assert clear.to_dict() == {"sure": True, "chance": False, "worse": False, "one": False}


def test_the_printed_winners_depend_on_the_scale():
    winners, printed = scored.printed_winners()
    as_printed = [(winners[name] == winners["printed"]).sum() for name in winners.columns[2:5]]
    assert as_printed == [8, 7, 3] and len(printed) == len(winners) == 8


def test_the_front_has_no_mask_that_another_beats():
    rows = pd.DataFrame(
        {"area": [0.1, 0.2, 0.3, 0.3], "Fid-In": [0.5, 0.4, 0.9, 0.8], "model": "plain"}
    )
    rows["Fid-In random cells"] = 0.1
    both = pd.concat([rows, rows.assign(model="robust")])
    assert comparing.front(both)[1]["robust"]["area"].tolist() == [0.1, 0.3]


def test_a_dot_is_filled_where_the_drop_is_clearly_less():
    study = table([10]).drop(columns="mask").assign(**{"AD low": 5, "AD high": 20})
    study = pd.concat([study, study.assign(model="plain")]).assign(**{"AD random cells": 40})
    clear = pd.Series({("LIME", "plain", "bins"): False, ("LIME", "robust", "bins"): True})
    study = pd.concat([study, study.assign(grain="cells")])
    clear = pd.concat([clear, pd.Series({(m, n, "cells"): False for m, n, _ in clear.index})])
    plain, robust = comparing.at_equal_area(study, clear, ["LIME"], ["bins", "cells"]).axes
    filled = [
        [line.get_markerfacecolor() != "white" for line in ax.lines if line.get_marker() == "o"]
        for ax in (plain, robust)
    ]
    assert filled == [[False, False], [True, False]]


def test_scores_are_bright_where_they_are_good():
    good = {"FF": 1, "AI": 100, "AD": 0, "AG": 100, "Fid-In": 1, "SPS": 1, "COMP": 0}
    bad = {"FF": 0, "AI": 0, "AD": 100, "AG": 0, "Fid-In": 0, "SPS": 0, "COMP": np.log(32)}
    scores = pd.DataFrame([good, bad], index=["good", "bad"])
    (image,) = pictures.score_tables({"a toy": scores}, bins=32).axes[0].images
    assert np.allclose(image.get_array(), [[1] * 7, [0] * 7])
