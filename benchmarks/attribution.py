"""Seconds and memory of every attribution method, at width 1/8 a clip at a time and sixteen.

Usage: python benchmarks/attribution.py [--json] [--full]

Each method runs in a process of its own, on one thread, on spectrograms of 64 bands and 5 s; with
`--full` at width 1, too (eleven minutes). Ratios of a method: the time of as many forward passes as
it needs (in batches of the same size) over its own: near 1 means no overhead beyond the model's.
Memory is the peak of the process less what it held before.
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

from audioxai_lite import attribution
from audioxai_lite.datasets import environment
from audioxai_lite.models.cnn14 import Cnn14, cnn14_with_split_norms
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel

BACKGROUND = 100
SLOW = 1.0  # seconds a clip, above which sixteen are left out
PASSES = {"LIME, 1000 samples": 1000, "LIME on a grid, 1000 samples": 1000}


def relevance(model: Cnn14, values: torch.Tensor) -> torch.Tensor:
    normalise, folded = cnn14_with_split_norms(model)
    return attribution.lrp(folded, normalise(values), 0)


def methods(background: torch.Tensor) -> dict:
    """Every method by name, as a call of (model, values)."""
    return {
        "saliency": lambda m, v: attribution.saliency(m, v, 0),
        "SmoothGrad": lambda m, v: attribution.smoothgrad(m, v, 0, sigma=5.0),
        "integrated gradients": lambda m, v: attribution.integrated_gradients(m, v, 0),
        "GradientSHAP": lambda m, v: attribution.gradient_shap(m, v, 0, background),
        "Grad-CAM": lambda m, v: attribution.grad_cam(m, v, 0, m.conv_block6.conv2, time_axis=2),
        "occlusion": lambda m, v: attribution.occlusion(m, v, 0),
        "LRP": relevance,
        "Deep SHAP, 100 backgrounds": lambda m, v: attribution.deep_shap(m, v, 0, background),
        "LIME, 1000 samples": lambda m, v: attribution.lime(m, v, 0),
        "LIME on a grid, 1000 samples": lambda m, v: attribution.lime(
            m, v, 0, attribution.grid(v), fill=levels.FLOOR
        ),
    }


class Free(torch.nn.Module):
    """A classifier that costs nothing: what is left is the method's own time."""

    def forward(self, x):
        return x[:, 0, :10, 0] / 100


def peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )


def measure(method: str, width: float, clips: int) -> dict:
    torch.set_num_threads(1)
    source, feature = environment.load(clips_per_class_and_fold=3), LogMel()
    values = torch.cat(
        [feature(source[position].waveform).values for position in range(BACKGROUND + clips)]
    )
    background, values = values[:BACKGROUND], values[BACKGROUND:]
    torch.manual_seed(0)
    model = Cnn14(10, width).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(background[:16])
        model.eval()(values[:1])
    explain = methods(background)[method]
    before, start = peak(), time.perf_counter()
    explain(model, values)
    row = {"method": method, "width": width, "clips": clips}
    row |= {"seconds/clip": (time.perf_counter() - start) / clips, "megabytes": peak() - before}
    if method in PASSES:
        with torch.no_grad():
            start = time.perf_counter()
            for _ in range(PASSES[method] // 10):
                model(values[:1].expand(10, -1, -1, -1).contiguous())
        row["passes alone"] = time.perf_counter() - start
        start = time.perf_counter()
        explain(Free(), values[:1])
        row["overhead"] = time.perf_counter() - start
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--full", action="store_true", help="at widths 1/8 and 1")
    options = parser.parse_args()
    names = list(methods(torch.empty(0)))
    rows = []
    for width in (0.125, 1.0) if options.full else (0.125,):
        for name in names:
            for clips in (1, 16):
                # What takes long explains clip after clip, whatever the batch: 16 would tell no
                # more than one.
                if clips == 1 or rows[-1]["seconds/clip"] < SLOW:
                    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                        rows.append(pool.submit(measure, name, width, clips).result())
    ratios = {
        f"{row['method']}, width {row['width']:g}: passes alone/all": row["passes alone"]
        / row["seconds/clip"]
        for row in rows
        if "passes alone" in row and row["clips"] == 1
    }
    if options.json:
        print(json.dumps({"ratios": ratios, "table": rows}))
        return
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    for name, ratio in ratios.items():
        print(f"{name} = {ratio:.2f}")


if __name__ == "__main__":
    main()
