"""Ways back from a mel spectrogram, side by side: seconds, mel consistency, SI-SDR with the saved
phase, peak memory.

Usage: python benchmarks/inversion.py [--json] [--clips 32] [--seconds 1.0] [--mels 64] [--dataset
synthetic] Ratios are librosa's figure over ours: seconds above 1 mean that ours is faster,
consistency above 1 that it is closer.
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

from audioxai_lite import datasets
from audioxai_lite.sound import quality
from audioxai_lite.sound.spectrogram import LogMel

METHODS = ("ours", "pseudo-inverse", "torchaudio", "librosa")


def loudest_part(waveform: torch.Tensor, samples: int) -> torch.Tensor:
    """`samples` around the peak: many recordings begin or end in silence."""
    start = int(waveform.abs().argmax()) - samples // 2
    start = max(0, min(start, waveform.shape[-1] - samples))
    return waveform[:, start : start + samples]


def measure(method: str, dataset: str, clips: int, seconds: float, mels: int) -> dict:
    """One method on the batch. Run in a process of its own, so that its peak memory is its own."""
    source = datasets.load(dataset, seconds=5.0)
    positions = range(0, len(source), len(source) // clips)[:clips]
    samples = round(seconds * source.sample_rate)
    waveform = torch.cat(
        [loudest_part(source[position].waveform, samples) for position in positions]
    )
    feature = LogMel(source.sample_rate, n_mels=mels, inversion=method)
    spectrogram = feature(waveform)
    feature.to_power(
        feature(waveform[:1, : 2 * feature.n_fft])
    )  # libraries warm up outside the measurement
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    power = feature.to_power(spectrogram)
    elapsed = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (
        1024 if sys.platform != "darwin" else 1024**2
    )
    relative, decibels = quality.mel_consistency(power, spectrogram, feature)
    back = feature.to_waveform(power, spectrogram)
    return {
        "method": method,
        "clips": len(waveform),
        "seconds": elapsed,
        "consistency (relative)": relative.mean().item(),
        "consistency (dB)": decibels.mean().item(),
        "SI-SDR (dB)": quality.si_sdr(back, waveform).mean().item(),
        "peak memory added (MB)": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--mels", type=int, default=64)
    parser.add_argument("--dataset", default="synthetic")
    options = parser.parse_args()
    rows = []
    for method in METHODS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            arguments = (method, options.dataset, options.clips, options.seconds, options.mels)
            rows.append(process.submit(measure, *arguments).result())
    table = pd.DataFrame(rows).set_index("method")
    ratio = table.loc["librosa"] / table.loc["ours"]
    ratios = {f"{name}: librosa/ours": float(ratio[name]) for name in table.columns[1:4]}
    if options.json:
        print(json.dumps({"ratios": ratios, "table": rows}))
    else:
        print(table.to_string(float_format=lambda value: f"{value:.4g}"))
        print("\n".join(f"{name} = {value:.1f}" for name, value in ratios.items()))


if __name__ == "__main__":
    main()
