"""Grids that can be stopped and resumed, and the results that come with the course."""

import json
import os

import joblib
import numpy as np
import pandas as pd
import pytest
import torch

from audioxai_lite import attribution, counterfactuals, datasets, detection, experiments, faithfulness, metrics, studies
from audioxai_lite.counterfactuals import Generator
from audioxai_lite.datasets import machine
from audioxai_lite.datasets import planted as planted_clips
from audioxai_lite.experiments import results, run_grid, write_results
from audioxai_lite.features import LogMel
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Autoencoder, DenseAutoencoder
from audioxai_lite.models.cnn14 import Cnn14

GRID = [{"size": size, "name": name} for size in (1, 2, 3) for name in ("a", "b")]


def cell(size, name):
    return pd.DataFrame({"row": range(size), "third": [size / 3] * size, "text": [name * size] * size})


def counted(folder):
    """A cell that leaves a trace of every call, and fails where a file says so."""

    def call(size, name):
        (folder / f"{size}{name}").touch()
        if (folder / "stop").exists() and (size, name) == (2, "b"):
            raise KeyboardInterrupt
        return cell(size, name)

    return call


def test_tables_stand_below_one_another_in_the_order_of_the_grid():
    table = run_grid(cell, GRID, progress=False)
    assert list(table.columns) == ["size", "name", "row", "third", "text"]
    assert table["text"].tolist() == ["a", "b", "aa", "aa", "bb", "bb"] + 3 * ["aaa"] + 3 * ["bbb"]
    assert table["size"].tolist() == [1, 1, 2, 2, 2, 2] + 6 * [3] and table.index.tolist() == list(range(12))


def test_a_grid_that_was_stopped_goes_on_and_gives_the_same(tmp_path):
    trace, folder = tmp_path / "trace", tmp_path / "cells"
    trace.mkdir()
    (trace / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        run_grid(counted(trace), GRID, folder, progress=False)
    assert len(list(folder.iterdir())) == 3
    for file in trace.iterdir():
        file.unlink()
    resumed = run_grid(counted(trace), GRID, folder, progress=False)
    assert sorted(file.name for file in trace.iterdir()) == ["2b", "3a", "3b"]
    pd.testing.assert_frame_equal(resumed, run_grid(cell, GRID, progress=False))
    assert {file.suffix for file in folder.iterdir()} == {".csv"}


def test_other_processes_give_the_same(tmp_path):
    with joblib.parallel_config("loky", n_jobs=2):
        table = run_grid(cell, GRID, tmp_path, progress=False)
    pd.testing.assert_frame_equal(table, run_grid(cell, GRID, progress=False))


def test_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match="the grid is empty"):
        run_grid(cell, [])


