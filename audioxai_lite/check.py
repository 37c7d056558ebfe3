"""One thing that was looked at in a model, as a line. Taught in notebook 14."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "not with this model", "problem"]


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes
    ----------
    name, detail : str
        What, and what was found.
    state : "ok", "not with this model" or "problem"
    remedy : str
        For a problem.
    refused : tuple of str
        The methods that `explain` refuses because of it.

    Examples
    --------
    >>> print(Check("level", "problem", "half as loud is the same", "hold the statistics"))
    PROBLEM  level: half as loud is the same -> hold the statistics
    """

    name: str
    state: State
    detail: str
    remedy: str = ""
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        mark = {"ok": "ok", "not with this model": "no", "problem": "PROBLEM"}[self.state]
        remedy = f" -> {self.remedy}" if self.remedy else ""
        return f"{mark:7s}  {self.name}: {self.detail}{remedy}"
