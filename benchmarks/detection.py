"""Speed and memory of detection: the autoencoder against an isolation forest on mel statistics of
the same clips.

Usage: python benchmarks/detection.py [--json] [--clips 128] [--many 10000] Both start from log-mel
spectrograms that are ready (4 s, 64 bands). Speed ratios are the forest's seconds over the
autoencoder's: above 1 means that the autoencoder is faster. The memory ratio is the peak at 100
clips over the peak at 10,000: 1 means flat.
"""

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pandas as pd
import torch

from audioxai_lite import detection
from audioxai_lite.datasets import machine
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.sound.spectrogram import LogMel

BANDS, FRAMES, FEW = 64, 200, 100
AUTOENCODER, MASKED, FOREST = "autoencoder", "autoencoder, masked scoring", "isolation forest"


def autoencoder() -> torch.nn.Module:
    """Untrained: weights change neither speed nor memory."""
    torch.manual_seed(0)
    return Autoencoder(n_mels=BANDS, frames=FRAMES)


def speed(method: str, clips: int, batch_size: int) -> dict:
    """Clips scored per second of processor time, the median of five rounds after one to warm up."""
    torch.set_num_threads(1)
    source, feature = machine.load(normal=32, anomalous=0), LogMel(n_mels=BANDS)
    values = (
        feature(torch.cat([clip.waveform for clip in source]))
        .values[..., :FRAMES]
        .repeat(-(-clips // 32), 1, 1, 1)[:clips]
    )
    if method == FOREST:
        forest = detection.fit_baselines(detection.mel_statistics(values))[FOREST]
    else:
        model = autoencoder()
        errors = detection.masked_errors if method == MASKED else detection.unmasked_errors
    seconds = []
    for _ in range(6):
        start = time.process_time()
        if method == FOREST:
            for part in values.split(batch_size):
                forest(detection.mel_statistics(part))
        else:
            detection.score_clips(model, values.split(batch_size), errors=errors)
        seconds.append(time.process_time() - start)
    return {"method": method, "batch": batch_size, "clips/s": clips / sorted(seconds[1:])[2]}


def memory(method: str, clips: int) -> dict:
    """Peak memory of a process that scores clips made one batch at a time, after a batch to warm
    up.
    """
    torch.set_num_threads(1)
    megabyte = 1024**2 if sys.platform == "darwin" else 1024
    model = autoencoder()
    errors = detection.masked_errors if method == MASKED else detection.unmasked_errors
    batch = 50
    detection.score_clips(model, [torch.randn(batch, 1, BANDS, FRAMES)], errors=errors)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / megabyte
    made = (torch.randn(batch, 1, BANDS, FRAMES) for _ in range(clips // batch))
    detection.score_clips(model, made, errors=errors)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / megabyte
    return {
        "method": method,
        "clips": clips,
        "peak memory (MB)": peak,
        "added while scoring (MB)": peak - before,
    }


def alone(function, *arguments) -> dict:
    """In a process of its own, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clips", type=int, default=128, help="clips to time")
    parser.add_argument(
        "--many", type=int, default=10_000, help=f"clips to compare the memory of {FEW} with"
    )
    options = parser.parse_args()
    speeds = [
        alone(speed, method, options.clips, batch)
        for method in (AUTOENCODER, MASKED, FOREST)
        for batch in (1, 64)
    ]
    peaks = [alone(memory, AUTOENCODER, clips) for clips in (FEW, options.many)]
    per_second = {(row["method"], row["batch"]): row["clips/s"] for row in speeds}
    ratios = {
        f"seconds, batch {batch}: {FOREST}/{method}": per_second[method, batch]
        / per_second[FOREST, batch]
        for method in (AUTOENCODER, MASKED)
        for batch in (1, 64)
    }
    few, many = (row["peak memory (MB)"] for row in peaks)
    ratios[f"peak memory: {FEW}/{options.many} clips"] = few / many
    if options.json:
        print(json.dumps({"ratios": ratios, "table": speeds + peaks}))
    else:
        for rows in (speeds, peaks):
            print(
                pd.DataFrame(rows).to_string(
                    index=False, float_format=lambda value: f"{value:.1f}"
                ),
                end="\n\n",
            )
        print("\n".join(f"{name} = {value:.2f}" for name, value in ratios.items()))


if __name__ == "__main__":
    main()
