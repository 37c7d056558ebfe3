"""How fast the synthesised data sets are: clips per second on one core, and what looking tones up
in a table saves.

Usage: python benchmarks/synthesis.py [--json] [--clips 100] The ratio compares one machine's tones
as a sum of sines with the same tones looked up in one turn of the shaft.
"""

import argparse
import json
import time

import numpy as np
import pandas as pd
import scipy.fft
import torch

from audioxai_lite.datasets import environment, machine, machine_sounds


def clips_per_second(dataset, clips: int) -> float:
    """Over evenly spread clips, after one to warm up."""
    dataset[0]
    positions = np.linspace(0, len(dataset) - 1, clips).astype(int)
    start = time.process_time()
    for position in positions:
        dataset[int(position)]
    return clips / (time.process_time() - start)


def sum_of_sines(table: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """The tones that a table holds, added up one by one."""
    spectrum = scipy.fft.rfft(table, norm="forward")
    harmonics = np.flatnonzero(np.abs(spectrum) > 1e-6)
    return sum(
        2 * np.real(spectrum[harmonic] * np.exp(2j * np.pi * harmonic * turns))
        for harmonic in harmonics
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clips", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sources = {
        "machine, normal, 4 s": machine.load(normal=100, anomalous=0),
        "machine, anomalous with twin, 4 s": machine.load(normal=0, anomalous=102),
        "environment with twin, 5 s": environment.load(),
    }
    table = [
        {"data": name, "clips/s": clips_per_second(source, options.clips)}
        for name, source in sources.items()
    ]
    rng = np.random.default_rng(0)
    turn = machine_sounds.one_turn(rng, load=0.5)
    turns = np.cumsum(np.full(64_000, 25 / 16_000)) + 0.01 * rng.uniform(size=64_000)
    seconds = {}
    for name, render in {"sum of sines": sum_of_sines, "table": machine_sounds.turn_at}.items():
        start = time.process_time()
        for _ in range(10):
            tones = render(turn, turns)
        seconds[name] = time.process_time() - start
    difference = np.abs(tones - sum_of_sines(turn, turns)).max() / np.abs(tones).max()
    ratios = {"tones: sum of sines/table": seconds["sum of sines"] / seconds["table"]}
    if options.json:
        print(json.dumps({"ratios": ratios, "table": table}))
    else:
        print(pd.DataFrame(table).to_string(index=False, float_format=lambda value: f"{value:.0f}"))
        print(f"tones: sum of sines/table = {next(iter(ratios.values())):.0f}")
        print(f"largest difference between the two: {difference:.1e} of the peak")


if __name__ == "__main__":
    main()
