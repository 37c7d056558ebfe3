"""What every data set of the course hands out: a `Clip`, and a `Dataset` of clips that can be
filtered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import torch
from pandas.api.types import is_list_like
from torch import Tensor

from ..sound.spectrogram import PowerStft


@dataclass(frozen=True)
class Event:
    """Something that sounds from `start` to `end`, in seconds from the start of the clip."""

    start: float
    end: float
    kind: str


@dataclass(frozen=True, eq=False)
class Clip:
    """One sound with all that is known about it.

    Attributes
    ----------
    waveform : Tensor, shape (1, samples), float32 in [-1, 1]
        A batch of one, so that it can be fed to a feature or a model as it is.
    sample_rate : int
        In hertz.
    name : str
        Unique in its data set.
    label : str
        The class by name (for `machine`: "normal" or "anomalous").
    target : int
        The class by number: the position of `label` in `Dataset.classes`.
    fold : int
        Cross-validation fold, from 1; 0 where a data set has none.
    events : tuple of Event
        Where the event or anomaly sounds. Empty where that is unknown, or there is none.
    twin : Tensor or None, shape (1, samples)
        The same clip without its event. Synthesised data only: no recording comes with one.
    """

    waveform: Tensor
    sample_rate: int
    name: str
    label: str
    target: int
    fold: int = 0
    events: tuple[Event, ...] = ()
    twin: Tensor | None = None

    def truth(self, feature: PowerStft, threshold: float = 3.0) -> Tensor | None:
        """Ground-truth time-frequency mask of the clip's events on the grid of a feature.

        A bin belongs to the event when the event changes its level by more than `threshold`
        decibels against the clean twin, in a frame whose window touches the event. What is removed
        (a tonal drop-out) counts like what is added.

        Parameters
        ----------
        feature : PowerStft, LogStft, LogMel or Standardised
            Made for this clip's sample rate.
        threshold : float, default 3.0
            In decibels.

        Returns
        -------
        Tensor, shape (1, 1, frequency, time), values 0 or 1; None when the clip has no twin.

        Notebook: 00, "The clean twin, and the truth".

        Examples
        --------
        >>> from audioxai_lite.datasets import machine
        >>> from audioxai_lite.sound.spectrogram import LogMel
        >>> machine.load(normal=0, anomalous=1)[0].truth(LogMel()).unique().tolist()
        [0.0, 1.0]
        """
        if self.twin is None:
            return None
        change = (feature(self.waveform).decibels() - feature(self.twin).decibels()).abs()
        half_window = feature.n_fft / 2 / self.sample_rate
        centre = torch.arange(change.shape[-1]) * feature.hop_length / self.sample_rate
        inside = torch.zeros_like(centre, dtype=torch.bool)
        for event in self.events:
            inside |= (centre > event.start - half_window) & (centre < event.end + half_window)
        return ((change > threshold) & inside).float()


def clip_from_table(row: pd.Series) -> dict[str, Any]:
    """What a data set's table says of a clip, as `Clip` takes it.

    Examples
    --------
    >>> clip_from_table(pd.Series({"name": "a", "label": "dog", "target": 0, "fold": 1}))
    {'name': 'a', 'label': 'dog', 'target': 0, 'fold': 1}
    """
    numbers = {"target": int(row["target"]), "fold": int(row["fold"])}
    return {"name": row["name"], "label": row["label"], **numbers}


@dataclass(frozen=True, eq=False)
class Dataset:
    """A sequence of clips, each made or read when asked for, with a table that describes them all.

    Attributes
    ----------
    name : str
    classes : tuple of str
    sample_rate : int
        In hertz, the same for every clip.
    table : DataFrame
        One row a clip, known without making it: at least name, label, target, fold.
    make : callable (row of `table`) -> Clip
    """

    name: str
    classes: tuple[str, ...]
    sample_rate: int
    table: pd.DataFrame = field(repr=False)
    make: Callable[[pd.Series], Clip] = field(repr=False)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, position: int) -> Clip:
        return self.make(self.table.iloc[position])

    def __iter__(self) -> Iterator[Clip]:
        return (self[position] for position in range(len(self)))

    def select(self, **columns) -> "Dataset":
        """The clips whose columns hold the given value, or one of a list: `select(fold=[1, 2],
        label="rain")`.

        Raises
        ------
        ValueError
            If a column is unknown, or no clip is left.

        Examples
        --------
        >>> from audioxai_lite.datasets import environment
        >>> len(environment.load().select(fold=[1, 2], label="rain"))
        16
        """
        keep = pd.Series(True, index=self.table.index)
        for column, wanted in columns.items():
            if column not in self.table:
                raise ValueError(
                    f"{self.name} has no column {column!r}; it has {', '.join(self.table.columns)}"
                )
            keep &= self.table[column].isin(wanted if is_list_like(wanted) else [wanted])
        if not keep.any():
            raise ValueError(f"no clip of {self.name} has {columns}; see the values in its `table`")
        return replace(self, table=self.table[keep].reset_index(drop=True))

    def polluted(self, share: float, seed: int = 0) -> "Dataset":
        """Training clips some of which are faulty, unknown to whoever trains: the normal clips, in
        their order, a share of them replaced by anomalous ones. The table still tells which.

        Parameters
        ----------
        share : float in [0, 1)
        seed : int, default 0
            Of which normal clips go, and which anomalous ones come.

        Raises
        ------
        ValueError
            If there are not enough anomalous clips, or the share is out of its range.

        Notebook: 12.

        Examples
        --------
        >>> from audioxai_lite.datasets import machine
        >>> clips = machine.load("train", normal=10, anomalous=5).polluted(0.2)
        >>> clips.table["label"].value_counts().to_dict()
        {'normal': 8, 'anomalous': 2}
        """
        normal, faulty = (self.table[self.table["target"] == target] for target in (0, 1))
        number = round(share * len(normal)) if 0 <= share < 1 else -1
        if not 0 <= number <= len(faulty):
            raise ValueError(
                f"of {len(normal)} normal clips a share of {share} cannot be replaced by "
                f"{len(faulty)} anomalous ones"
            )
        generator = torch.Generator().manual_seed(seed)
        gone = torch.randperm(len(normal), generator=generator)[:number].numpy()
        come = torch.randperm(len(faulty), generator=generator)[:number].numpy()
        rows = normal.index.to_numpy().copy()
        rows[gone] = faulty.index.to_numpy()[come]
        return replace(self, table=self.table.loc[rows].reset_index(drop=True))
