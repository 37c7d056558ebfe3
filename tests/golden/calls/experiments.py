"""Every public function of what was `audioxai_lite.experiments`, called on fixed inputs."""

from pathlib import Path

import pandas as pd

from audioxai_lite.course.grids import run_grid
from audioxai_lite.course.results import results, write_results
from audioxai_lite.writing import write_whole


def call_run_grid(keep):
    def cell(size):
        return pd.DataFrame({"square": [size * size]})

    keep(keep(run_grid(cell, [{"size": 2}, {"size": 3}], progress=False)).to_dict("list"))


def call_write_whole(keep):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        keep(write_whole(Path(folder, "table.csv"), "a,b"))
        [file.name for file in Path(folder).iterdir()]


def call_write_results(keep):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        keep(
            write_results(
                "study",
                pd.DataFrame({"auc": [0.9]}),
                "make study",
                {"training": [0]},
                12.0,
                Path(folder),
            )
        )
        results("study", Path(folder))["auc"].tolist()


def call_results(keep):
    table = results("sanity")
    keep(table.rename(columns={"value low": "low", "value high": "high"}))
    keep(sorted(table["model"].unique()))
