"""The door against captum written by hand: what `explain` costs on top of the map itself; and the
memory of a long recording.

Usage: python benchmarks/explain.py [--json] [--rounds 9] [--minutes 1 10]
The map is integrated gradients of 50 steps, of the course's Cnn14 on 5 s, on one thread. The other
way calls captum's IntegratedGradients with the same baseline, steps and batches, and shapes what it
gives. Ratios: its seconds over ours, from the fastest of the rounds, which alternate: 1 means that
the door costs nothing, .95 that it costs five per cent. The memory ratio is the peak of a process
that explains a recording of the first number of minutes over that of the second: 1 means flat.
"""

import argparse
import json
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import captum.attr
import numpy as np
import pandas as pd
import soundfile
import torch

from audioxai_lite import explain
from audioxai_lite.course.nb14.demo import demo_model
from audioxai_lite.reports import explain_file
from audioxai_lite.sound.levels import FLOOR

STEPS, BATCH = 50, 16


def seconds(rounds: int) -> pd.DataFrame:
    """Process time of both ways, round by round."""
    torch.set_num_threads(1)
    model = demo_model()
    sound = torch.randn(1, 80_000, generator=torch.Generator().manual_seed(0)) / 10
    target = explain(model, sound, "saliency").target

    def by_hand() -> torch.Tensor:
        with torch.no_grad():
            values = model.front_end(sound).values
            model.network(values)  # which class is it?
        method = captum.attr.IntegratedGradients(model.network)
        return method.attribute(
            values,
            torch.full_like(values, FLOOR),
            target=target,
            n_steps=STEPS,
            internal_batch_size=BATCH,
        )

    def by_door() -> torch.Tensor:
        return explain(model, sound, "integrated gradients", steps=STEPS).map

    if not torch.allclose(by_hand().float(), by_door(), rtol=1e-3, atol=1e-4):
        raise AssertionError("the two ways do not make the same map")
    rows = []
    for _ in range(rounds):
        for name, way in (("by hand", by_hand), ("explain", by_door)):
            start = time.process_time()
            way()
            rows.append({"way": name, "seconds": time.process_time() - start})
    return pd.DataFrame(rows)


def peak(minutes: int) -> float:
    """Megabytes at the most of a process that explains a recording of noise with a click in it."""
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "long.wav")
        with soundfile.SoundFile(file, "w", 16_000, 1, "PCM_16") as sound:
            for _ in range(60 * minutes):
                sound.write(random.normal(scale=0.01, size=16_000))
        explain_file(demo_model(), file, Path(folder, "long"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--minutes", type=int, nargs=2, default=[1, 10])
    options = parser.parse_args()
    table = seconds(options.rounds)
    fastest = table.groupby("way")["seconds"].min()
    peaks = {}
    for minutes in options.minutes:  # each in a process of its own
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            peaks[minutes] = pool.submit(peak, minutes).result()
    short, long = (peaks[minutes] for minutes in options.minutes)
    ratios = {"explain": fastest["by hand"] / fastest["explain"], "memory": short / long}
    rows = [{"way": way, "seconds": value} for way, value in fastest.items()]
    rows += [{"minutes": minutes, "peak_mb": value} for minutes, value in peaks.items()]
    if options.json:
        print(json.dumps({"ratios": ratios, "table": rows}))
        return
    print(pd.DataFrame(rows).round(2).to_string(index=False))
    print({name: round(ratio, 3) for name, ratio in ratios.items()})


if __name__ == "__main__":
    main()
