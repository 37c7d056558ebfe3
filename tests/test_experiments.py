"""Grids that can be stopped and resumed, and the results that come with the course."""

import json
import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import torch

from audioxai_lite import attribution, counterfactuals, datasets, detection
from audioxai_lite.counterfactuals.generator import Generator
from audioxai_lite.course import classifiers, studies
from audioxai_lite.course.classifiers import METHODS, fold_classifier
from audioxai_lite.course.clips import background_clips, explained_clips, log_mel, scored_clips
from audioxai_lite.course.detectors import (
    NETWORKS,
    SHIPPED_SEEDS,
    frozen_detectors,
    scores_by_way,
    trained,
)
from audioxai_lite.course.nb04.studies import attribution_cell, checks_cell, sanity_cell
from audioxai_lite.course.nb06.studies import scored_masks
from audioxai_lite.course.nb07.studies import detector_maps_cell
from audioxai_lite.course.nb08.studies import repaired_clips
from audioxai_lite.course.nb09 import studies as nb09_studies
from audioxai_lite.course.nb09.studies import (
    AS_PUBLISHED,
    BACKGROUNDS,
    NOISY_METHODS,
    SHAP_BACKGROUNDS,
    explained_in_noise,
    noisy_accuracy_cell,
    noisy_clips,
)
from audioxai_lite.course.results import RESULTS, results, write_results
from audioxai_lite.course.studies import run_grid
from audioxai_lite.datasets import machine
from audioxai_lite.datasets import planted as planted_clips
from audioxai_lite.evaluation import faithfulness, fidelity, stability
from audioxai_lite.models import checkpoint, training
from audioxai_lite.models.autoencoder import Autoencoder, DenseAutoencoder
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import faithful_ad, posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel

GRID = [{"size": size, "name": name} for size in (1, 2, 3) for name in ("a", "b")]


def cell(size, name):
    return pd.DataFrame(
        {"row": range(size), "third": [size / 3] * size, "text": [name * size] * size}
    )


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
    assert table["size"].tolist() == [1, 1, 2, 2, 2, 2] + 6 * [3] and table.index.tolist() == list(
        range(12)
    )


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


def test_a_dask_cluster_of_two_workers_gives_the_same(tmp_path):
    """What the README shows: a connected client, and one line."""
    distributed = pytest.importorskip("distributed")
    grid = [
        {"data": "environment", "test_fold": 5, "model": model} for model in ("plain", "robust")
    ]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client, joblib.parallel_config("dask"):
            table = run_grid(noisy_accuracy_cell, grid, tmp_path / "dask", progress=False)
            assert len(client.scheduler_info()["workers"]) == 2
    here = run_grid(noisy_accuracy_cell, grid, tmp_path / "here", progress=False)
    pd.testing.assert_frame_equal(table, here)
    assert len(list((tmp_path / "dask").glob("*.csv"))) == 2 and table["accuracy"].mean() > 0.5


KILLED = """
import sys, time
from pathlib import Path
import joblib, pandas as pd
from audioxai_lite.course import results, studies

def cell(size, name):
    time.sleep(0.05)
    return pd.DataFrame({"row": range(size), "third": [size / 3] * size, "text": [name * size] * size})

grid, folder = [{"size": size, "name": name} for size in range(1, 16) for name in "ab"], Path(sys.argv[1])
with joblib.parallel_config("loky", n_jobs=2):
    table = studies.run_grid(cell, grid, folder / "cells")
write_results("small", table, "test", {}, 1.0, folder)
"""


