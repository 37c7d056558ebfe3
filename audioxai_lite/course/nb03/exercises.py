"""Checks for the exercises of notebook 03: each says what is right, or what to look at."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from audioxai_lite.course.checks import Feedback, as_tensor_like, near, run_answer


def _smooth_classifier() -> tuple[nn.Module, Tensor, Tensor]:
    """A small network with three classes, a clip for it and a baseline; smooth, so that few steps
    integrate it well.
    """
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 2)
    return model, torch.randn(1, 1, 3, 4, generator=generator), torch.full((1, 1, 3, 4), -1.0)


def _gradient(model: nn.Module, values: Tensor, output: Callable[[Tensor], Tensor]) -> Tensor:
    x = values.clone().requires_grad_()
    return torch.autograd.grad(output(model(x)).sum(), x)[0]


def check_gradient_times_input(answer: Callable[[nn.Module, Tensor, int], Tensor]) -> Feedback:
    """Exercise 3.1: gradient × input for the logit of a class, from model, values and target.

    Examples
    --------
    >>> check_gradient_times_input(lambda model, values, target: values)
    Not yet. The largest bin should be 0.392 in size, and yours is 1.706.
    """
    model, values, _ = _smooth_classifier()
    result = as_tensor_like(run_answer(answer, model, values.clone(), 1), values)
    if isinstance(result, Feedback):
        return result
    gradient = _gradient(model, values, lambda outputs: outputs[:, 1])
    known = [
        (
            gradient,
            "That is the gradient alone, the question of saliency. Weight it with what is there: the input.",
        ),
        (
            (gradient * values).abs(),
            "The signs are gone. What speaks against the class should come out negative.",
        ),
        (
            (gradient * values).clamp(min=0),
            "What speaks against the class is gone. It should come out negative.",
        ),
        (
            values * _gradient(model, values, lambda outputs: outputs),
            "That explains all classes at once. Pick one.",
        ),
        (
            values * _gradient(model, values, lambda outputs: outputs.softmax(dim=1)[:, 1]),
            "That explains the probability, which other classes push about. Explain the logit, the model's own output.",
        ),
    ]
    for wrong, hint in known:
        if near(result, wrong):
            return Feedback(False, hint)
    if not near(result, gradient * values):
        if near(result.abs(), (gradient * values).abs()):
            return Feedback(
                False, "The sizes are right, and the signs are not: change no sign, drop none."
            )
        return Feedback(
            False,
            f"The largest bin should be {(gradient * values).abs().max():.3f} in size, "
            f"and yours is {result.abs().max():.3f}.",
        )
    return Feedback(
        True, "The gradient says what a step would do, the input how many steps there are."
    )


def check_integrated_gradients(
    answer: Callable[[nn.Module, Tensor, int, Tensor, int], Tensor],
) -> Feedback:
    """Exercise 3.2: integrated gradients by hand, from model, values, target, baseline and the
    number of steps.

    Examples
    --------
    >>> check_integrated_gradients(lambda model, values, target, baseline, steps: values - baseline)
    Not yet. The attributions should sum to -0.553, what the way gains; yours sum to 8.886.
    """
    model, values, baseline = _smooth_classifier()
    result = as_tensor_like(
        run_answer(answer, model, values.clone(), 1, baseline.clone(), 200), values
    )
    if isinstance(result, Feedback):
        return result

    def mean_gradient(start: Tensor, steps: int = 400, place: float = 0.5) -> Tensor:
        way = (torch.arange(steps) + place).reshape(-1, 1, 1, 1) / steps
        return _gradient(model, start + way * (values - start), lambda outputs: outputs[:, 1]).mean(
            dim=0, keepdim=True
        )

    expected = mean_gradient(baseline) * (values - baseline)
    known = [
        (
            mean_gradient(baseline),
            "That is the mean gradient. Multiply it by the length of the way, clip less baseline.",
        ),
        (
            mean_gradient(baseline) * values,
            "Multiply by clip less baseline, not by the clip: the way starts there.",
        ),
        (mean_gradient(0 * baseline) * values, "Your way starts at 0. Start at the baseline."),
        (200 * expected, "That is 200 times too large: take the mean over the steps, not the sum."),
        (-expected, "The sign is turned: the way leads from the baseline to the clip."),
        (
            _gradient(model, values, lambda outputs: outputs[:, 1]) * (values - baseline),
            "Only the gradient at the clip itself counts in yours. Take it at many points of the way.",
        ),
    ]
    for wrong, hint in known:
        if near(result, wrong, 0.02):
            return Feedback(False, hint)
    with torch.no_grad():
        due = (model(values) - model(baseline))[0, 1]
    if not near(result, expected, 0.02):
        if abs(result.sum() / due - 1) < 0.02:
            return Feedback(
                False,
                f"The sum, {due:.3f}, is right, its parts are not: give each bin its own gradient.",
            )
        return Feedback(
            False,
            f"The attributions should sum to {due:.3f}, what the way gains; yours sum to {result.sum():.3f}.",
        )
    few = as_tensor_like(run_answer(answer, model, values.clone(), 1, baseline.clone(), 4), values)
    if isinstance(few, Feedback):
        return few
    left, middle, right = (
        mean_gradient(baseline, 4, place) * (values - baseline) for place in (0, 0.5, 1)
    )
    if not any(near(few, rule, 1e-3) for rule in (left, middle, right, (left + right) / 2)):
        text = "With 4 take 4 points, the middle or the end of each step, and their mean."
        return Feedback(False, f"Right for 200 steps, where a point more or less hides. {text}")
    return Feedback(
        True,
        f"The attributions sum to {result.sum():.3f}, and the output gains {due:.3f} on the way.",
    )


def check_shapley(answer: Callable[[Callable[[Iterable[int]], float], int], Tensor]) -> Feedback:
    """Exercise 3.3: exact Shapley values, shape (players,), from a function that says what a set is
    worth.

    Examples
    --------
    >>> check_shapley(lambda worth, players: torch.tensor([worth({p}) for p in range(players)]))
    Not yet. That is what each is worth alone. What they make together goes to nobody.
    """

    def worth(present: Iterable[int]) -> float:
        present = set(present)
        together = (
            4.0 * (present >= {1, 2}) + 2.0 * (present >= {0, 1}) + 12.0 * (present >= {0, 1, 2})
        )
        return 3.0 + 6.0 * (0 in present) + together  # 3 without anybody

    result = as_tensor_like(run_answer(answer, worth, 3), torch.empty(3))
    if isinstance(result, Feedback):
        return result
    known = {
        (
            20.0,
            18.0,
            16.0,
        ): "That is what each takes away when it leaves last. They sum to more than they gain, 24: "
        "what two make together is counted twice.",
        (
            9.0,
            3.0,
            3.0,
        ): "That is what each is worth alone. What they make together goes to nobody.",
        (6.0, 0.0, 0.0): "That is what each adds alone. What they make together goes to nobody.",
        (
            12.0,
            8.0,
            7.0,
        ): "What the empty set is worth, 3, is nobody's gain: start from worth(set()), not from 0.",
        (
            10.0,
            6.0,
            5.0,
        ): "You weigh all subsets alike. Weigh them by how many orders lead through them.",
        (22.0, 14.0, 12.0): "Twice too large: each order is counted once, and there are six.",
        (66.0, 42.0, 36.0): "That is the sum over the six orders. Take the mean.",
    }
    for wrong, hint in known.items():
        if near(result, torch.tensor(wrong)):
            return Feedback(False, hint)
    if not near(result, torch.tensor([11.0, 7.0, 6.0])):
        yours = ", ".join(f"{x:.4g}" for x in result)
        return Feedback(
            False,
            f"The values are 11, 7, 6, in sum 24: what all are worth, 27, less 3 for nobody. Yours are {yours}.",
        )
    square = as_tensor_like(
        run_answer(answer, lambda present: float(len(set(present)) ** 2), 4), torch.empty(4)
    )
    if isinstance(square, Feedback):
        return Feedback(False, f"Right for three players, but not for four. {square.text}")
    if not near(square, torch.full((4,), 4.0)):
        return Feedback(
            False,
            "Right for three players. Four players who are worth their number squared get 4 each.",
        )
    return Feedback(
        True, "They sum to what all gain together, and what is made together is shared fairly."
    )
