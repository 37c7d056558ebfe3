"""What an attack on an explanation costs, and what it saves to count the smallest numbers as 0.

Usage: python benchmarks/manipulation.py [--json] [--clips 4] [--steps 20] On one thread. The ratio
is the processor's seconds of the same search with denormal numbers over those without; the
outcomes are compared, too. A second ratio sets SmoothGrad's attack beside saliency's.
"""

import argparse
import json
import time
from contextlib import nullcontext
from functools import partial

import torch

from audioxai_lite.attribution import manipulation, twice
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import scored_clips
from audioxai_lite.course.nb10.attacks import folded_network

WAYS = {
    "saliency": twice.saliency_twice,
    "SmoothGrad, 3 copies": partial(twice.smoothgrad_twice, samples=3, sigma=5.0),
}


def searched(way, network, values, steps: int) -> tuple[float, torch.Tensor]:
    """Seconds a clip and step, and the changed spectrograms."""
    wanted = values.roll(1, dims=0) - values.min()
    start = time.process_time()
    changed = manipulation.manipulate_values(network, values, wanted, way, steps=steps)
    return (time.process_time() - start) / len(values) / steps, changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = folded_network(load_classifier("environment", "plain", 0).network)
    values = scored_clips("environment")[0][: options.clips]
    seconds = {}
    searched(WAYS["saliency"], network, values, 2)  # to warm up
    for name, way in WAYS.items():
        seconds[name], quick = searched(way, network, values, options.steps)
    without = manipulation.without_denormals
    manipulation.without_denormals = nullcontext
    seconds["saliency, with denormals"], slow = searched(
        WAYS["saliency"], network, values, options.steps
    )
    manipulation.without_denormals = without
    _, quick = searched(WAYS["saliency"], network, values, options.steps)
    found = {
        "seconds a clip and step": {name: round(value, 4) for name, value in seconds.items()},
        "with over without denormals": seconds["saliency, with denormals"] / seconds["saliency"],
        "SmoothGrad over saliency": seconds["SmoothGrad, 3 copies"] / seconds["saliency"],
        "outcomes differ by (dB)": (quick - slow).abs().max().item(),
    }
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name}: {value if isinstance(value, dict) else round(value, 3)}")


if __name__ == "__main__":
    main()