def test_a_study_killed_at_any_moment_resumes_to_the_same_file(tmp_path):
    """SIGKILL after a random number of cells, three times over, then to the end; an undisturbed run
    beside it.
    """
    script, killed, whole = tmp_path / "killed.py", tmp_path / "killed", tmp_path / "whole"
    script.write_text(KILLED)
    subprocess.run([sys.executable, script, whole], check=True, capture_output=True, timeout=120)
    cells, seen = killed / "cells", []
    for stop in sorted(np.random.default_rng().choice(range(1, 26), 3, replace=False)):
        run = subprocess.Popen(
            [sys.executable, script, killed],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while (
            len(list(cells.glob("*.csv"))) < stop
            and run.poll() is None
            and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        seen.append(len(list(cells.glob("*.csv"))))
        assert not (killed / "small.csv").exists()
    assert seen == sorted(seen) and 1 <= seen[0] and seen[-1] < 30
    subprocess.run([sys.executable, script, killed], check=True, capture_output=True, timeout=120)
    assert (killed / "small.csv").read_bytes() == (whole / "small.csv").read_bytes()


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
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path,))
    monkeypatch.setitem(
        studies.DECLARED, "small", studies.Study(cell, GRID, ["text", "size"], None)
    )
    assert studies.run("small").equals(results("small", tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["small.csv", "small.json"]
    with pytest.raises(ValueError, match="no study 'tiny'; there are detection, masking"):
        studies.run("tiny")


@pytest.mark.parametrize("resume", [True, False])
def test_a_study_resumes_only_when_asked(tmp_path, monkeypatch, resume):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path,))
    monkeypatch.setitem(
        studies.DECLARED, "small", studies.Study(cell, GRID, ["text", "size"], None)
    )
    run_grid(
        lambda size, name: cell(size, "old"),
        GRID[:1],
        tmp_path / "small.unfinished",
        progress=False,
    )
    assert ("old" in studies.run("small", resume)["text"].tolist()) is resume


@pytest.mark.parametrize("name", studies.every())
def test_shipped_results_are_whole(name):
    chosen = studies.every()[name]
    grid, columns = chosen.grid, chosen.columns
    table = results(name)
    assert list(table.columns) == columns
    settings = [column for column in grid[0] if column in columns]
    if chosen.means_by and "test_fold" in table:
        assert (table["test_fold"] == "all").any() and table.loc[
            table["test_fold"] == "all", "clips"
        ].min() > 9
        table = table[table["test_fold"] != "all"].astype({"test_fold": int})
    found = table[settings].drop_duplicates().to_dict("records")
    assert sorted(map(str, found)) == sorted(
        {str({key: row[key] for key in settings}) for row in grid}
    )
    if name not in ("interpretation", "counterfactuals") and not chosen.means_by:
        assert table.notna().all(axis=None)
        (value,) = {"auc", "value", "accuracy"} & set(columns)
        # Sums can be off by more than themselves, and a ratio to chance be larger than 1.
        free = table.get("measure", pd.Series("", table.index)).str.contains("times") | (
            name == "checks"
        )
        assert (table[value].between(-1, 1) | free).all()
        if "low" in columns:
            assert ((table["low"] <= table[value]) & (table[value] <= table["high"])).all()
    how = json.loads((RESULTS / f"{name}.json").read_text())
    assert how["command"] == f"python -m audioxai_lite study {name}" and how["duration_s"] > 60


