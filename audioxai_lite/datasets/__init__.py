"""The course's data sets: one function, `load`, that a notebook switches by name.

Where it is:

    archives: UnusableArchive, fetch_archive, archive_contents, unpack, damaged_files,
        move_into_place
    clips: Event, Clip, clip_from_table, Dataset
    download: data_folder, setting, folder, download, available_datasets
    environment: load, write
    esc_lists: esc_listed
    machine: load
    machine_sounds: one_turn, turn_at, airflow, shaped_noise, beat_times, machine_hits,
        machine_boards, machine_room, filtered_by_room, fault_envelope, fault_level
    network: reason_and_remedy, without_password
    on_disk: visible, sound_files, warn_of, read_rows
    partials: own_partial, clear_abandoned
    planer: PlanerSpectrograms, load
    planted: load
    recordings: esc, read_clip, repairable, fsdd, noises
    sources: DownloadError, Source, source, checksums, esc_table
    speech: Sound, tracks, pulses, resonances, filtered, filter_grid
    synthesis: harmonics, noise, resonate, voice, grains, curve, wander, fade, unit_power,
        amplitude, log_uniform
    voice_regions: regions
    voices: Speaker, Spoken, speak, speakers_of, load
"""

from collections.abc import Callable
from functools import partial

from . import environment, machine, planted, recordings, voices
from .clips import Clip, Dataset, Event

__all__ = ["Clip", "Dataset", "Event", "load"]

SOURCES: dict[str, Callable[..., Dataset]] = {
    "synthetic": environment.load,
    "environment": environment.load,
    "machine": machine.load,
    "esc10": partial(recordings.esc, "esc10"),
    "esc50": partial(recordings.esc, "esc50"),
    "fsdd": recordings.fsdd,
    "noises": recordings.noises,
    "planted": planted.load,
    "voices": voices.load,
}


def load(name: str = "synthetic", **options) -> Dataset:
    """A data set by name.

    Parameters
    ----------
    name : str
        "synthetic" (the default of the course: the same as "environment"), "environment",
        "machine", "voices", "esc10", "esc50", "fsdd", "noises" or "planted" (made from esc10). The
        first four are synthesised; the others must have been downloaded, see `python -m
        audioxai_lite datasets`. The wood-planer data holds spectrograms, not sound: see
        `datasets.planer`.
    options
        Passed on to the data set's own `load`: `seconds`, `sample_rate`, `seed` and others.

    Raises
    ------
    ValueError
        If there is no data set of that name.
    DownloadError
        If its recordings are not on this machine.

    Notebook: 00, "Where the sound comes from".

    Examples
    --------
    >>> load("machine", normal=1, anomalous=0)[0].sample_rate
    16000
    """
    if name not in SOURCES:
        hint = ": it holds spectrograms, see datasets.planer" if name == "planer" else ""
        raise ValueError(f"there is no data set {name!r}{hint}; there are {', '.join(SOURCES)}")
    return SOURCES[name](**options)
