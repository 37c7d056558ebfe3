"""Samples of the studies of notebook 11, computed again, beside the record."""

from ...models import checkpoint
from ..comparing import TURNED, Sample, aligned
from ..results import CHECKPOINTS, results_by_clip
from . import recordings, studies
from .networks import new_network


def removal_sample(data: str) -> Sample:
    """Twenty words without what each order takes away.

    Examples
    --------
    >>> removal_sample("environment").found.index.names
    FrozenList(['fill', 'order', 'clip'])
    """
    found = studies.removal_cell("waveform", 1, count=20)
    stored = results_by_clip("removal").query("kind == 'waveform' and seed == 1")
    what = "twenty words, the waveform network of training 1, every order and fill"
    keys = ["fill", "order", "clip"]
    return aligned(what, found, stored, keys, studies.RIGHT, turned=TURNED)


def causes_sample(data: str) -> Sample:
    """Forty words, said again with every cause changed.

    Examples
    --------
    >>> len(causes_sample("environment").found) == 40 * 7
    True
    """
    found = studies.causes_cell("spectrogram", "digit", 1, count=40)
    stored = results_by_clip("causes").query(
        "kind == 'spectrogram' and task == 'digit' and seed == 1"
    )
    what = "forty words said again, the spectrogram network of training 1, every cause and map"
    return aligned(what, found, stored, ["cause", "clip"], studies.MEASURED)


def spoken_recordings_sample(data: str) -> Sample:
    """The recordings of one speaker, asked of the network that has not heard him; DownloadError
    where they are not there.

    Examples
    --------
    >>> spoken_recordings_sample("environment")  # doctest: +SKIP
    """
    kind, speaker = "spectrogram", recordings.SHIPPED[0]
    network = new_network(kind, 10)
    checkpoint.load(network, recordings.recordings_name(kind), CHECKPOINTS)
    found = recordings.answers_to(kind, network, speaker)
    stored = results_by_clip("spoken_recordings").query(
        "kind == @kind and speaker == @speaker and seed == 0"
    )
    what = f"the recordings of {speaker}, the spectrogram network that has not heard him"
    columns = ["right", *studies.RIGHT]
    return aligned(what, found, stored, ["fill", "order", "clip"], columns, turned=TURNED)
