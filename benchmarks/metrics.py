"""Fourteen masks and seven metrics for a batch of clips: all at once, against one mask after
another with Quantus.

Usage: python benchmarks/metrics.py [--json] [--width 0.125 1] [--clips 16] [--many 1000] [--quick]
Both start from the attribution of clips of 64 bands and 5 s, on one thread. The other way is that
of the public code of Pak & Teryokhina: clip by clip and mask by mask, the clean prediction made
anew, SPS and COMP by Quantus. Ratios: its seconds over ours, above 1 means that ours is faster;
"forward share" is the share of our time spent inside the network; the memory ratio is the peak of a
process at 10 clips over that at 1,000: 1 means flat. Quantus comes with the test extra.
"""

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import torch

from audioxai_lite import attribution, masks
from audioxai_lite.datasets import environment
from audioxai_lite.evaluation import conciseness, fidelity
from audioxai_lite.models.cnn14 import Cnn14, cnn14_for_predictions
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound.spectrogram import LogMel

CHUNK = 8  # clips that our way takes at once
ROUNDS = 5


def prepared(width: float, clips: int) -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
    """An untrained network that answers as surely as a trained one, clips, and their saliency."""
    torch.set_num_threads(1)
    source, feature = environment.load(clips_per_class_and_fold=3), LogMel()
    values = torch.cat(
        [
            feature(source[9 * position % len(source)].waveform).values
            for position in range(min(clips, 50))
        ]
    )
    values = values.repeat(-(-clips // len(values)), 1, 1, 1)[:clips]
    torch.manual_seed(0)
    model = Cnn14(10, width)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(values[:CHUNK])
    found = torch.cat(
        [
            attribution.saliency(model.eval(), part, 0, absolute=False)
            for part in values[:50].split(CHUNK)
        ]
    )
    return model, values, found.repeat(-(-clips // len(found)), 1, 1, 1)[:clips]


def ours(
    model: torch.nn.Module, values: torch.Tensor, found: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Mean scores of the fourteen masks, chunk after chunk, by the network's fast copy."""
    total: dict[str, torch.Tensor] = {}
    fast = cnn14_for_predictions(model)
    for clips, maps in zip(values.split(CHUNK), found.split(CHUNK), strict=True):
        given = torch.stack(list(posthoc_audio.all_variants(maps).values()))
        for name, score in posthoc_audio.interpretation_scores(
            fidelity.answers(fast, clips, given), given
        ).items():
            total[name] = total.get(name, 0) + score.sum(dim=1) / len(values)
    return total


def one_by_one(
    model: torch.nn.Module, values: torch.Tensor, found: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The same means, clip by clip and mask by mask."""
    total = {
        name: torch.zeros(len(posthoc_audio.VARIANTS), dtype=torch.float64)
        for name in posthoc_audio.DIRECTIONS
    }
    for clip, attribution_ in zip(values[:, None], found[:, None], strict=True):
        for row, (_, rule) in enumerate(posthoc_audio.VARIANTS.values()):
            mask = rule(attribution_)
            kept, removed = masks.apply_mask(clip, mask)
            with torch.no_grad():
                clean, inside, outside = (
                    model(x).softmax(dim=1)[0].double() for x in (clip, kept, removed)
                )
            named = clean.argmax()
            p, q = clean[named], inside[named]
            scores = {
                "FF": p - outside[named],
                "AI": 100.0 * (q > p + 1e-6),
                "AD": 100 * (p - q).clamp(min=0) / p,
            }
            scores |= {
                "AG": 100 * (q - p).clamp(min=0) / (1 - p),
                "Fid-In": float(inside.argmax() == named),
            }
            scores |= by_quantus(mask)
            for name, score in scores.items():
                total[name][row] += float(score) / len(values)
    return total


def by_quantus(mask: torch.Tensor) -> dict[str, float]:
    """SPS and COMP of one mask; a constant one scores 0, as published."""
    import quantus

    if masks.is_constant_mask(mask):
        return {"SPS": 0.0, "COMP": 0.0}
    array, scores = mask.numpy(), {}
    for name, metric in {"SPS": quantus.Sparseness, "COMP": quantus.Complexity}.items():
        measure = metric(disable_warnings=True)  # otherwise as it is: sizes, over their largest
        scores[name] = measure(
            model=None, x_batch=array, y_batch=np.zeros(1, dtype=int), a_batch=array.copy()
        )[0]
    return scores


def speed(width: float, clips: int) -> dict:
    import quantus  # noqa: F401  (its import is not what is measured)

    model, values, found = prepared(width, clips)
    inside, began = 0.0, 0.0

    def begin(*_) -> None:
        nonlocal began
        began = time.perf_counter()

    def end(*_) -> None:
        nonlocal inside
        inside += time.perf_counter() - began

    given = torch.stack(list(posthoc_audio.all_variants(found).values()))

    def without_network() -> None:
        for part in given.split(CHUNK, dim=1):
            conciseness.sparseness(part), posthoc_audio.complexity(part)

    def without_network_one_by_one() -> None:
        for mask in given.flatten(0, 1):
            by_quantus(mask[None])

    ways = {
        "ours (s)": lambda: ours(model, values, found),
        "one by one (s)": lambda: one_by_one(model, values, found),
        "SPS and COMP, ours (s)": without_network,
        "SPS and COMP, Quantus (s)": without_network_one_by_one,
    }
    ours(model, values[:CHUNK], found[:CHUNK])
    one_by_one(model, values[:1], found[:1])
    model.register_forward_pre_hook(begin)
    model.register_forward_hook(end)
    row: dict = {"width": width, "clips": clips}
    results = {}
    # The ways take turns, and the best of each counts: others may use the machine as well.
    for _ in range(ROUNDS if width < 1 else 1):
        for name, way in ways.items():
            inside, start = 0.0, time.perf_counter()
            results[name] = way()
            seconds = time.perf_counter() - start
            if seconds < row.get(name, float("inf")):
                row[name] = seconds
                if name == "ours (s)":
                    row["forward share"] = inside / seconds
    mine, theirs = results["ours (s)"], results["one by one (s)"]
    row["largest difference"] = max(float((mine[name] - theirs[name]).abs().max()) for name in mine)
    return row


def memory(width: float, clips: int) -> dict:
    """Peak of a process that scores clips chunk by chunk, none of which is kept."""
    model, values, found = prepared(width, 10)
    for first in range(0, clips, 10):
        ours(model, values.roll(first, dims=-1), found.roll(first, dims=-1))
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return {
        "width": width,
        "clips": clips,
        "peak (MB)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
    }


def alone(function, *inputs) -> dict:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *inputs).result()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--width", type=float, nargs="+", default=[0.125, 1.0])
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--many", type=int, default=1000, help="clips of the memory test")
    parser.add_argument("--quick", action="store_true", help="few clips, and no memory test")
    options = parser.parse_args()
    table = [alone(speed, width, 2 if options.quick else options.clips) for width in options.width]
    ratios = {}
    for row in table:
        name = f"width {row['width']:g}"
        ratios[f"all metrics, {name}"] = row["one by one (s)"] / row["ours (s)"]
        ratios[f"SPS and COMP, {name}"] = (
            row["SPS and COMP, Quantus (s)"] / row["SPS and COMP, ours (s)"]
        )
        ratios[f"forward share, {name}"] = row["forward share"]
    if not options.quick:
        peaks = [alone(memory, options.width[0], clips) for clips in (10, options.many)]
        ratios[f"peak memory, 10 over {options.many} clips"] = (
            peaks[0]["peak (MB)"] / peaks[1]["peak (MB)"]
        )
        table += peaks
    if options.json:
        print(json.dumps({"ratios": ratios, "table": table}))
        return
    print(pd.DataFrame(table).round(3).to_string(index=False))
    for name, ratio in ratios.items():
        print(f"{name} = {ratio:.2f}")


if __name__ == "__main__":
    main()
