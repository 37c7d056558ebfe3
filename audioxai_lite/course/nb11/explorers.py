"""The explorer of notebook 11."""

import ipywidgets
from torch import nn

from ...datasets.voice_regions import REGIONS, regions
from ...datasets.voices import Spoken
from ...display import figures
from ...evaluation.causes import margin, relevance_shares
from ..explorers import ExplorerView, explorer, wide_control
from .causes import CAUSES, METHODS, REGION_OF, said_again, seen_in_time_and_frequency
from .networks import FEATURE, as_values


def voice_explorer(
    networks: dict[str, nn.Module], clips: list[Spoken], classes: tuple[str, ...]
) -> ipywidgets.Widget:
    """Choose a word, a cause, a network and a method; hear the word, and the word with the cause
    changed; see both maps, what the answers lead by, and how much relevance lies in the region that
    belongs to the cause.

    Parameters
    ----------
    networks : dict of "waveform" and "spectrogram" to nn.Module
    clips : list of Spoken
    classes : names of the outputs

    Notebook: 11, "Explore".

    Examples
    --------
    >>> from ...datasets import voices
    >>> from .networks import load_network
    >>> dataset = voices.load(speakers=1, takes=1)
    >>> network = {"spectrogram": load_network("spectrogram", "digit")}
    >>> *_, text, picture, players = voice_explorer(
    ...     network, list(dataset)[:2], dataset.classes
    ... ).children
    >>> "as it was said: zero, the right answer leads by" in text.value
    True
    """
    titles = [
        f"{number}: {clip.label}, {clip.speaker.register}" for number, clip in enumerate(clips)
    ]

    def draw(chosen: str, cause: str, kind: str, method: str) -> ExplorerView:
        clip, network, explain = clips[titles.index(chosen)], networks[kind], METHODS[method]
        values = {
            "as it was said": as_values(kind, clip.waveform),
            f"{cause} changed": said_again(kind, [clip], cause),
        }
        label, maps, words = classes.index(clip.label), {}, []
        for name, heard in values.items():
            outputs = network(heard)
            answer = outputs.argmax(dim=1)
            maps[name] = seen_in_time_and_frequency(explain(network, heard, answer), heard)
            lead = margin(outputs, label).item()
            words.append(f"{name}: {classes[int(answer)]}, the right answer leads by {lead:.1f}")
        if cause in REGION_OF:
            region = REGION_OF[cause]
            share = relevance_shares(maps["as it was said"], regions(clip, FEATURE), len(REGIONS))
            lies = share[0, REGIONS.index(region)]
            words.append(f"{lies:.0%} of the relevance, signed, lay where the {region} is")
        sounds = {"as it was said": clip.waveform, f"{cause} changed": CAUSES[cause](clip).waveform}
        return ExplorerView(
            figures.attributions(maps, FEATURE, columns=2), "; ".join(words), sounds, 8_000
        )

    row = wide_control(80, 320)
    controls = {
        "chosen": ipywidgets.Dropdown(options=titles, description="word", **row),
        "cause": ipywidgets.Dropdown(options=list(CAUSES), description="cause", **row),
        "kind": ipywidgets.Dropdown(options=list(networks), description="network", **row),
        "method": ipywidgets.Dropdown(options=list(METHODS), description="method", **row),
    }
    few = {"chosen": titles[:2], "method": list(METHODS)[:2]}
    return explorer(controls, draw, on_the_site=few)
