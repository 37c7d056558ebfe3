"""What the checks of exercises share: a learner's answer is run, read, compared, and answered with
a hint.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Feedback:
    """What a check answers; as the last line of a cell it shows itself."""

    passed: bool
    text: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'Right.' if self.passed else 'Not yet.'} {self.text}"


def run_answer(answer: Callable, *arguments) -> object:
    """The answer's result, or the Feedback that says why there is none."""
    try:
        result = answer(*arguments)
    except Exception as error:  # whatever a learner's code raises is told, not thrown
        return Feedback(False, f"Your function stopped with {type(error).__name__}: {error}")
    if result is None or result is Ellipsis:
        return Feedback(
            False, "Your function returns nothing yet: fill it in, and end it with `return`."
        )
    return result


def as_number(result: object) -> float | Feedback:
    """A result as a number, or the Feedback that says why it is none."""
    if isinstance(result, Feedback):
        return result
    try:
        values = np.asarray(result, dtype=float).ravel()
    except (TypeError, ValueError, RuntimeError):
        values = np.empty(0)
    if len(values) != 1:
        return Feedback(
            False, f"One number is expected, and this is {type(result).__name__}{shape_of(result)}."
        )
    value = float(values[0])
    return (
        value
        if np.isfinite(value)
        else Feedback(False, f"A number is expected, and this is {value}.")
    )


def shape_of(result: object) -> str:
    return f" of shape {tuple(result.shape)}" if hasattr(result, "shape") else ""


def as_tensor_like(result: object, model: Tensor) -> Tensor | Feedback:
    """A result as a float32 tensor of the expected shape, or the Feedback that says why it is none."""
    if isinstance(result, Feedback):
        return result
    found = f"{type(result).__name__}{shape_of(result)}"
    if isinstance(result, list | np.ndarray):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):  # told below
            result = torch.as_tensor(np.array(result))
    if not isinstance(result, Tensor) or result.shape != model.shape:
        return Feedback(
            False, f"A tensor of shape {tuple(model.shape)} is expected, and this is {found}."
        )
    if result.is_complex():
        return Feedback(
            False, f"Real numbers are expected, and these are {result.dtype}. Is a step missing?"
        )
    if not result.isfinite().all():
        text = "Some values are infinite or NaN. Is something divided by nothing, or the logarithm of zero taken?"
        return Feedback(False, text)
    return result.detach().float()


def seeded(first: Tensor, again: Tensor, other: Tensor) -> Feedback | None:
    """What is wrong with results drawn with one seed, with the same seed again, and with another
    one.
    """
    if not torch.equal(first, again):
        return Feedback(
            False, "The same seed must give the same result: draw with `generator=generator`."
        )
    if torch.equal(first, other):
        return Feedback(
            False, "Another seed should give another result: draw at random, with the generator."
        )
    return None


def near(result: Tensor, expected: Tensor, tolerance: float = 1e-4) -> bool:
    return bool((result - expected).abs().max() <= tolerance * expected.abs().max())
