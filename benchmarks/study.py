"""The study of accuracy in noise with two loky workers, against one: how much faster, and is the
table the same?

Usage: python benchmarks/study.py [--json] [--cells 4] Cells are those of `study noisy_accuracy` for
synthesised sounds. Each worker is held to one thread, and started and warm before the clock starts.
Ratio: seconds with one worker over seconds with two, 2 at best. Peaks are those of the process and
of its largest worker, in megabytes.
"""

import argparse
import json
import resource
import sys
import time

import joblib
import pandas as pd
from joblib.externals.loky import get_reusable_executor

from audioxai_lite.course.classifiers import KINDS, SEEDS
from audioxai_lite.course.grids import run_grid
from audioxai_lite.course.nb09.studies import noisy_accuracy_cell
from audioxai_lite.course.studies import study_settings

GRID = study_settings(data=["environment"], model=[*KINDS], seed=[*SEEDS])


def timed(workers: int, grid: list[dict]) -> tuple[float, pd.DataFrame]:
    """Seconds for the grid, and its table."""
    with joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        run_grid(noisy_accuracy_cell, GRID[:1] * workers, progress=False)
        start = time.monotonic()
        table = run_grid(noisy_accuracy_cell, grid, progress=False)
        return time.monotonic() - start, table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cells", type=int, default=4, help=f"at most {len(GRID)}")
    arguments = parser.parse_args()
    grid = GRID[: arguments.cells]
    (one, first), (two, second) = timed(1, grid), timed(2, grid)
    pd.testing.assert_frame_equal(first, second)
    get_reusable_executor().shutdown(wait=True)  # the peaks of children count once they have ended
    kilobytes = 1 if sys.platform != "darwin" else 1024
    rows = [
        {"workers": workers, "cells": len(grid), "seconds": seconds}
        for workers, seconds in ((1, one), (2, two))
    ]
    for who, name in (
        (resource.RUSAGE_SELF, "process"),
        (resource.RUSAGE_CHILDREN, "largest worker"),
    ):
        rows.append(
            {"peak of": name, "megabytes": resource.getrusage(who).ru_maxrss / 1024 / kilobytes}
        )
    if arguments.json:
        print(json.dumps({"ratios": {"two workers": one / two}, "table": rows}))
        return
    print(pd.DataFrame(rows[:2]).round(1).to_string(index=False))
    print(f"with two workers {one / two:.2f} times as fast, the same table")
    print("; ".join(f"{row['peak of']} {row['megabytes']:.0f} MB at most" for row in rows[2:]))


if __name__ == "__main__":
    main()
