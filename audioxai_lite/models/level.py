"""Networks that set each recording's level themselves, and how their statistics are held fixed.
Taught in notebook 14.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

LEAST_DEVIATION = 1e-10  # as CREPE has it


class LevelNorm(nn.Module):
    """Values less their mean, over their standard deviation, along the last axis.

    A network that normalises each recording, or each of its frames, does not hear how loud it is.
    Silence is then as loud as anything, and what a path from silence to the recording is charged
    with means nothing. `explain` therefore holds the statistics of every `LevelNorm` at those of
    the recording explained: at the recording the function is the same, elsewhere it is another.

    Parameters
    ----------
    least : float, default 1e-10
        The smallest deviation that is divided by.

    Notebook: 14.

    Examples
    --------
    >>> norm, wave = LevelNorm(), torch.tensor([[1.0, 3.0]])
    >>> torch.equal(norm(wave), norm(10 * wave))
    True
    >>> with held(statistics_of(norm, lambda: norm(wave))):
    ...     (norm(3 * wave) / norm(wave)).round(decimals=3).tolist()
    [[-1.0, 7.0]]
    """

    fixed: tuple[Tensor, Tensor] | None
    seen: tuple[Tensor, Tensor] | None

    def __init__(self, least: float = LEAST_DEVIATION):
        super().__init__()
        self.least, self.fixed, self.seen = least, None, None

    def forward(self, values: Tensor) -> Tensor:
        if self.fixed is None:
            deviation = values.std(dim=-1, keepdim=True).clamp(min=self.least)
            mean = values.mean(dim=-1, keepdim=True)
        else:
            mean, deviation = self.fixed
        self.seen = (mean.detach(), deviation.detach())
        return (values - mean) / deviation


Statistics = dict[LevelNorm, tuple[Tensor, Tensor]]


def statistics_of(model: nn.Module, call: Callable[[], Tensor]) -> Statistics:
    """The statistics that each `LevelNorm` of a model sees in one call, by module.

    Parameters
    ----------
    model : nn.Module
    call : callable
        Calls the model with one recording.

    Examples
    --------
    >>> norm = LevelNorm()
    >>> statistics_of(norm, lambda: norm(torch.tensor([[1.0, 3.0]])))[norm][0].tolist()
    [[2.0]]
    """
    norms = [module for module in model.modules() if isinstance(module, LevelNorm)]
    if not norms:
        return {}
    with torch.no_grad():
        call()
    statistics = {norm: norm.seen for norm in norms if norm.seen is not None}
    for norm in norms:
        norm.seen = None
    return statistics


@contextmanager
def held(statistics: Statistics) -> Iterator[None]:
    """The statistics of these modules are fixed inside, and free again afterwards.

    Examples
    --------
    >>> norm = LevelNorm()
    >>> with held({norm: (torch.zeros(1, 1), torch.ones(1, 1))}):
    ...     norm(torch.tensor([[1.0, 3.0]])).tolist()
    [[1.0, 3.0]]
    """
    for norm, fixed in statistics.items():
        norm.fixed = fixed
    try:
        yield
    finally:
        for norm in statistics:
            norm.fixed = norm.seen = None
