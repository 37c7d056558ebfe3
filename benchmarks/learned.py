"""What an explanation of one clip costs: a learned mask, once its decoder is trained, beside
saliency, Deep SHAP and LIME; and after how many clips the training is paid back. Usage:
python benchmarks/learned.py [--json] [--clips N]
"""

import argparse
import json
import time

import torch

from audioxai_lite import attribution
from audioxai_lite.attribution.learned import train_masker
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import background_clips, scored_clips
from audioxai_lite.course.nb13.maskers import (
    blocks,
    explained_model,
    load_masker,
    masks_of,
    training_sounds,
)

EPOCHS = 12


def seconds(function, repeats: int = 2) -> float:
    """The least of some runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clips", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    network, model = (
        load_classifier("environment", "robust"),
        explained_model("environment", "robust"),
    )
    values = scored_clips("environment")[0][: options.clips]
    target, background = model.outputs(values).argmax(dim=1), background_clips("environment", 25)
    masker, sounds = load_masker("environment", "robust"), training_sounds("environment")
    ways = {
        "learned mask": lambda: masks_of(masker, model, values),
        "saliency": lambda: attribution.saliency(network, values, target),
        "Deep SHAP": lambda: attribution.deep_shap(network, values, target, background),
        "LIME": lambda: attribution.lime(network, values, target),
    }
    taken = {name: seconds(explain) / len(values) for name, explain in ways.items()}
    start = time.perf_counter()
    train_masker(model, sounds, blocks(model), epochs=1, progress=False)
    training = EPOCHS * (time.perf_counter() - start)
    ratios = {f"{name}: learned mask": taken[name] / taken["learned mask"] for name in ways}
    table = [{"way": name, "milliseconds a clip": round(1e3 * x, 1)} for name, x in taken.items()]
    for name in ("Deep SHAP", "LIME"):
        back = training / (taken[name] - taken["learned mask"])
        table.append(
            {"way": f"clips until training is paid back against {name}", "clips": round(back)}
        )
    if options.json:
        print(json.dumps({"ratios": ratios, "table": table}))
        return
    for row in table:
        print(": ".join(f"{value}" for value in row.values()))
    for name, ratio in ratios.items():
        print(f"{name.split(':')[0]:14s} {ratio:8.1f} times the learned mask")


if __name__ == "__main__":
    main()
