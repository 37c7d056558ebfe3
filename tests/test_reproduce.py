"""Does recomputing a claim notice what it should, and only that?"""

import json
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest
from support import marked
from typer.testing import CliRunner

from audioxai_lite import counterfactuals, detection
from audioxai_lite.__main__ import app
from audioxai_lite.course import notebooks, reproduce, samples
from audioxai_lite.course.claims import load_claims
from audioxai_lite.course.comparing import Sample, aligned, differing, of_methods
from audioxai_lite.course.nb03 import studies as nb03
from audioxai_lite.course.nb04 import check_studies, map_studies
from audioxai_lite.course.nb14 import pitch
from audioxai_lite.course.reproduce import AGREES, DIFFERS, MISSING
from audioxai_lite.course.results import results, write_results
from audioxai_lite.evaluation import conciseness, faithfulness, localisation
from audioxai_lite.published import posthoc_audio

INDEX = pd.Index(range(100), name="clip")
TABLE = pd.DataFrame({"AD": np.linspace(1, 100, 100), "AD over cells": np.sin(INDEX)}, INDEX)


def sample(**changed):
    return Sample("clips", TABLE.assign(**changed), TABLE, ["AD over cells"], turned=0.02)


def test_what_agrees_has_no_differing_number():
    assert differing(sample()).empty
    assert differing(sample(AD=TABLE["AD"] * 1.01)).empty  # another processor
    assert differing(sample(AD=TABLE["AD"].where(INDEX > 1, 0))).empty  # two clips turned
    strict = Sample("clips", TABLE.assign(AD=TABLE["AD"].where(INDEX > 0, 0)), TABLE)
    assert len(differing(strict)) == 1  # where no class can turn, none may


def test_what_differs_is_shown_number_by_number():
    rows = differing(sample(AD=TABLE["AD"].where(INDEX > 2, 0)))
    assert rows.to_dict("list") == {
        "clip": [0, 1, 2],
        "column": ["AD"] * 3,
        "found": [0.0] * 3,
        "stored": [1.0, 2.0, 3.0],
    }


def test_a_claim_looks_at_the_methods_that_it_rests_on():
    rows = pd.MultiIndex.from_product(
        [["LIME", "SHAP", "none"], range(4)], names=["method", "clip"]
    )
    stored = pd.DataFrame({"AD": np.arange(12.0)}, rows)
    found = stored.assign(AD=stored["AD"] + 5 * (rows.get_level_values("method") == "LIME"))
    whole = Sample("four clips", found, stored)
    assert len(differing(whole)) == 4
    assert differing(of_methods(whole, ["SHAP"])).empty
    assert len(differing(of_methods(whole, ["LIME", "SHAP"]))) == 4
    assert of_methods(sample(), ["SHAP"]).found.equals(TABLE)  # no methods there
    with pytest.raises(ValueError, match=r"the sample \(four clips\) holds nothing of Grad-CAM"):
        of_methods(whole, ["Grad-CAM"])


def test_of_what_is_drawn_the_means_are_compared():
    noise = np.random.default_rng(0).normal(size=100)
    assert differing(sample(**{"AD over cells": TABLE["AD over cells"] + noise})).empty
    (row,) = differing(sample(**{"AD over cells": TABLE["AD over cells"] + 1})).to_dict("records")
    assert row["column"] == "mean of AD over cells" and row["found"] > row["stored"] + 0.9
    lacking = TABLE["AD over cells"].where(INDEX > 50)
    assert len(differing(sample(**{"AD over cells": lacking}))) == 1


def test_a_row_that_the_record_lacks_is_told(monkeypatch):
    found = pd.DataFrame({"clip": [1, 200], "AD": [2.0, 3.0]})
    with pytest.raises(ValueError, match="the record has no row for 200"):
        aligned("clips", found, TABLE.reset_index(), ["clip"], ["AD"])


def test_every_study_of_a_claim_has_a_sample():
    named = {study for claim in load_claims().values() for study in claim.get("studies", [])}
    assert named == set(samples.SAMPLES)


def test_what_a_claim_rests_on_is_in_its_samples():
    for name, claim in load_claims().items():
        if {*claim.get("studies", [])} & {*samples.ASKED}:
            sampled = {
                method for study in claim["studies"] for method in samples.ASKED.get(study, ())
            }
            assert set(claim["rests_on"]) <= sampled, name
        else:
            assert "rests_on" not in claim, name


@pytest.fixture
def quick(monkeypatch):
    """Samples that are computed, and notebooks that are taken for run."""
    monkeypatch.setattr(reproduce, "run_notebook", lambda file, dataset, needed_by: file)


LONG_SAMPLES = "manipulation softened checks maps features robustness interpretation".split()
LONG_SAMPLES += ["stft_interpretation"]


