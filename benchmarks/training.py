"""A training step of the course's classifiers, and a gradient by their input, with the few channels
of early blocks side by side in memory, against torch's default layout.

Usage: python benchmarks/training.py [--json] [--rounds 5] On one thread, sixteen clips of 64 bands
and 5 s; the two ways by turns. Ratio: seconds in the default layout over seconds as shipped.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
import torch

from audioxai_lite.course.classifiers import CHANNELS, DROPOUT
from audioxai_lite.models import conv_block
from audioxai_lite.models.cnn14 import Cnn14, cross_entropy_loss


def training_step(model: Cnn14, values: torch.Tensor, target: torch.Tensor) -> None:
    model.train().zero_grad()
    cross_entropy_loss(model, values, target, generator=torch.Generator()).backward()


def gradient(model: Cnn14, values: torch.Tensor, target: torch.Tensor) -> None:
    asked = values.clone().requires_grad_()
    torch.autograd.grad(model.eval()(asked).sum(), asked)


def seconds(call: Callable, few: int, *inputs) -> float:
    conv_block.FEW = few
    start = time.perf_counter()
    call(*inputs)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    inputs = Cnn14(10, channels=CHANNELS, dropout=DROPOUT), torch.randn(16, 1, 64, 251)
    target, ways = torch.arange(16) % 10, {"default": 0, "shipped": conv_block.FEW}
    rows = []
    for name, call in {"training step": training_step, "gradient": gradient}.items():
        taken = [
            [seconds(call, few, *inputs, target) for few in ways.values()]
            for _ in range(arguments.rounds + 1)
        ]
        medians = np.median(taken[1:], axis=0)  # the first round warms up
        rows.append({"what": name} | dict(zip(ways, medians.tolist(), strict=True)))
    ratios = {row["what"]: row["default"] / row["shipped"] for row in rows}
    if arguments.json:
        print(json.dumps({"ratios": ratios, "table": rows}))
        return
    for row in rows:
        ratio = ratios[row["what"]]
        print(f"{row['what']}: {row['default']:.3f} s, {row['shipped']:.3f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
