"""The study of notebook 08, and a shipped generator."""

import pytest

from audioxai_lite import counterfactuals
from audioxai_lite.counterfactuals.generator import Generator
from audioxai_lite.course.detectors import frozen_detectors
from audioxai_lite.course.nb08.studies import repaired_in_study
from audioxai_lite.course.results import CHECKPOINTS, results
from audioxai_lite.datasets import machine
from audioxai_lite.datasets import planted as planted_clips
from audioxai_lite.models import checkpoint


def test_counterfactuals_are_measured_with_intervals_by_kind():
    table = results("counterfactuals")
    measured = table[table["value low"].notna()]
    assert (
        (measured["value low"] <= measured["value"] + 1e-5)
        & (measured["value"] <= measured["value high"] + 1e-5)
    ).all()
    share = measured["measure"].isin(["valid", "suspicious", "transfer", "area", "inside"])
    assert measured.loc[share, "value"].between(0, 1).all()
    without = table[table["value"].isna()]  # who changes nothing changes nothing inside the fault
    assert set(without["name"]) == {"copy"} and set(without["measure"]) == {"inside", "over area"}
    for source, kinds in (("machine", set(machine.KINDS)), ("rain", set(planted_clips.KINDS))):
        mine = table[(table["source"] == source) & (table["name"] == "generator")]
        assert kinds | {"all"} >= set(mine["kind"]) >= {"all"} and len(set(mine["kind"])) > 4
        twin = table[
            (table["source"] == source)
            & (table["name"] == "clean twin")
            & (table["measure"] == "to the twin")
        ]
        assert (twin["value"] == 0).all() and len(twin) >= 3 * 5


def test_shipped_generator_reaches_what_the_table_and_its_manifest_say():
    given, generator = repaired_in_study("machine"), Generator()
    detector, other = frozen_detectors("machine", 0)
    entry = checkpoint.load(generator, "generator-machine-0", CHECKPOINTS)
    changed = counterfactuals.apply_generator(generator, detector, given["clips"])
    found = counterfactuals.measures(
        detector, other, given["clips"], changed, given["twin"], given["truth"], given["normal"]
    )
    table = results("counterfactuals").query(
        "source == 'machine' and name == 'generator' and training_seed == 0 and kind == 'all'"
    )
    stored = table.set_index("measure")["value"]
    for name, value in found.items():
        assert value.nanmean().item() == pytest.approx(stored[name], rel=0.02, abs=0.02), name
        assert entry["metrics"][name] == pytest.approx(stored[name], abs=1e-3), name
