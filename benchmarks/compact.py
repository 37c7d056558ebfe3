"""Clips scored a second: by the autoencoder, the isolation forest, a covariance of windows, and a
learned encoder. Usage: python benchmarks/compact.py [--json] [--clips N]
"""

import argparse
import json
import time
from functools import partial

import torch

from audioxai_lite import detection
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.detectors import load_detector
from audioxai_lite.course.nb12.features import encoded, load_encoder
from audioxai_lite.datasets import machine
from audioxai_lite.detection import compact, windows


def seconds(score, values, repeats: int = 3) -> float:
    """The least of some runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        score(values)
        found.append(time.perf_counter() - start)
    return min(found)


def ways(train: torch.Tensor) -> dict:
    """Each a function from decibels of clips to their scores, fitted."""
    forest = detection.fit_baselines(detection.mel_statistics(train))["isolation forest"]
    statistics = windows.window_statistics(windows.windows_of(train))
    by_windows = compact.mahalanobis(statistics.reshape(-1, statistics.shape[2]))
    encoder = load_encoder(True)
    features = encoded(encoder, train)
    angular = compact.angular_mahalanobis(features.reshape(-1, features.shape[2]))

    def of_windows(values):
        cut = windows.window_statistics(windows.windows_of(values))
        return windows.highest_of_windows(by_windows, cut)

    return {
        "autoencoder": partial(detection.score_clips, load_detector("AE", 0)),
        "isolation forest": lambda values: forest(detection.mel_statistics(values)),
        "statistics of windows": of_windows,
        "compact encoder": lambda values: windows.highest_of_windows(
            angular, encoded(encoder, values)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clips", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=100, anomalous=0))
    values = log_mel(machine.load("test", normal=options.clips, anomalous=0))
    table, taken = [], {}
    for name, score in ways(train).items():
        inputs = values.split(16) if name == "autoencoder" else values
        taken[name] = seconds(score, inputs)
        table.append({"way": name, "clips a second": round(len(values) / taken[name])})
    ratios = {name: taken["autoencoder"] / value for name, value in taken.items()}
    if options.json:
        print(json.dumps({"ratios": ratios, "table": table}))
        return
    for row in table:
        print(
            f"{row['way']:22s} {row['clips a second']:8,d} clips a second, "
            f"{ratios[row['way']]:.1f} times the autoencoder"
        )


if __name__ == "__main__":
    main()