def test_counterfactuals_are_measured_with_intervals_by_kind():
    table = results("counterfactuals")
    measured = table[table["low"].notna()]
    assert (
        (measured["low"] <= measured["value"] + 1e-5)
        & (measured["value"] <= measured["high"] + 1e-5)
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
    given, generator = repaired_clips("machine"), Generator()
    detector, other = frozen_detectors("machine", 0)
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
    return log_mel(test), test.table["target"]


@pytest.mark.parametrize("model", ["AE", "MAE", "dense AE"])
@pytest.mark.parametrize("seed", SHIPPED_SEEDS)
def test_shipped_detectors_reach_what_the_table_and_their_manifest_say(heard, model, seed):
    values, labels = heard
    network = DenseAutoencoder() if model == "dense AE" else Autoencoder()
    entry = checkpoint.load(network, f"{model.lower().replace(' ', '-')}-machine-{seed}")
    table = results("detection").query(
        "data_seed == 0 and training_seed == @seed and kind == 'all' and model == @model"
    )
    assert entry["command"] == "python -m audioxai_lite study detection" and entry["data_seed"] == 0
    for way, score in scores_by_way(network, values, masked=False).items():
        auc = detection.roc_table(score, labels, resamples=1).loc["all", "auc"]
        assert auc == pytest.approx(table.set_index("score").loc[way, "auc"], abs=2e-3), way
        assert entry["metrics"][f"test AUC, {way}"] == pytest.approx(auc, abs=2e-3), way


def test_the_recipe_of_a_study_trains(monkeypatch):
    """Two epochs on a few clips: the loss falls, the scale is that of the data, and the seed
    decides.
    """
    values = log_mel(machine.load("train", normal=12, anomalous=0))
    fit = training.fit
    monkeypatch.setattr(
        training, "fit", lambda *inputs, **options: fit(*inputs, **options, epochs=2)
    )
    first, same, other = (trained(*NETWORKS["MAE"], values, values[:4], seed) for seed in (0, 0, 1))
    assert torch.allclose(first.mean[:, 0], values.mean(dim=(0, 1, 3)), atol=1e-3)
    assert torch.equal(first.up[0].convolution[0].weight, same.up[0].convolution[0].weight)
    assert not torch.equal(first.up[0].convolution[0].weight, other.up[0].convolution[0].weight)


def test_clips_to_explain_have_a_truth_and_no_network_has_met_them(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    planted = explained_clips("esc10")
    assert planted.classes == datasets.load("esc10").classes and len(planted) > 50
    assert (
        planted.table["planted_file"].str.contains("/5-").all()
        and not (planted.table["label"] == "rain").any()
    )
    assert set(planted.table["label"]) == set(planted_clips.KINDS)
    for clip in (planted.select(label=kind)[0] for kind in planted_clips.KINDS):
        assert clip.waveform.shape == clip.twin.shape == (1, 80_000)
        assert clip.waveform.abs().max().item() == pytest.approx(1, abs=1e-6)
        assert clip.label == clip.events[0].kind == planted.classes[clip.target]
        assert 0 < clip.truth(LogMel()).mean() < 1
    assert set(explained_clips("environment").table["fold"]) == {5}
    for data in ("environment", "esc10"):
        assert background_clips(data).shape == (100, 1, 64, 251)


@pytest.mark.parametrize("model", ["plain", "robust"])
def test_a_sample_of_the_attribution_study_is_computed_again(model):
    found = attribution_cell("environment", model, "saliency").set_index(["sign", "score"])
    table = results("attribution").query(
        "data == 'environment' and model == @model and method == 'saliency'"
    )
    table = table.set_index(["sign", "score"])
    for column in ("value", "low", "high", "gain", "gain_low", "gain_high", "clips"):
        assert (found[column] - table[column]).abs().max() < 2e-3, column
    assert table.loc[("absolute", "average precision"), "value"] > 0.25


def test_a_sample_of_the_detectors_maps_is_computed_again(monkeypatch):
    monkeypatch.setattr(faithful_ad, "METHODS", {"error map": faithful_ad.METHODS["error map"]})
    found = detector_maps_cell("MAE", 1).set_index(["grid", "method", "score"])
    table = (
        results("detector_maps")
        .query("model == 'MAE' and training_seed == 1")
        .set_index(["grid", "method", "score"])
    )
    assert set(found.index.get_level_values("method")) == {
        "error map",
        "random",
        "energy",
        "deviation",
    }
    for column in ("value", "low", "high", "gain", "gain_low", "gain_high"):
        assert (found[column] - table.loc[found.index, column]).abs().max() < 2e-3, column


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
    for column in ("value", "low", "high"):
        assert (found[column] - table[column]).abs().max() < 5e-3, column
    assert found.loc[("intact", "rank correlation"), "value"] == pytest.approx(1)


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
    network = Cnn14(10)
    checkpoint.load(network, "cnn14-environment-robust")
    values, truth = scored_clips("environment")
    assert len(values) == 40
    given = {
        name: scored_masks(values)[name] for name in ("sign", "threshold 0.25", "top 30 %, exact")
    }
    found = posthoc_audio.table(network, values, given, truth)
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
        assert (found[column] - table[column]).abs().max() < 0.02 * max(
            1, table[column].abs().max()
        ), column
    _, insertion = fidelity.deletion_and_insertion(network, values, values, steps=10)
    assert fidelity.curve_area(insertion).mean().item() == pytest.approx(
        table["insertion"].iloc[0], abs=2e-3
    )


def test_a_sample_of_the_faithfulness_is_scored_again():
    network, feature = Autoencoder(), LogMel()
    checkpoint.load(network, "mae-machine-1")
    clips = [clip for clip in machine.load("test", normal=0) if clip.truth(feature).amax() == 1]
    values = network.standardise(
        torch.cat([feature(clip.waveform).values for clip in clips])
    ).detach()
    curve = faithfulness.time_curve(attribution.error_map(detection.Score(network), values))
    chosen = torch.stack(
        [faithfulness.top(curve, percentile) for percentile in faithfulness.PERCENTILES]
    )
    score, share = faithfulness.replace_and_score(network, values, chosen)
    table = results("faithfulness").query(
        "source == 'machine' and model == 'MAE' and training_seed == 1 and map == 'error map' and measure == 'frames' "
        "and clips == 'faulty' and kind == 'all'"
    )
    assert table["percentile"].tolist() == list(faithfulness.PERCENTILES)
    assert score.mean(dim=1).tolist() == pytest.approx(table["value"].tolist(), abs=2e-3)
    assert share.mean(dim=1).tolist() == pytest.approx(table["share"].tolist(), abs=1e-4)


def recomputed(data, method, background, mask):
    """Means over fold 5 of one mask's scores on the robust network, put together from the study's
    own steps.
    """
    network = fold_classifier(data, 5, "robust")
    compared_with, rows = background_clips(data, 5, SHAP_BACKGROUNDS), []
    for part in range(4 if data == "environment" else 8):
        clips, sounds = noisy_clips(data, 5, part)
        waveform = torch.cat([clip.waveform for clip in clips])
        if background != "clean":
            waveform = posthoc_audio.mix(waveform, sounds[background])
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(network, values, target, compared_with, 0, (method,))[method]
        given = posthoc_audio.VARIANTS[mask][1](found)[None]
        scores = posthoc_audio.interpretation_scores(
            fidelity.answers(network, values, given), given
        )
        rows.append(
            {name: value[0] for name, value in scores.items()}
            | {"area": given.mean(dim=(2, 3, 4))[0]}
        )
    return {name: torch.cat([row[name] for row in rows]).double().mean().item() for name in rows[0]}


@pytest.mark.parametrize("data", ["environment", "esc10"])
@pytest.mark.parametrize(
    ("method", "position", "mask"), [("saliency", 1, "sign"), ("Grad-CAM", 3, "top 30 %")]
)
def test_a_sample_of_the_masks_in_noise_is_scored_again(
    data, method, position, mask, request, monkeypatch
):
    if data == "esc10":
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("shared_data")))
    background = ["clean", *BACKGROUNDS[data]][position]
    found = recomputed(data, method, background, mask)
    table = results("robustness" if data == "environment" else "robustness_esc10").query(
        "model == 'robust' and background == @background and method == @method and mask == @mask and test_fold == '5'"
    )
    for score, value in found.items():
        largest = 0.02 * max(1.0, abs(value))
        assert table[score].item() == pytest.approx(value, abs=largest), score