@pytest.mark.parametrize("study", marked(samples.SAMPLES, LONG_SAMPLES))
def test_samples_agree_with_the_record(study, request, monkeypatch):
    if study == "pitch_noise":
        pytest.importorskip("torchcrepe")
    if study == "spoken_recordings":
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("shared_data")))
    found = samples.sample_of(study, "environment")
    assert found.found.size >= 3
    assert differing(found).empty, differing(found).to_string()
    for claim in load_claims().values():
        if study in claim.get("studies", []) and "rests_on" in claim:
            assert not of_methods(found, claim["rests_on"]).found.empty


def test_a_claim_without_a_notebook_cannot_run():
    outcome = reproduce.reproduce("lmac/users-prefer")
    assert outcome.status == MISSING and outcome.said[0].startswith("awaits listeners")


def test_missing_recordings_are_named(monkeypatch, tmp_path, quick):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    outcome = reproduce.reproduce("posthoc-audio/shap-unsuited", "esc10")
    assert (
        outcome.status == MISSING and "python -m audioxai_lite download esc10" in outcome.said[-1]
    )


NEEDED = {
    "parameters": "DATASET = 'synthetic'",
    "imports": "import numpy as np",
    "asked": "asked = [1]",
    "filled": "asked.append(2)",
    "counted": "count = 0\ncount += len(asked)",
    "unused": "other = asked[0]",
    "loop": "for name in 'ab':\n    last = name",
    "name": "name = 'z'",
    "helper": "def helper(x):\n    return x + count",
    "query": "DATA = DATASET",
    "part": "asked[0] = 5",
    "attribute": "np.seterr(all='ignore')",
}


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("asked", ["asked", "filled", "part"]),
        ("helper(1)", ["asked", "filled", "counted", "helper"]),
        ("last", ["loop"]),  # binds `name` itself
        ("name", ["name"]),  # bound anew after the loop
        ("table.query('data == @DATA')", ["query"]),
        ("[name for name in (1, 2)]", []),  # its own
    ],
)
def test_a_cell_runs_with_what_it_needs_alone(source, needed):
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in NEEDED.items()]
    cells[0].metadata["tags"] = ["parameters"]
    cells += [nbformat.v4.new_markdown_cell("x = 1"), nbformat.v4.new_code_cell(source, id="last")]
    found = [cell["id"] for cell in notebooks.cells_needed(cells, "last")]
    always = ["parameters", "imports"]
    assert found == [name for name in NEEDED if name in always + needed] + ["last"]


def test_a_claim_s_cell_runs_with_what_it_needs_of_its_notebook():
    outcome = reproduce.reproduce("posthoc-audio/istft-exact")
    assert outcome.status == AGREES, reproduce.report(outcome)
    cell, says = outcome.said
    assert cell == "notebook 01, the claim's cell: as recorded"
    assert says.startswith("it says: holds. worst clip, at least: 130")
    assert outcome.record["verdict"] == "holds"


@pytest.mark.parametrize(
    ("changed", "rows"),
    [
        ({}, 0),
        ({"verdict": "undecided"}, 1),
        ({"found": [["AD", [5.4, 1.0, 9.0]]]}, 0),  # the last digit
        ({"found": [["AD", [5.0, 1.0, 12.0]]]}, 1),
        ({"found": [["another", [5.0, 1.0, 9.0]]]}, 1),
        ({"controls": [["random", [9.0]]]}, 1),
        ({"because": "other words"}, 0),
    ],
)
def test_records_are_compared_number_by_number(changed, rows):
    record = {"verdict": "holds", "found": [["AD", [5.0, 1.0, 9.0]]], "digits": 0}
    record |= {"controls": [["random", [2.0]]], "because": "words"}
    assert len(reproduce.differing_records(record | changed, record)) == rows


@pytest.mark.parametrize(
    ("worse", "code", "status"), [(0.0, 0, AGREES), (0.2, 0, DIFFERS), (0.0, 1, MISSING)]
)
def test_a_whole_study_runs_in_a_copy_and_is_compared(
    worse, code, status, monkeypatch, tmp_path, quick
):
    """The copy's table is what counts, and the course's own stays as it is."""
    asked = []

    def pretended_run(command, cwd, **options):
        asked.append(command[1:])
        folder = cwd / "data" / "results"
        table = results("pitch_noise", folder)
        table = table.assign(CREPE=table["CREPE"] - worse)
        write_results("pitch_noise", table, "again", {}, 1.0, folder)
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(reproduce, "AGAIN", tmp_path)
    monkeypatch.setattr(reproduce.subprocess, "run", pretended_run)
    monkeypatch.setattr(reproduce, "_claim_cell", lambda *asked: None)
    before = results("pitch_noise")
    outcome = reproduce.reproduce("crepe/as-good-as-pyin", full=True)
    assert outcome.status == status, reproduce.report(outcome)
    assert asked == [["-m", "audioxai_lite", "study", "pitch_noise", "--resume"]]
    assert results("pitch_noise").equals(before) and (tmp_path / "audioxai_lite").is_dir()
    if status == DIFFERS:
        assert len(outcome.differing) == len(before)


