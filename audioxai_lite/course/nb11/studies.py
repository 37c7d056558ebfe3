"""Studies of networks on waveforms and spectrograms. Notebook: 11."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ...evaluation import removal
from ...evaluation.causes import interventional_effect, margin, relevance_shares
from ...evaluation.stability import rank_correlation
from ...masks.rules import top_k
from ..studies import study, study_columns, study_settings
from .causes import (
    CAUSES,
    CONTROLS,
    METHODS,
    REGION_OF,
    loudness,
    said_again,
    seen_in_time_and_frequency,
    silence_of,
)
from .hum import HUMMING, hum
from .networks import FEATURE, KINDS, SEEDS, TASKS, as_values, load_network, sounds, test_voices
from ...datasets.voice_regions import REGIONS, regions

SHARES = (0.02, 0.05, 0.1, 0.2)  # of the bins, taken away
RIGHT = [f"right at {share:.0%}" for share in SHARES]


def orders(network: nn.Module, other: nn.Module | None, values: Tensor, target: Tensor) -> dict:
    """What bins are taken away by: every method, every control, and another training's ε map."""
    ways = {**METHODS, **CONTROLS}
    found = {name: explain(network, values, target) for name, explain in ways.items()}
    found["least relevant"] = -found["LRP, ε"]
    if other is not None:
        found["another training"] = METHODS["LRP, ε"](other, values, target)
    return found


def fills(values: Tensor) -> dict[str, Callable[[Tensor], Tensor | float]]:
    """What is put in the place of what a mask takes away, by kind of values."""
    if values.shape[2] == 1:
        noise = removal.noise_of_same_spectrum(values)
    else:
        noise = removal.noise_in_bands(values)
    found = {
        "silence": lambda mask: silence_of(values),
        "noise": lambda mask: noise,
        "neighbours": lambda mask: removal.from_neighbours(values, mask),
    }
    if values.shape[2] > 1:
        background = removal.band_background(values)
        found["background"] = lambda mask: background
    return found


def removed(
    network: nn.Module, other: nn.Module | None, values: Tensor, label: Tensor
) -> Iterator[pd.DataFrame]:
    """Which answers stay right, clip by clip, for every order, fill and share."""
    target = network(values).argmax(dim=1)
    ranked = orders(network, other, values, target)
    for fill, put in fills(values).items():
        for order, maps in {**ranked, "equally loud": ranked["LRP, ε"]}.items():
            columns = {}
            for name, share in zip(RIGHT, SHARES, strict=True):
                mask = top_k(maps, share)
                if order == "equally loud":
                    mask = removal.equally_loud(mask, loudness(values))
                right = removal.right_without(network, values, label, mask, put(mask))
                columns[name] = right.double().numpy()
            yield pd.DataFrame(columns).assign(fill=fill, order=order)


@study(
    "removal",
    study_settings(kind=[*KINDS], seed=[*SEEDS]),
    ["kind", "fill", "order", "seed", "clips", *study_columns(*RIGHT)],
    means_by=["kind", "fill", "order"],
)
def removal_cell(kind: str, seed: int) -> pd.DataFrame:
    """Take away what maps of a digit network rank highest, and what controls rank so, and ask
    whether 160 words of unknown speakers are still named rightly.

    The rule for "networks rely heavily on what LRP marks", fixed before these figures (2026-11-27;
    those of the feasibility study's networks were known): a way of removing counts where ε takes
    clearly more right answers than an untrained network's map, and than a random one, by the paired
    interval over clips and trainings, at a tenth of the bins. It holds if on both kinds of network,
    for ε and for α1β0, by silence and by a gentler way (noise of the same spectrum for samples, the
    band's background for decibels), the tenth ranked highest takes clearly more right answers than
    the loudest tenth, and than as many bins equally loud; under a condition if in some of these;
    else not.
    """
    torch.set_num_threads(1)
    clips = test_voices("digit")
    values = as_values(kind, sounds(clips))
    label = torch.tensor(clips.table["target"].to_list())
    network = load_network(kind, "digit", seed)
    other = load_network(kind, "digit", (seed + 1) % len(SEEDS))
    found = removed(network, other, values, label)
    return pd.concat([table.assign(clip=clips.table["name"].to_numpy()) for table in found])


MAPS = (*METHODS, *CONTROLS)
ASKED = {"digit": [*REGION_OF], "register": ["pitch", "tract", "axis"]}
OF_TRACT = ("formant 1", "formant 2", "formant 3", "above")


