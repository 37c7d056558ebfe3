"""The explorer of notebook 10."""

import ipywidgets
import torch

from ...attribution.manipulation import manipulate
from ...datasets import Clip
from ...display import figures
from ...evaluation.stability import agreement
from ...models.cnn14 import Cnn14
from ...models.softened import softened
from ...sound.hearing import noise_to_mask
from ..clips import MEL
from ..explorers import ExplorerView, explorer, wide_control
from .attacks import attacking, explaining, folded_network

BUDGETS = {"under the mask": None, "40 dB softer": 40.0, "30 dB softer": 30.0, "20 dB softer": 20.0}
METHODS = ("saliency", "gradient × input", "Grad-CAM")
BETAS = {"ReLU": None, "softplus, β = 10": 10.0, "softplus, β = 3": 3.0}
STEPS = 40


def manipulation_explorer(
    networks: dict[str, Cnn14], clips: list[Clip], steps: int = STEPS
) -> ipywidgets.Widget:
    """Choose a clip, a budget, a network and its β, and a method; see what the explanation can be
    made to show (that of the next clip), and hear the sound before and after, and the change alone.

    Parameters
    ----------
    networks : dict of name to Cnn14
    clips : list of Clip
        Two at least.
    steps : int, default 40
        Of the search, a second or two.

    Notebook: 10, "Explore".

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> clips = list(datasets.load("environment").select(fold=5))[:2]
    >>> *_, text, picture, players = manipulation_explorer(
    ...     {"untrained": Cnn14(10).eval()}, clips, steps=1
    ... ).children
    >>> "the answer stays" in text.value
    True
    """
    titles = [f"{number}: {clip.label}" for number, clip in enumerate(clips)]
    sounds = torch.cat([clip.waveform for clip in clips])

    def draw(chosen: str, budget: str, name: str, beta: str, method: str) -> ExplorerView:
        number = titles.index(chosen)
        softness, folded = BETAS[beta], folded_network(networks[name])
        asked = folded if softness is None else softened(folded, softness)
        explain, (way, betas) = explaining(asked, method), attacking(networks[name], method)
        pair = [number, (number + 1) % len(clips)]
        values = MEL(sounds[pair]).values
        with torch.no_grad():
            classes = asked(values).argmax(dim=1)
        own, wanted = explain(values, classes).split(1)
        sound = sounds[pair[:1]]
        search = {
            "method": way,
            "betas": betas if softness is None else None,
            "target": classes[:1],
        }
        changed = manipulate(
            asked, MEL, sound, wanted, budget=BUDGETS[budget], steps=steps, **search
        )
        after = MEL(changed).values
        shown = explain(after, classes[:1])
        with torch.no_grad():
            stays = bool(asked(after).argmax(dim=1) == classes[0])
        change = changed - sound
        ratio = noise_to_mask(change, sound)
        softer = 10 * (sound.square().mean() / change.square().mean()).log10()
        gain = (0.1 / change.abs().max().clamp(min=1e-9)).item()
        maps = {"before": own, "wanted": wanted, "shown now": shown}
        return ExplorerView(
            figures.attributions(maps, MEL, columns=3),
            f"agreement with the wanted map {agreement(own, wanted).item():.2f} → "
            f"{agreement(shown, wanted).item():.2f}; the answer {'stays' if stays else 'CHANGES'}; "
            f"the change lies {softer:.0f} dB below the sound, above the mask in "
            f"{(ratio > 0).float().mean():.1%} of bands and frames",
            {"before": sound, "after": changed, f"the change alone, × {gain:.0f}": gain * change},
            clips[0].sample_rate,
        )

    row = wide_control(80, 320)
    controls = {
        "chosen": ipywidgets.Dropdown(options=titles, description="clip", **row),
        "budget": ipywidgets.Dropdown(options=list(BUDGETS), description="budget", **row),
        "name": ipywidgets.Dropdown(options=list(networks), description="network", **row),
        "beta": ipywidgets.Dropdown(options=list(BETAS), description="ReLUs as", **row),
        "method": ipywidgets.Dropdown(options=METHODS, description="method", **row),
    }
    few = {"chosen": titles[:1], "beta": (list(BETAS)[0], list(BETAS)[-1])}
    few["budget"] = list(BUDGETS)[:2]
    return explorer(controls, draw, on_the_site=few)