def test_results_are_written_with_how_they_were_made(tmp_path):
    write_results("small", cell(2, "a"), "make small", {"seed": [0, 1]}, 12.3, tmp_path)
    assert results("small", tmp_path).equals(cell(2, "a").round(5))
    how = json.loads((tmp_path / "small.json").read_text())
    assert (how["command"], how["seeds"], how["duration_s"]) == ("make small", {"seed": [0, 1]}, 12)
    assert set(how["versions"]) == {"audioxai_lite", "torch", "numpy", "scikit-learn"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["small.csv", "small.json"]
    with pytest.raises(FileNotFoundError, match="study detection"):
        results("detection", tmp_path)


def test_a_study_writes_its_table_and_clears_up(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(experiments.write_results, "__defaults__", (tmp_path,))
    monkeypatch.setitem(studies.STUDIES, "small", (cell, GRID, ["text", "size"]))
    assert studies.run("small").equals(results("small", tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["small.csv", "small.json"]
    with pytest.raises(ValueError, match="no study 'tiny'; there are detection, masking"):
        studies.run("tiny")


@pytest.mark.parametrize("resume", [True, False])
def test_a_study_resumes_only_when_asked(tmp_path, monkeypatch, resume):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(experiments.write_results, "__defaults__", (tmp_path,))
    monkeypatch.setitem(studies.STUDIES, "small", (cell, GRID, ["text", "size"]))
    run_grid(lambda size, name: cell(size, "old"), GRID[:1], tmp_path / "small.unfinished", progress=False)
    assert ("old" in studies.run("small", resume)["text"].tolist()) is resume


@pytest.mark.parametrize("name", studies.STUDIES)
def test_shipped_results_are_whole(name):
    cell, grid, columns = studies.STUDIES[name]
    table = results(name)
    assert list(table.columns) == columns
    settings = [column for column in grid[0] if column in columns]
    found = table[settings].drop_duplicates().to_dict("records")
    assert sorted(map(str, found)) == sorted({str({key: row[key] for key in settings}) for row in grid})
    if name not in ("interpretation", "counterfactuals"):
        assert table.notna().all(axis=None)
        (value,) = {"auc", "value", "accuracy"} & set(columns)
        # Sums can be off by more than themselves, and a ratio to chance be larger than 1.
        free = table.get("measure", pd.Series("", table.index)).str.contains("times") | (name == "checks")
        assert (table[value].between(-1, 1) | free).all()
        if "low" in columns:
            assert ((table["low"] <= table[value]) & (table[value] <= table["high"])).all()
    how = json.loads((experiments.RESULTS / f"{name}.json").read_text())
    assert how["command"] == f"python -m audioxai_lite study {name}" and how["duration_s"] > 60


def test_counterfactuals_are_measured_with_intervals_by_kind():
    table = results("counterfactuals")
    measured = table[table["low"].notna()]
    assert ((measured["low"] <= measured["value"] + 1e-5) & (measured["value"] <= measured["high"] + 1e-5)).all()
    share = measured["measure"].isin(["valid", "suspicious", "transfer", "area", "inside"])
    assert measured.loc[share, "value"].between(0, 1).all()
    without = table[table["value"].isna()]  # who changes nothing changes nothing inside the fault
    assert set(without["name"]) == {"copy"} and set(without["measure"]) == {"inside", "over area"}
    for source, kinds in (("machine", set(machine.KINDS)), ("rain", set(planted_clips.KINDS))):
        mine = table[(table["source"] == source) & (table["name"] == "generator")]
        assert kinds | {"all"} >= set(mine["kind"]) >= {"all"} and len(set(mine["kind"])) > 4
        twin = table[
            (table["source"] == source) & (table["name"] == "clean twin") & (table["measure"] == "to the twin")
        ]
        assert (twin["value"] == 0).all() and len(twin) >= 3 * 5


def test_shipped_generator_reaches_what_the_table_and_its_manifest_say():
    given, generator = studies.repaired_clips("machine"), Generator()
    detector, other = studies.frozen_detectors("machine", 0)
    entry = checkpoint.load(generator, "generator-machine-0")
    changed = counterfactuals.apply(generator, detector, given["clips"])
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


def test_detectors_are_neither_weak_nor_perfect():
    """Difficulty was set on other draws; on these, too, there must be something to tell apart."""
    table = results("detection")
    table = table[(table["kind"] == "all") & table["model"].isin(["AE", "MAE"])]
    assert len(table.groupby(["training_seed", "data_seed"])) == 10
    assert table["auc"].between(0.80, 0.97).all(), table["auc"].describe()


@pytest.fixture(scope="module")
def heard():
    test = machine.load("test")
    return studies.log_mel(test), test.table["target"]


@pytest.mark.parametrize("model", ["AE", "MAE", "dense AE"])
@pytest.mark.parametrize("seed", studies.SHIPPED_SEEDS)
def test_shipped_detectors_reach_what_the_table_and_their_manifest_say(heard, model, seed):
    values, labels = heard
    network = DenseAutoencoder() if model == "dense AE" else Autoencoder()
    entry = checkpoint.load(network, f"{model.lower().replace(' ', '-')}-machine-{seed}")
    table = results("detection").query(
        "data_seed == 0 and training_seed == @seed and kind == 'all' and model == @model"
    )
    assert entry["command"] == "python -m audioxai_lite study detection" and entry["data_seed"] == 0
    for way, score in studies.clip_scores(network, values, masked=False).items():
        auc = detection.roc_table(score, labels, resamples=1).loc["all", "auc"]
        assert auc == pytest.approx(table.set_index("score").loc[way, "auc"], abs=2e-3), way
        assert entry["metrics"][f"test AUC, {way}"] == pytest.approx(auc, abs=2e-3), way


def test_the_recipe_of_a_study_trains(monkeypatch):
    """Two epochs on a few clips: the loss falls, the scale is that of the data, and the seed decides."""
    values = studies.log_mel(machine.load("train", normal=12, anomalous=0))
    fit = studies.training.fit
    monkeypatch.setattr(studies.training, "fit", lambda *inputs, **options: fit(*inputs, **options, epochs=2))
    first, same, other = (studies.trained(*studies.NETWORKS["MAE"], values, values[:4], seed) for seed in (0, 0, 1))
    assert torch.allclose(first.mean[:, 0], values.mean(dim=(0, 1, 3)), atol=1e-3)
    assert torch.equal(first.up[0].convolution[0].weight, same.up[0].convolution[0].weight)
    assert not torch.equal(first.up[0].convolution[0].weight, other.up[0].convolution[0].weight)


def test_clips_to_explain_have_a_truth_and_no_network_has_met_them(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    planted = studies.explained_clips("esc10")
    assert planted.classes == datasets.load("esc10").classes and len(planted) > 50
    assert planted.table["planted_file"].str.contains("/5-").all() and not (planted.table["label"] == "rain").any()
    assert set(planted.table["label"]) == set(planted_clips.KINDS)
    for clip in (planted.select(label=kind)[0] for kind in planted_clips.KINDS):
        assert clip.waveform.shape == clip.twin.shape == (1, 80_000)
        assert clip.waveform.abs().max().item() == pytest.approx(1, abs=1e-6)
        assert clip.label == clip.events[0].kind == planted.classes[clip.target]
        assert 0 < clip.truth(LogMel()).mean() < 1
    assert set(studies.explained_clips("environment").table["fold"]) == {5}
    for data in ("environment", "esc10"):
        assert studies.background_clips(data).shape == (100, 1, 64, 251)


@pytest.mark.parametrize("model", ["plain", "robust"])
def test_a_sample_of_the_attribution_study_is_computed_again(model):
    found = studies.attribution_cell("environment", model, "saliency").set_index(["sign", "score"])
    table = results("attribution").query("data == 'environment' and model == @model and method == 'saliency'")
    table = table.set_index(["sign", "score"])
    for column in ("value", "low", "high", "gain", "gain_low", "gain_high", "clips"):
        assert (found[column] - table[column]).abs().max() < 2e-3, column
    assert table.loc[("absolute", "average precision"), "value"] > 0.25


def test_a_sample_of_the_detectors_maps_is_computed_again(monkeypatch):
    monkeypatch.setattr(studies, "DETECTOR_METHODS", {"error map": studies.DETECTOR_METHODS["error map"]})
    found = studies.detector_maps_cell("MAE", 1).set_index(["grid", "method", "score"])
    table = (
        results("detector_maps").query("model == 'MAE' and training_seed == 1").set_index(["grid", "method", "score"])
    )
    assert set(found.index.get_level_values("method")) == {"error map", "random", "energy", "deviation"}
    for column in ("value", "low", "high", "gain", "gain_low", "gain_high"):
        assert (found[column] - table.loc[found.index, column]).abs().max() < 2e-3, column


def test_a_sample_of_the_checks_is_computed_again():
    found = studies.checks_cell("environment", "robust", "LRP, conserving").iloc[0]
    table = results("checks").set_index(["data", "model", "check"]).loc[("environment", "robust", "LRP, conserving")]
    assert found["value"] == pytest.approx(table["value"], abs=2e-3) and found["measure"] == "conserved"
    assert 0.95 < table["value"] < 1.05


def test_a_sample_of_the_ruined_networks_is_computed_again():
    found = studies.sanity_cell("robust", 1, "LRP").set_index(["layer", "score"])
    table = results("sanity").query("model == 'robust' and seed == 1 and method == 'LRP'").set_index(["layer", "score"])
    assert list(found.index) == list(table.index) and len(found) == 20
    for column in ("value", "low", "high"):
        assert (found[column] - table[column]).abs().max() < 5e-3, column
    assert found.loc[("intact", "rank correlation"), "value"] == pytest.approx(1)


def test_masks_of_the_study_keep_to_their_ranges_and_their_areas():
    table = results("interpretation")
    for score, (_, low, high) in metrics.DIRECTIONS.items():
        high = np.log(64 * 251) if high is None else high
        assert table[score].between(low - 1e-4, high + 1e-4).all(), score
        within = (table[f"{score} low"] <= table[score] + 1e-9) & (table[score] <= table[f"{score} high"] + 1e-9)
        assert within.all(), score
    explained = table[table["method"] != "none"]
    exact = explained[explained["mask"].str.endswith("exact")]
    share = exact["mask"].str.extract(r"top (\d+) %")[0].astype(float) / 100
    assert (exact["area"] - share).abs().max() < 1e-4 and (exact["constant"] == 0).all()
    soft = explained["mask"].str.contains("min–max|sigmoid")
    assert explained.loc[soft, "AD random cells"].isna().all() and explained.loc[~soft, "AD random cells"].notna().all()
    everything = table[table["mask"] == "all ones"]
    assert (everything[["AI", "AD", "AG", "SPS", "COMP"]] == 0).all(axis=None) and (everything["Fid-In"] == 1).all()
    assert (table["inside"].notna() | (table["data"] == "esc10") | (table["mask"] == "all zeros")).all()


def test_a_sample_of_the_masks_is_scored_again():
    network = Cnn14(10)
    checkpoint.load(network, "cnn14-environment-robust")
    values, truth = studies.scored_clips("environment")
    assert len(values) == 40
    given = {name: studies.scored_masks(values)[name] for name in ("sign", "threshold 0.25", "top 30 %, exact")}
    found = metrics.table(network, values, given, truth)
    table = results("interpretation").query(
        "data == 'environment' and test_fold == 5 and model == 'robust' and method == 'energy' and grain == 'bins'"
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
        assert (found[column] - table[column]).abs().max() < 0.02 * max(1, table[column].abs().max()), column
    _, insertion = metrics.deletion_and_insertion(network, values, values, steps=10)
    assert metrics.curve_area(insertion).mean().item() == pytest.approx(table["insertion"].iloc[0], abs=2e-3)


def test_a_sample_of_the_faithfulness_is_scored_again():
    network, feature = Autoencoder(), LogMel()
    checkpoint.load(network, "mae-machine-1")
    clips = [clip for clip in machine.load("test", normal=0) if clip.truth(feature).amax() == 1]
    values = network.standardise(torch.cat([feature(clip.waveform).values for clip in clips])).detach()
    curve = faithfulness.time_curve(attribution.error_map(detection.Score(network), values))
    chosen = torch.stack([faithfulness.top(curve, percentile) for percentile in faithfulness.PERCENTILES])
    score, share = faithfulness.replace_and_score(network, values, chosen)
    table = results("faithfulness").query(
        "source == 'machine' and model == 'MAE' and training_seed == 1 and map == 'error map' and measure == 'frames' "
        "and clips == 'faulty' and kind == 'all'"
    )
    assert table["percentile"].tolist() == list(faithfulness.PERCENTILES)
    assert score.mean(dim=1).tolist() == pytest.approx(table["value"].tolist(), abs=2e-3)
    assert share.mean(dim=1).tolist() == pytest.approx(table["share"].tolist(), abs=1e-4)
