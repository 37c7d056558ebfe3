"""Checks for the exercises of notebook 03: each says what is right, or what to look at."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from ..checks import NotYet, answered_tensor, compare, exercise, listed_in_hint, near, require


def _smooth_classifier() -> tuple[nn.Module, Tensor, Tensor]:
    """A small network with three classes, a clip for it and a baseline; smooth, so that few steps
    integrate it well.
    """
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 2
    return model, torch.randn(1, 1, 3, 4, generator=generator), torch.full((1, 1, 3, 4), -1.0)


def _logit(outputs: Tensor) -> Tensor:
    return outputs[:, 1]


def _gradient(model: nn.Module, values: Tensor, output: Callable = _logit) -> Tensor:
    x = values.clone().requires_grad_()
    return torch.autograd.grad(output(model(x)).sum(), x)[0]


@exercise
def check_gradient_times_input(answer: Callable[[nn.Module, Tensor, int], Tensor]) -> str:
    """Exercise 3.1: gradient × input for the logit of a class, from model, values and target.

    Examples
    --------
    >>> check_gradient_times_input(lambda model, values, target: values)
    Not yet. The largest bin should be 0.392 in size, and yours is 1.706.
    """
    model, values, _ = _smooth_classifier()
    result = answered_tensor(answer, values.shape, model, values, 1)
    gradient = _gradient(model, values)
    right = gradient * values
    all_classes = values * _gradient(model, values, lambda outputs: outputs)
    probability = values * _gradient(model, values, lambda outputs: outputs.softmax(dim=1)[:, 1])
    largest = values * _gradient(model, values, lambda outputs: outputs.amax(dim=1))
    known = {
        "That is the gradient alone, the question of saliency. Weight it with what is there: the "
        "input.": gradient,
        "The signs are gone. What speaks against the class should come out negative.": right.abs(),
        "What speaks against the class is gone. It should come out negative.": right.clamp(min=0),
        "That explains all classes at once. Pick one.": all_classes,
        "That explains the class with the largest logit. Pick the one called target.": largest,
        "That explains the probability, which other classes push about. Explain the logit, the "
        "model's own output.": probability,
    }
    text = f"The largest bin should be {right.abs().max():.3f} in size, and yours is "
    text += f"{result.abs().max():.3f}."
    if near(result.abs(), right.abs()):
        text = "The sizes are right, and the signs are not: change no sign, drop none."
    compare(result, right, known, text)
    return "The gradient says what a step would do, the input how many steps there are."


@exercise
def check_integrated_gradients(
    answer: Callable[[nn.Module, Tensor, int, Tensor, int], Tensor],
) -> str:
    """Exercise 3.2: integrated gradients by hand, from model, values, target, baseline and the
    number of steps.

    Examples
    --------
    >>> check_integrated_gradients(lambda model, values, target, baseline, steps: values - baseline)
    Not yet. The attributions should sum to -0.553, what the way gains; yours sum to 8.886.
    """
    model, values, baseline = _smooth_classifier()
    result = answered_tensor(answer, values.shape, model, values, 1, baseline, 200)

    def mean_gradient(start: Tensor, steps: int = 400, place: float = 0.5) -> Tensor:
        way = (torch.arange(steps) + place).reshape(-1, 1, 1, 1) / steps
        return _gradient(model, start + way * (values - start)).mean(dim=0, keepdim=True)

    length, mean = values - baseline, mean_gradient(baseline)
    right = mean * length
    known = {
        "That is the mean gradient. Multiply it by the length of the way, clip less "
        "baseline.": mean,
        "Multiply by clip less baseline, not by the clip: the way starts there.": mean * values,
        "Your way starts at 0. Start at the baseline.": mean_gradient(0 * baseline) * values,
        "That is 200 times too large: take the mean over the steps, not the sum.": 200 * right,
        "The sign is turned: the way leads from the baseline to the clip.": -right,
        "Only the gradient at the clip itself counts in yours. Take it at many points of the "
        "way.": _gradient(model, values) * length,
    }
    with torch.no_grad():
        due = _logit(model(values) - model(baseline))[0]
    text = f"The attributions should sum to {due:.3f}, what the way gains; yours sum to "
    text += f"{result.sum():.3f}."
    if near(result.sum() / due, 1, 0.02):
        text = f"The sum, {due:.3f}, is right, its parts are not: give each bin its own gradient."
    first = _gradient(model, baseline + length / 400) * length
    lost = "Only one point got a gradient, the others got 0: sum the logits of all points first."
    require(not near(200 * result, first, 0.02), lost)
    compare(result, right, known, text, 0.02)
    few = answered_tensor(answer, values.shape, model, values, 1, baseline, 4)
    start, middle, end = (mean_gradient(baseline, 4, place) * length for place in (0, 0.5, 1))
    text = "Right for 200 steps, where a point more or less hides. With 4 take 4 points, the "
    text += "middle or the end of each step, and their mean."
    require(any(near(few, rule, 1e-3) for rule in (start, middle, end, (start + end) / 2)), text)
    return f"The attributions sum to {result.sum():.3f}, and the output gains {due:.3f} on the way."


@exercise
def check_shapley(answer: Callable[[Callable[[Iterable[int]], float], int], Tensor]) -> str:
    """Exercise 3.3: exact Shapley values, shape (players,), from a function that says what a set is
    worth.

    Examples
    --------
    >>> check_shapley(lambda worth, players: torch.tensor([worth({p}) for p in range(players)]))
    Not yet. That is what each is worth alone. What they make together goes to nobody.
    """

    def worth(present: Iterable[int]) -> float:
        present = set(present)
        pairs = 4.0 * (present >= {1, 2}) + 2.0 * (present >= {0, 1})
        together = pairs + 12.0 * (present >= {0, 1, 2})
        return 3.0 + 6.0 * (0 in present) + together  # 3 without anybody

    result = answered_tensor(answer, (3,), worth, 3)
    empty = "What the empty set is worth, 3, is nobody's gain"
    nobody = "What they make together goes to nobody."
    known = {
        "That is what each takes away when it leaves last. They sum to more than they gain, 24: "
        "what two make together is counted twice.": [20, 18, 16],
        f"That is what each is worth alone. {nobody}": [9, 3, 3],
        f"That is what each adds alone. {nobody}": [6, 0, 0],
        f"{empty}: start from worth(set()), not from 0.": [12, 8, 7],
        "You weigh all subsets alike. Weigh them by how many orders lead through them.": [10, 6, 5],
        "Twice too large: each order is counted once, and there are six.": [22, 14, 12],
        "That is the sum over the six orders. Take the mean.": [66, 42, 36],
    }
    text = "The values are 11, 7, 6, in sum 24: what all are worth, 27, less 3 for nobody. Yours "
    compare(result, [11, 7, 6], known, f"{text}are {listed_in_hint(result, '.4g')}.")
    try:
        square = answered_tensor(answer, (4,), lambda present: float(len(set(present)) ** 2), 4)
    except NotYet as hint:
        raise NotYet(f"Right for three players, but not for four. {hint}") from hint
    text = "Right for three players. Four players who are worth their number squared get 4 each."
    require(near(square, [4, 4, 4, 4]), text)
    return "They sum to what all gain together, and what is made together is shared fairly."
