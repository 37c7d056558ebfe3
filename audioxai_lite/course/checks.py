"""What the checks of exercises share: run a learner's answer, read the result, and compare it with
known wrong answers and the right one.

A check is a function that returns what to say to a right answer; whatever is wrong on the way
raises `NotYet` with the hint. `exercise` makes feedback of both.
"""

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

Value = Tensor | float | Sequence[float]
Known = Mapping[str, Value | tuple[Value, ...]]  # of each hint, the wrong answer or answers


@dataclass(frozen=True)
class Feedback:
    """What a check answers; as the last line of a cell it shows itself."""

    passed: bool
    text: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'Right.' if self.passed else 'Not yet.'} {self.text}"


class NotYet(Exception):
    """Ends a check with a hint."""


def exercise(check: Callable[..., str]) -> Callable[..., Feedback]:
    """A check that answers with feedback, whether it returns or raises `NotYet`.

    Examples
    --------
    >>> @exercise
    ... def check_two(answer):
    ...     compare(answered_number(answer), 2, {"That is one.": 1}, "That is not two.")
    ...     return "Two it is."
    >>> check_two(lambda: 1)
    Not yet. That is one.
    >>> check_two(lambda: 2)
    Right. Two it is.
    """

    @functools.wraps(check)
    def checked(answer: Callable) -> Feedback:
        try:
            return Feedback(True, check(answer))
        except NotYet as hint:
            return Feedback(False, str(hint))

    # For `help`: what a learner calls gives feedback.
    shown = inspect.signature(check).replace(return_annotation=Feedback)
    checked.__signature__ = shown  # type: ignore[attr-defined]
    return checked


def answered_number(answer: Callable, *arguments) -> float:
    """What an answer returns, as a number.

    Examples
    --------
    >>> answered_number(lambda values: values.mean(), torch.tensor([1.0, 2.0]))
    1.5
    """
    result = _run(answer, *arguments)
    values = np.empty(0)
    with contextlib.suppress(TypeError, ValueError, RuntimeError):  # told below
        values = np.asarray(result, dtype=float).ravel()
    require(len(values) == 1, f"One number is expected, and this is {_kind(result)}.")
    require(np.isfinite(values[0]), f"A number is expected, and this is {values[0]}.")
    return float(values[0])


def answered_tensor(answer: Callable, shape: Sequence[int], *arguments) -> Tensor:
    """What an answer returns, as a float32 tensor of a shape.

    Examples
    --------
    >>> answered_tensor(lambda values: [2 * value for value in values], (2,), [1, 2])
    tensor([2., 4.])
    """
    result = _run(answer, *arguments)
    kind = _kind(result)
    if isinstance(result, list | np.ndarray):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):  # told below
            result = torch.as_tensor(np.array(result))
    if not isinstance(result, Tensor) or result.shape != tuple(shape):
        raise NotYet(f"A tensor of shape {tuple(shape)} is expected, and this is {kind}.")
    text = f"Real numbers are expected, and these are {result.dtype}. Is a step missing?"
    require(not result.is_complex(), text)
    text = "Some values are infinite or NaN. Is something divided by nothing, or the logarithm of"
    require(result.isfinite().all(), f"{text} zero taken?")
    return result.detach().float()


def answered_kind(answer: Callable, kind: type, *arguments) -> Any:
    """What an answer returns, of a type.

    Examples
    --------
    >>> answered_kind(lambda: 3, str)
    Traceback (most recent call last):
        ...
    audioxai_lite.course.checks.NotYet: A str is asked for, and this is int.
    """
    result = _run(answer, *arguments)
    require(
        isinstance(result, kind), f"A {kind.__name__} is asked for, and this is {_kind(result)}."
    )
    return result