DIFFERENCE = {"what": "a sample", "column": "AD", "found": 1, "stored": 2}


def pretended(monkeypatch, *states):
    outcomes = [
        reproduce.Outcome(f"x/{state}", state, ["a sample: as recorded"], [DIFFERENCE] * state)
        for state in states
    ]
    monkeypatch.setattr(reproduce, "reproduce_claims", lambda *asked, **options: outcomes)
    return CliRunner().invoke(app, ["reproduce", "x/y"]), outcomes


@pytest.mark.parametrize("states", [[AGREES], [DIFFERS], [MISSING], [AGREES, DIFFERS]])
def test_the_exit_status_says_what_came_of_it(monkeypatch, states):
    result, outcomes = pretended(monkeypatch, *states)
    assert result.exit_code == max(states)
    assert all(f"{outcome.claim}: " in result.stdout for outcome in outcomes)


def test_json_and_refusals(monkeypatch):
    pretended(monkeypatch, DIFFERS)
    result = CliRunner().invoke(app, ["reproduce", "x/y", "--json"])
    (row,) = json.loads(result.stdout)
    assert result.exit_code == 1 and row["status"] == 1 and row["differing"][0]["stored"] == 2
    monkeypatch.undo()
    for asked, message in (
        ([], "name a claim, or ask --all"),
        (["x/y", "--all"], "name a claim, or ask --all"),
        (["x/y"], "the ledger has no claim 'x/y'"),
        (["crepe/as-good-as-pyin", "--dataset", "tides"], "the data set is synthetic or esc10"),
    ):
        result = CliRunner().invoke(app, ["reproduce", *asked])
        assert result.exit_code == 2 and message in result.output, asked


def _less(whole):
    return lambda *asked, **options: -0.7 * whole(*asked, **options)


def _rolled(whole):
    return lambda *asked, **options: whole(*asked, **options).roll(1, dims=0)


def _of_less(whole):
    return lambda attribution, share: whole(-attribution, share)


def _exchanged(whole):
    return lambda waveform, noise: whole(noise, waveform)


def _late(whole):
    def table(maps, *asked, **options):
        return whole(
            {name: each.roll(20, dims=3) for name, each in maps.items()}, *asked, **options
        )

    return table


def _idle(whole):
    def replaced(network, values, chosen, *rest):
        return whole(network, values, chosen & False, *rest)

    return replaced


def _higher(whole):
    return lambda hertz, *rest: whole(2 * hertz, *rest)


# What breaks, how, the study that must notice it, and one beside it that must not.
FAULTS = {
    "scores of the wrong sign": (detection, "mean_score", _less, "detection", "interpretation"),
    "answers of another clip": (nb03, "predicted_classes", _rolled, "stft_trainings", "detection"),
    "LRP that loses relevance": (check_studies, "lrp_of_classifier", _less, "checks", "detection"),
    "the smallest bins for the largest": (map_studies, "top_k", _of_less, "maps", "detector_maps"),
    "a wrong complexity": (conciseness, "complexity", _less, "interpretation", "detector_maps"),
    "clips for backgrounds": (posthoc_audio, "mix", _exchanged, "robustness", "interpretation"),
    "maps that come late": (localisation, "table", _late, "detector_maps", "faithfulness"),
    "no repair": (faithfulness, "replace_and_score", _idle, "faithfulness", "counterfactuals"),
    "other repairs": (counterfactuals, "apply_generator", _rolled, "counterfactuals", "detection"),
    "tones an octave up": (pitch, "harmonic_tone", _higher, "pitch_noise", "counterfactuals"),
}
LONG_FAULTS = [
    "scores of the wrong sign",
    "answers of another clip",
    "LRP that loses relevance",
    "the smallest bins for the largest",
    "a wrong complexity",
    "clips for backgrounds",
]


@pytest.mark.parametrize("fault", marked(FAULTS, LONG_FAULTS))
def test_a_broken_package_turns_its_claims_red_and_no_others(fault, monkeypatch):
    module, name, broken, hurt, unhurt = FAULTS[fault]
    if "pitch_noise" in (hurt, unhurt):
        pytest.importorskip("torchcrepe")
    monkeypatch.setattr(module, name, broken(getattr(module, name)))
    assert not differing(samples.sample_of(hurt, "environment")).empty
    assert differing(samples.sample_of(unhurt, "environment")).empty
