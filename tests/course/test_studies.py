"""Studies as they are run, and the tables that come with the course."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from test_grids import GRID, cell

from audioxai_lite.course import studies
from audioxai_lite.course.grids import run_grid
from audioxai_lite.course.means import means_over_clips
from audioxai_lite.course.notebooks import NOTEBOOKS
from audioxai_lite.course.results import RESULTS, results, results_by_clip, write_results
from audioxai_lite.methods import METHODS


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
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))
    small = studies.Study(cell, GRID, ["text", "size"], None)
    monkeypatch.setattr(studies, "every_study", lambda: {"small": small})
    assert studies.run_study("small").equals(results("small", tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["small.csv", "small.json"]
    with pytest.raises(ValueError, match="no study 'tiny'; there are small"):
        studies.run_study("tiny")


@pytest.mark.parametrize("resume", [True, False])
def test_a_study_resumes_only_when_asked(tmp_path, monkeypatch, resume):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))
    small = studies.Study(cell, GRID, ["text", "size"], None)
    monkeypatch.setattr(studies, "every_study", lambda: {"small": small})
    run_grid(
        lambda size, name: cell(size, "old"),
        GRID[:1],
        tmp_path / "small.unfinished",
        progress=False,
    )
    assert ("old" in studies.run_study("small", resume)["text"].tolist()) is resume


def test_settings_keep_their_types_and_a_study_its_text(tmp_path, monkeypatch):
    values = ["007", None, True, 1, 1.5]
    grid = studies.study_settings(value=values, seed=[np.int64(2)])
    assert [repr(row["value"]) for row in grid] == [repr(value) for value in values]
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))

    def given(value, seed):
        number = None if value is None else np.float32(0.1)
        return pd.DataFrame({"code": ["007"], "number": [number]}, dtype=object)

    declared = studies.Study(given, grid, ["code", "number"], None)
    monkeypatch.setattr(studies, "every_study", lambda: {"small": declared})
    found = studies.run_study("small")
    assert (tmp_path / "small.csv").read_text() == (
        "code,number\n007,0.1\n007,\n007,0.1\n007,0.1\n007,0.1\n"
    )
    assert found["number"].dtype == float
    assert json.loads((tmp_path / "small.json").read_text())["seeds"] == {"seed": [2]}


def by_set(data, size):
    return pd.DataFrame({"clip": ["p", "q"], "x": [size, size + by_set.shift]})


@pytest.mark.parametrize("means_by", [None, ["data", "size"]])
def test_one_data_set_is_run_anew_beside_the_others(tmp_path, monkeypatch, means_by):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))
    for function in (studies.write_clips, results, results_by_clip, studies.how_made):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    grid = studies.study_settings(data=["a", "b"], size=[2, 3])
    declared = studies.Study(by_set, grid, ["data", "size", "x"], means_by)
    monkeypatch.setattr(studies, "every_study", lambda: {"small": declared})
    monkeypatch.setattr(by_set, "shift", 1.0, raising=False)
    before = studies.run_study("small")
    words = [f"data={row['data']}, size={row['size']}" for row in grid]
    assert list(studies.how_made("small")["cells_s"]) == words
    clips = results_by_clip("small") if means_by else None

    monkeypatch.setattr(by_set, "shift", 3.0)
    stopped = tmp_path / "small.unfinished"  # of a whole run
    run_grid(by_set, grid[:1], stopped, progress=False)
    after = studies.run_study("small", dataset="b")
    assert len(list(stopped.iterdir())) == 2 and not (tmp_path / "small.b.unfinished").exists()
    assert after["data"].tolist() == before["data"].tolist()
    moved = (after["x"] - before["x"]).groupby(after["data"]).mean()
    assert moved.to_dict() == {"a": 0.0, "b": 1.0}
    assert list(studies.how_made("small")["cells_s"]) == words
    if means_by:
        moved = (results_by_clip("small")["x"] - clips["x"]).groupby(clips["data"]).mean()
        assert moved.to_dict() == {"a": 0.0, "b": 1.0}
    pd.testing.assert_frame_equal(after, results("small"), check_dtype=False)
    with pytest.raises(ValueError, match="'small' has no data set 'c': it asks a, b"):
        studies.run_study("small", dataset="c")
    monkeypatch.setattr(by_set, "shift", None)  # no cell would succeed: none is asked
    (tmp_path / "small.csv").unlink()
    with pytest.raises(FileNotFoundError, match="make it with `python -m audioxai_lite study sm"):
        studies.run_study("small", dataset="b")


def by_clip_too(size):
    table = pd.DataFrame({"measure": ["x"], "value": [float(size)]})
    clips = pd.DataFrame({"clip": ["p", "q"], "x": [size - 1.0, size + 1.0]})
    return pd.concat([table, clips])


def test_a_cell_may_give_means_and_clips(monkeypatch, tmp_path):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))
    monkeypatch.setattr(studies.write_clips, "__defaults__", (tmp_path,))
    grid = studies.study_settings(size=[2, 3])
    declared = studies.Study(by_clip_too, grid, ["size", "measure", "value"], None)
    monkeypatch.setattr(studies, "every_study", lambda: {"small": declared})
    table = studies.run_study("small")
    assert table.to_dict("list") == {"size": [2, 3], "measure": ["x", "x"], "value": [2.0, 3.0]}
    clips = results_by_clip("small", tmp_path)
    assert clips.to_dict("list") == {
        "size": [2, 2, 3, 3],
        "clip": ["p", "q", "p", "q"],
        "x": [1.0, 3.0, 2.0, 4.0],
    }


@pytest.mark.parametrize("name", studies.every_study())
def test_shipped_results_are_whole(name):
    if name in ("manipulation", "softened", "hardened") and not [*NOTEBOOKS.glob("10_*.ipynb")]:
        pytest.skip("its notebook, 10, is not there yet")
    chosen = studies.every_study()[name]
    grid, columns = chosen.grid, chosen.columns
    table = results(name)
    assert list(table.columns) == columns
    settings = [column for column in grid[0] if column in columns]
    if chosen.means_by and "seed" in table:
        together = table["seed"] == "all"
        if name == "planted_features":  # of rain and sea the recordings are counted
            assert table.loc[together].groupby("scene")["clips"].unique().map(list).to_dict() == {
                "rain": [12],
                "sea_waves": [8],
            }
        else:
            assert together.any() and (table.loc[together, "clips"] > 9).all()
        table = table[~together].astype({"seed": int})
    found = table[settings].drop_duplicates().to_dict("records")
    assert sorted(map(str, found)) == sorted(
        {str({key: row[key] for key in settings}) for row in grid}
    )
    if name == "pitch_noise":
        assert table[["CREPE", "pYIN"]].isin([0, 1]).all(axis=None)
        assert (table["noise"].value_counts() == 200).all() and table["hertz"].nunique() == 200
    elif name == "pitch_methods":
        assert (table.groupby("sound")["method"].nunique() == len(METHODS) + 3).all()
        assert (table["share"].isna() == table["reason"].notna()).all()
        scores = table.dropna(subset="share")[["share", "stays", "moves"]]
        assert ((scores >= 0) & (scores <= 1)).all(axis=None)
    elif name == "pitch_shares":
        assert (table.groupby(["sound", "method"])["hertz"].nunique() == 20).all()
        assert table[["share", "stays", "moves"]].apply(lambda x: x.between(0, 1)).all(axis=None)
    elif name not in ("interpretation", "counterfactuals", "own_models") and not chosen.means_by:
        still = table.get("measure", pd.Series("", table.index)).str.startswith("R²")
        assert table[~still].notna().all(axis=None)  # an answer that never moves has no R²
        (value,) = {"auc", "value", "accuracy"} & set(columns)
        # Sums can be off by more than themselves, and a ratio to chance be larger than 1.
        free = table.get("measure", pd.Series("", table.index)).str.contains("times") | (
            name == "checks"
        )
        assert (table[value].between(-1, 1) | free).all()
        if f"{value} low" in columns:
            assert table[value].between(table[f"{value} low"], table[f"{value} high"]).all()
    how = json.loads((RESULTS / f"{name}.json").read_text())
    assert how["command"] == f"python -m audioxai_lite study {name}" and how["duration_s"] > (
        10 if name == "windowed_baselines" else 60  # that one trains nothing
    )


def test_means_over_clips():
    table = pd.DataFrame({"part": 0, "kind": "a", "clip": list("pqrs"), "x": [1.0, 3, 5, np.nan]})
    found = means_over_clips(table.assign(y=2.0), ["kind"]).iloc[0]
    assert found["x"] == 3 and 1 <= found["x low"] < 3 < found["x high"] <= 5
    assert found[["y", "y low", "y high", "clips"]].tolist() == [2, 2, 2, 4]
    assert "part" not in found and "seed" not in found


def clips_of_trainings():
    random = np.random.default_rng(0)
    trainings = [
        pd.DataFrame({"kind": "a", "seed": seed, "clip": list("pqrst"), "x": random.normal(size=5)})
        for seed in range(3)
    ]
    trainings[1]["x"] += 10
    return pd.concat(trainings, ignore_index=True)


def test_means_over_clips_and_trainings():
    table = clips_of_trainings()
    rows = means_over_clips(table, ["kind"]).set_index("seed")
    assert rows.index.tolist() == ["all", 0, 1, 2]
    assert (rows["clips"] == 5).all()
    assert rows.loc["all", "x"] == pytest.approx(table["x"].mean())
    width = rows["x high"] - rows["x low"]
    assert width["all"] > 5 > width[1]  # the second training lies 10 above the others
    alone = means_over_clips(table.query("seed == 1").drop(columns="seed"), ["kind"])
    assert (
        alone[["x", "x low", "x high"]].iloc[0].tolist()
        == rows.loc[1, ["x", "x low", "x high"]].tolist()
    )
    upside_down = means_over_clips(table.iloc[::-1], ["kind"])
    assert upside_down["x"].iloc[0] == pytest.approx(rows.loc["all", "x"])


def test_a_clip_that_one_training_lacks_is_left_out_there():
    table = clips_of_trainings().drop(index=7)  # the clip "r" of the second training
    found = means_over_clips(table, ["kind"]).iloc[0]
    assert found["clips"] == 5 and found["x"] == pytest.approx(table["x"].mean())


def test_what_was_measured_of_each_clip_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(write_results, "__defaults__", (tmp_path, None))
    monkeypatch.setattr(studies.write_clips, "__defaults__", (tmp_path,))
    table = clips_of_trainings().drop(columns="kind")
    declared = studies.Study(
        lambda kind: table.copy(), [{"kind": "a"}], ["kind", "clips", "x"], ["kind"]
    )
    monkeypatch.setattr(studies, "every_study", lambda: {"small": declared})
    means = studies.run_study("small")
    kept = results_by_clip("small", tmp_path)
    assert kept["clip"].tolist() == list("pqrst") * 3
    assert np.allclose(kept["x"], table["x"], rtol=1e-3)
    assert kept["x"].mean() == pytest.approx(means["x"].iloc[0], rel=1e-3)
    first = (tmp_path / "small.clips.csv.gz").read_bytes()
    studies.run_study("small")
    assert (tmp_path / "small.clips.csv.gz").read_bytes() == first