def test_maps_in_noise_are_those_of_the_methods_with_fewer_samples(monkeypatch):
    monkeypatch.setattr(nb09_studies, "LIME_SAMPLES", 30)
    network = fold_classifier("environment", 5, "robust")
    background = background_clips("environment", 5, 3)
    clips, _ = noisy_clips("environment", 5, 0)
    values = torch.cat([LogMel()(clip.waveform).values for clip in clips[:6]])
    target = torch.arange(6)
    methods = NOISY_METHODS + AS_PUBLISHED
    found = explained_in_noise(network, values, target, background, 4, methods)
    assert list(found) == [*methods, "random", "energy"] and torch.equal(found["energy"], values)
    other = explained_in_noise(network, values[:1], target[:1], background, 5, ())
    assert not torch.equal(found["random"][:1], other["random"])
    for name in methods:
        if name.startswith("LIME"):
            expected = attribution.lime(network, values, target, samples=30)
        else:
            expected = METHODS[name](network, values, target, background)
        assert torch.allclose(found[name], expected, atol=1e-3 * expected.abs().max().item()), name


def test_a_sample_of_the_stability_is_computed_again():
    clips, sounds = noisy_clips("environment", 5, 0)
    network, waveform = (
        fold_classifier("environment", 5, "robust"),
        torch.cat([c.waveform for c in clips]),
    )
    maps, named = [], []
    for heard in (waveform, levels.mix(waveform, sounds["room"], 10.0, 16_000)):
        values = LogMel()(heard).values
        with torch.no_grad():
            named.append(network(values).argmax(dim=1))
        maps.append(attribution.saliency(network, values, named[-1], absolute=False))
    equal = torch.eq(*named)
    table = results("stability").query(
        "background == 'room' and snr == 10 and method == 'saliency' and test_fold == '5'"
    )
    assert table["equal"].item() == pytest.approx(equal.double().mean().item(), abs=0.051)
    assert table["overlap, equal"].item() == pytest.approx(
        stability.top_overlap(*maps)[equal].mean().item(), abs=0.02
    )