def _run(answer: Callable, *arguments) -> object:
    """The result for copies of the arguments: an answer may work in place."""
    copies = [copy.deepcopy(x) if isinstance(x, Tensor | np.ndarray) else x for x in arguments]
    try:
        result = answer(*copies)
    except Exception as error:  # whatever a learner's code raises is told, not thrown
        raise NotYet(f"Your function stopped with {type(error).__name__}: {error}") from error
    if result is None or result is Ellipsis:
        raise NotYet("Your function returns nothing yet: fill it in, and end it with `return`.")
    return result


def _kind(result: object) -> str:
    """The type of a result, and its shape where it has one."""
    shape = f" of shape {tuple(result.shape)}" if hasattr(result, "shape") else ""
    return f"{type(result).__name__}{shape}"


def compare(
    result: Value, right: Value, known: Known, otherwise: str, tolerance: float = 1e-4
) -> None:
    """Raise the hint that fits a result, unless the result is right.

    Parameters
    ----------
    known : dict of hint to wrong answer, or to a tuple of them
    otherwise : str
        The hint where no known wrong answer fits.
    tolerance : float, default 1e-4
        See `near`.

    Examples
    --------
    >>> compare(2.00001, 2, known={"Twice too much.": 4}, otherwise="Two is expected.")
    >>> compare(3, 2, known={"Twice too much.": 4}, otherwise="Two is expected.")
    Traceback (most recent call last):
    audioxai_lite.course.checks.NotYet: Two is expected.
    """
    if not near(result, right, tolerance):
        first_hint(result, known, tolerance)
        raise NotYet(otherwise)


def first_hint(result: Value, known: Known, tolerance: float = 1e-4) -> None:
    """Raise the hint of the first wrong answer that a result is near to.

    Examples
    --------
    >>> first_hint(3, {"Twice too much.": 4, "One too much.": (3, 4)})
    Traceback (most recent call last):
    audioxai_lite.course.checks.NotYet: One too much.
    """
    for hint, wrong in known.items():
        answers = wrong if isinstance(wrong, tuple) else (wrong,)
        require(not any(near(result, answer, tolerance) for answer in answers), hint)


def require(condition: bool | Tensor, hint: str) -> None:
    """Raise a hint unless a condition holds.

    Examples
    --------
    >>> require(1 > 2, "One is less than two.")
    Traceback (most recent call last):
    audioxai_lite.course.checks.NotYet: One is less than two.
    """
    if not condition:
        raise NotYet(hint)


def require_seeded(first: Tensor, again: Tensor, other: Tensor) -> None:
    """Raise a hint unless results of the same seed are equal, and that of another seed is not.

    Examples
    --------
    >>> require_seeded(torch.ones(2), torch.ones(2), torch.zeros(2))
    """
    text = "The same seed must give the same result: draw with `generator=generator`."
    require(torch.equal(first, again), text)
    text = "Another seed should give another result: draw at random, with the generator."
    require(not torch.equal(first, other), text)


def near(result: Value, expected: Value, tolerance: float = 1e-4) -> bool:
    """Whether no value is off by more than the tolerance times the largest expected size, or one.

    Examples
    --------
    >>> near(1000.05, 1000.0), near(0.05, 0.0)
    (True, False)
    """
    wanted = torch.as_tensor(expected, dtype=torch.float64)
    apart = (torch.as_tensor(result, dtype=torch.float64) - wanted).abs().max()
    return bool(apart <= tolerance * wanted.abs().max().clamp(min=1))


def is_hard(mask: Tensor) -> bool:
    """Whether a mask holds zeros and ones only.

    Examples
    --------
    >>> is_hard(torch.tensor([0.0, 1.0])), is_hard(torch.tensor([0.5]))
    (True, False)
    """
    return bool(((mask == 0) | (mask == 1)).all())


def listed_in_hint(values: Iterable, form: str) -> str:
    """Numbers as words of a hint.

    Examples
    --------
    >>> listed_in_hint([1, 2.5], ".2f")
    '1.00, 2.50'
    """
    return ", ".join(f"{float(value):{form}}" for value in values)
