"""The figures of notebook 05 show the numbers that they are given."""

import pandas as pd
import pytest
import torch

from audioxai_lite.course.nb05 import pictures


def test_bars_are_areas_in_per_cent_and_levels():
    table = pd.DataFrame({"area": [0.05, 0.5], "level": [-9.0, -60.0]}, ["top 5 %", "sigmoid"])
    areas, levels = pictures.areas_and_levels(table).axes
    assert [bar.get_width() for bar in areas.patches] == pytest.approx([5, 50])
    assert [bar.get_width() for bar in levels.patches] == [-9, -60]
    assert areas.yaxis_inverted()  # the first rule is on top


def test_dots_are_what_is_kept_and_what_is_removed():
    rows = [
        {"model": model, "mask": "sign", "clip": 0.9, "kept": kept, "removed": 0.1}
        for model, kept in (("robust", 1.0), ("plain", 0.2))
    ]
    robust, plain = pictures.kept_and_removed(pd.DataFrame(rows), "dog").axes
    for ax, kept in ((robust, 1.0), (plain, 0.2)):
        _, removed_dots, kept_dots = ax.collections
        assert kept_dots.get_offsets()[0][0] == kept
        assert removed_dots.get_offsets()[0][0] == pytest.approx(0.1)
    assert robust.get_title() == "robust network"


def test_a_mask_value_is_the_slope_of_its_line():
    (ax,) = pictures.soft_levels(torch.linspace(-20, 30, 50).reshape(1, 1, 5, 10)).axes
    for line, mask in zip(ax.lines, (1, 0.9, 0.75, 0.5, 0.25), strict=True):
        before, after = line.get_data()
        assert (after[-1] - after[0]) / (before[-1] - before[0]) == pytest.approx(mask, abs=1e-4)
        assert after[-1] == pytest.approx(-100 + mask * 130, abs=1e-3)


def test_halves_and_wholes_are_told_apart():
    columns = {"above 0": [0.51, 0.49], "map": [0.5, 0.5], "positive part": [0.5, 1.0]}
    (ax,) = pictures.halves(pd.DataFrame(columns)).axes
    assert [list(dots.get_offsets()[:, 0]) for dots in ax.collections] == [
        pytest.approx(values) for values in ([51, 49], [50, 50], [50, 100])
    ]


def test_every_method_of_every_network_has_a_dot():
    where = pd.MultiIndex.from_product([["plain", "robust"], ["saliency", "random, both signs"]])
    columns = ["bins above 0", "clips where all is kept"]
    table = pd.DataFrame([[0.5, 0.4], [0.5, 0.6], [0.5, 0.45], [0.5, 0.6]], where, columns)
    (ax,) = pictures.kept_all(table).axes
    heights = [dots.get_offsets()[0][1] for dots in ax.collections if len(dots.get_offsets())]
    assert heights == pytest.approx([40, 60, 45, 60])
    assert [text.get_text() for text in ax.texts] == ["saliency", "random, both signs"]


def test_two_witnesses_and_a_star():
    table = pd.DataFrame(
        {"by SPS": [0.65, 0.08], "by COMP": [0.6, 0.03], "best": [True, False]}, ["a", "b"]
    )
    (ax,) = pictures.kept_all_published(table).axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([65, 8])
    assert list(ax.collections[0].get_offsets()[:, 0]) == pytest.approx([60, 3])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a ★", "b"]


def test_masks_stand_at_their_area():
    table = pd.DataFrame(
        {"area": [0.05, 0.05, 0.3], "mask": ["map", "chance", "chance"], "p": [1.0, 0.2, 0.7]}
    )
    (ax,) = pictures.against_chance(table, "dog").axes
    chance, loudest, found = (dots.get_offsets() for dots in ax.collections)
    assert len(loudest) == 0 and found[0][1] == 1.0
    assert [tuple(dot) for dot in chance] == [pytest.approx((-0.2, 0.2)), pytest.approx((0.8, 0.7))]


def test_pairs_are_sorted_and_not_named():
    answers = pd.DataFrame(
        {"label": ["dog", "rain"], "explanation": [0.9, 0.3], "chance": [0.1, 0.2]}
    )
    (ax,) = pictures.network_on_pairs(answers).axes
    _, explanation, chance = ax.collections
    assert list(explanation.get_offsets()[:, 0]) == pytest.approx([0.3, 0.9])
    assert list(chance.get_offsets()[:, 0]) == pytest.approx([0.2, 0.1])
    assert not ax.texts and not ax.get_yticklabels()