def test_scores_in_noise_keep_to_their_ranges():
    for name in ("robustness", "robustness_esc10"):
        table = results(name)
        scored = table[table["mask"] != "none"]
        for score, (_, low, high) in posthoc_audio.DIRECTIONS.items():
            high = np.log(64 * 251) if high is None else high
            assert scored[score].between(low - 1e-4, high + 1e-4).all(), (name, score)
        everything = scored[scored["mask"] == "all ones"]
        assert (everything[["AI", "AD", "AG", "COMP"]] == 0).all(axis=None) and (
            everything["Fid-In"] == 1
        ).all()
        clean = table[(table["mask"] == "none") & (table["background"] == "clean")]
        assert (clean["equal"] == 1).all() and (clean["overlap, equal"] == 1).all()
        controls = table[
            (table["mask"] == "none")
            & (table["method"] == "random")
            & (table["background"] != "clean")
        ]
        assert controls["overlap, equal"].between(0.04, 0.06).all() and len(controls) >= 9
        whole = results(name).query("test_fold == 'all'")
        states = whole.groupby("model")["background"].nunique()
        assert states.to_dict() == {"plain": 1, "robust": 4}
        assert set(whole["method"]) >= {*NOISY_METHODS, *AS_PUBLISHED, "random", "energy", "none"}


def test_fold_classifiers_are_trained_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(classifiers, "TRAINED", tmp_path)
    asked = []

    def trained(data, test_fold):
        asked.append((data, test_fold))
        torch.manual_seed(test_fold)
        model = Cnn14(10)
        yield "plain", model, 0.0
        model.output.bias.data += 1
        yield "robust", model, 0.0

    monkeypatch.setattr(classifiers, "trained_classifiers", trained)
    plain, robust, again = (
        fold_classifier("esc10", 2, kind) for kind in ("plain", "robust", "robust")
    )
    assert asked == [("esc10", 2)]
    assert torch.equal(robust.output.bias, again.output.bias)
    assert (robust.output.bias - plain.output.bias).tolist() == pytest.approx([1] * 10, abs=1e-2)
    shipped = fold_classifier("environment", 5, "robust")
    assert asked == [("esc10", 2)] and not shipped.training
    reference = Cnn14(10)
    checkpoint.load(reference, "cnn14-environment-robust")
    assert torch.equal(reference.output.weight, shipped.output.weight)


def test_means_over_clips_and_over_folds():
    table = pd.DataFrame(
        {
            "part": 0,
            "kind": "a",
            "test_fold": [1, 1, 2, 2],
            "clip": list("pqrs"),
            "x": [1.0, 3, 5, np.nan],
            "y": 2.0,
        }
    )
    found = studies.with_means(table, ["kind"]).set_index("test_fold")
    assert found.loc[[1, 2], "x"].tolist() == [2, 5] and found.loc["all", "x"] == 3
    assert 1 <= found.loc["all", "x low"] < 3 < found.loc["all", "x high"] <= 5
    assert (
        found.loc["all", ["y", "y low", "y high", "clips"]].tolist() == [2, 2, 2, 4]
        and "part" not in found
    )