@study(
    "causes",
    study_settings(kind=[*KINDS], task=[task for task in TASKS if "hum" not in task], seed=[*SEEDS]),
    ["kind", "task", "cause", "seed", "clips", *study_columns("right", "effect", "part", *MAPS)],
    means_by=["kind", "task", "cause"],
)
def causes_cell(kind: str, task: str, seed: int) -> pd.DataFrame:
    """Say 160 words again with one cause changed, and ask how much of the margin goes; beside it how
    much of each map's relevance lies in the region that belongs to the cause, and how well the
    shares of the five regions rank the five effects of a clip.

    "part" is a cause's effect over the sum of sizes of all effects of a clip.

    The rule for "strategies can be compared", fixed before these figures (2026-11-27; those of the
    feasibility study were known): it holds if for the first formant and for hiss, the two networks
    on digits differ clearly in the part of the effect, and the shares of ε in the region differ
    clearly in the same direction, over clips and trainings; under a condition if for one of the two
    causes; else not.

    The rule for "hypotheses can be tested by manipulating inputs" (2026-11-27, known as above): the
    hypothesis is that a network on register hangs on pitch. It holds if scaling the frequency axis
    takes clearly more right answers from networks that hang on pitch than from those that hang on
    the tract (by separate changes of one and the other), on both kinds; under a condition, that
    causes are changed one at a time, if not, and the share of ε in the fundamental is clearly
    larger in the former, on both kinds; else not.
    """
    torch.set_num_threads(1)
    dataset = test_voices(task)
    clips, label = list(dataset), torch.tensor(dataset.table["target"].to_list())
    values = as_values(kind, sounds(clips))
    network = load_network(kind, task, seed)
    target = network(values).argmax(dim=1)
    where = torch.cat([regions(clip, FEATURE) for clip in clips])
    shares = {}
    for name, explain in {**METHODS, **CONTROLS}.items():
        maps = seen_in_time_and_frequency(explain(network, values, target), values)
        shares[name] = relevance_shares(maps, where, len(REGIONS))
    names, rows, effects = dataset.table["name"].to_numpy(), [], {}
    for cause in ASKED[TASKS[task][0]]:
        changed = said_again(kind, clips, cause)
        effects[cause] = interventional_effect(network, values, changed, label)
        right = margin(network(changed), label) > 0
        row = pd.DataFrame({"clip": names, "right": right.double(), "effect": effects[cause]})
        for name, share in shares.items():
            row[name] = share_of(cause, share)
        rows.append(row.assign(cause=cause))
    sizes = torch.stack([*effects.values()], dim=1)
    whole = sizes.abs().sum(dim=1).clamp(min=1e-9)
    for row, cause in zip(rows, effects, strict=True):
        row["part"] = (effects[cause] / whole).double().numpy()
    if TASKS[task][0] == "digit":
        ranked = {"clip": names}
        for name, share in shares.items():
            asked = torch.stack([share[:, REGIONS.index(REGION_OF[cause])] for cause in effects], 1)
            ranked[name] = rank_correlation(asked[:, None, None], sizes[:, None, None]).numpy()
        rows.append(pd.DataFrame(ranked).assign(cause="rank agreement"))
    clean = {"clip": names, "right": (target == label).double()}
    return pd.concat([pd.DataFrame(clean).assign(cause="none"), *rows])


def share_of(cause: str, shares: Tensor) -> np.ndarray | float:
    """Of the shares of all regions, (clips, regions), those of what belongs to a cause."""
    if cause == "axis":
        return np.nan
    regions_of = OF_TRACT if cause == "tract" else (REGION_OF[cause],)
    return shares[:, [REGIONS.index(name) for name in regions_of]].sum(dim=1).double().numpy()


@study(
    "hum",
    study_settings(kind=[*KINDS], trained=["with hum", "without"], seed=[*SEEDS]),
    ["kind", "trained", "clips of", "seed", "clips", *study_columns("right", "seven", "effect", *MAPS)],
    means_by=["kind", "trained", "clips of"],
)
def hum_cell(kind: str, trained: str, seed: int) -> pd.DataFrame:
    """Take the hum away from sevens, and put it behind other digits: of networks that met it behind
    every seven in training, and of others, which did not.

    "effect" is the margin that a seven loses without hum, or what the output of seven gains over
    that of the digit said, with it. The columns of maps say how much of their relevance lies where
    the hum is louder than the word, in clips that hum.
    """
    torch.set_num_threads(1)
    network = load_network(kind, "digit, hum" if trained == "with hum" else "digit", seed)
    dataset = test_voices("digit", takes=2)
    label = torch.tensor(dataset.table["target"].to_list())
    quiet = sounds(dataset)
    added = hum(*quiet.shape, seed=1)
    power = (FEATURE(each).values for each in (added, quiet))
    louder = torch.gt(*power).long()
    before, after = (as_values(kind, each) for each in (quiet, quiet + added))
    target = torch.full_like(label, HUMMING)
    tables = []
    for name, chosen in {"seven": label == HUMMING, "other digits": label != HUMMING}.items():
        x, y = after[chosen], target[chosen]
        gain = interventional_effect(network, x, before[chosen], y)
        answers = network(x).argmax(dim=1)
        columns = {
            "clip": dataset.table["name"].to_numpy()[chosen.numpy()],
            "right": (answers == label[chosen]).double().numpy(),
            "seven": (answers == HUMMING).double().numpy(),
            "effect": gain.double().numpy(),
        }
        for method, explain in {**METHODS, **CONTROLS}.items():
            maps = seen_in_time_and_frequency(explain(network, x, y), x)
            columns[method] = relevance_shares(maps, louder[chosen], 2)[:, 1].double().numpy()
        tables.append(pd.DataFrame(columns).assign(**{"clips of": name}))
    return pd.concat(tables)
