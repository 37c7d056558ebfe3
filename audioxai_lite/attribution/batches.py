"""What every attribution shares: inputs are checked, clips explained a few at a time, each from the
same random state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from audioxai_lite.models import evaluating

Target = int | Tensor | None


def explain_in_batches(
    explain: Callable[[Tensor, Tensor | None], Tensor],
    model: nn.Module,
    values: Tensor,
    target: Target,
    clips: int,
    name: str,
    seed: int = 0,
) -> Tensor:
    """Explain so many clips at a time, each from the same random state, with a progress bar after
    two seconds.
    """
    if values.ndim != 4 or values.shape[1] != 1:
        raise ValueError(
            f"values have the shape (batch, 1, frequency, time), not {tuple(values.shape)}"
        )
    if not values.isfinite().all():
        raise ValueError(
            f"values hold NaN or infinity in clip {int((~values.isfinite()).flatten(1).any(1).nonzero()[0])}"
        )
    if isinstance(target, int):
        target = torch.full((len(values),), target)
    if target is not None and target.shape != (len(values),):
        raise ValueError(
            f"target is a class, or one class a clip, not of shape {tuple(target.shape)}"
        )
    with evaluating(model):
        outputs = model(values[:1]).shape
    if target is None and outputs != (1,):
        raise ValueError(
            f"without a target the model must give one number a clip, and this one gives {tuple(outputs)}; "
            "name the class, or wrap a detector in detection.Score"
        )
    if target is not None and len(outputs) != 2:
        raise ValueError(
            "this model gives one number a clip and has no classes: leave the target out"
        )
    if target is not None and not (0 <= target.min() and target.max() < outputs[1]):
        raise ValueError(f"target lies between 0 and {outputs[1] - 1}, not at {target.tolist()}")
    maps = []
    with evaluating(model), torch.enable_grad(), torch.random.fork_rng(devices=[]), _numpy_state():
        for first in tqdm(range(0, len(values), clips), desc=name, unit="batch", delay=2):
            torch.manual_seed(seed)
            np.random.seed(seed)
            part = slice(first, first + clips)
            result = explain(values[part].detach(), None if target is None else target[part])
            maps.append(result.detach().to(values.dtype))
    return torch.cat(maps)


@contextmanager
def _numpy_state() -> Iterator[None]:
    """Leaves NumPy's global random numbers as they were: Captum draws from them as well as from
    torch's.
    """
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
