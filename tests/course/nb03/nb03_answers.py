"""Right and wrong answers to the exercises of notebook 03; the wrong ones with part of the hint."""

import itertools
import math

import torch


def gradient(model, values, target):
    x = values.clone().requires_grad_()
    return torch.autograd.grad(model(x)[:, target].sum(), x)[0]


def probability_gradient(model, values, target):
    x = values.clone().requires_grad_()
    return torch.autograd.grad(model(x).softmax(dim=1)[:, target].sum(), x)[0]


def integrated(model, values, target, baseline, steps):
    way = ((torch.arange(steps) + 0.5) / steps).reshape(-1, 1, 1, 1)
    return gradient(model, baseline + way * (values - baseline), target).mean(0, keepdim=True) * (
        values - baseline
    )


def integrated_by_loop(model, values, target, baseline, steps, points=None):
    total = 0
    for step in points or range(1, steps + 1):
        total = total + gradient(model, baseline + step / steps * (values - baseline), target)
    return total / steps * (values - baseline)


def integrated_largest(model, values, target, baseline, steps):
    return integrated(lambda x: model(x).amax(dim=1, keepdim=True), values, 0, baseline, steps)


def integrated_one_point(model, values, target, baseline, steps):
    """The middle of the first of the steps, and a mean over all of them."""
    return 2 * integrated_by_loop(model, values, target, baseline, 2 * steps, points=[1])


def gradient_times_input_largest(model, values, target):
    return values * gradient(lambda x: model(x).amax(dim=1, keepdim=True), values, 0)


def shapley(worth, players):
    total = torch.zeros(players)
    for order in itertools.permutations(range(players)):
        for place, player in enumerate(order):
            total[player] += worth(order[: place + 1]) - worth(order[:place])
    return total / math.factorial(players)


def shapley_by_subsets(worth, players, weight=None):
    total = torch.zeros(players)
    for player in range(players):
        others = set(range(players)) - {player}
        for size in range(players):
            orders = (
                math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            )
            for subset in map(set, itertools.combinations(others, size)):
                gain = worth(subset | {player}) - worth(subset)
                total[player] += gain * (weight if weight is not None else orders)
    return total


def leave_one_out(worth, players):
    everyone = set(range(players))
    return torch.tensor([worth(everyone) - worth(everyone - {player}) for player in range(players)])


def shapley_from_zero(worth, players):
    return shapley(lambda present: worth(present) if present else 0.0, players)


RIGHT = {
    "check_gradient_times_input": [
        lambda model, values, target: values * gradient(model, values, target),
        lambda model, values, target: (values * gradient(model, values, target)).requires_grad_(),
        lambda model, values, target: (
            torch.func.grad(lambda x: model(x)[0, target])(values) * values
        ),
    ],
    "check_integrated_gradients": [
        integrated,
        integrated_by_loop,
        lambda *inputs: integrated_by_loop(
            *inputs, points=range(inputs[-1])
        ),  # the other end of each step
        lambda *inputs: (
            (integrated_by_loop(*inputs) + integrated_by_loop(*inputs, points=range(inputs[-1])))
            / 2
        ),
        lambda model, values, target, baseline, steps: integrated(
            model, values, target, baseline, steps
        ).double(),
    ],
    "check_shapley": [
        shapley,
        shapley_by_subsets,
        lambda *inputs: shapley(*inputs).double(),
        lambda *inputs: shapley(*inputs).tolist(),
        lambda *inputs: list(shapley(*inputs)),
    ],
}

WRONG = {
    "check_gradient_times_input": [
        (gradient, "gradient alone"),
        (lambda *inputs: (inputs[1] * gradient(*inputs)).abs(), "signs are gone"),
        (
            lambda model, values, target: values * gradient(model, values, slice(None)),
            "all classes at once",
        ),
        (lambda *inputs: inputs[1] * probability_gradient(*inputs), "Explain the logit"),
        (gradient_times_input_largest, "the one called target"),
        (lambda *inputs: -inputs[1] * gradient(*inputs), "the signs are not"),
        (lambda *inputs: inputs[1] * gradient(*inputs).abs(), "the signs are not"),
        (
            lambda *inputs: (inputs[1] * gradient(*inputs)).clamp(min=0),
            "speaks against the class is gone",
        ),
        (lambda model, values, target: values, "yours is"),
        (lambda model, values, target: values * gradient(model, values, 0), "yours is"),
        (lambda *inputs: gradient(*inputs)[0], "is expected"),
    ],
    "check_integrated_gradients": [
        (lambda *inputs: integrated(*inputs) / (inputs[1] - inputs[3]), "mean gradient"),
        (
            lambda *inputs: integrated(*inputs) / (inputs[1] - inputs[3]) * inputs[1],
            "not by the clip",
        ),
        (lambda m, v, t, b, n: integrated(m, v, t, 0 * b, n), "Start at the baseline"),
        (lambda *inputs: integrated(*inputs) * inputs[-1], "200 times too large"),
        (lambda *inputs: -integrated(*inputs), "sign is turned"),
        (lambda m, v, t, b, n: gradient(m, v, t) * (v - b), "gradient at the clip itself"),
        (lambda m, v, t, b, n: integrated(m, v, 0, b, n), "should sum to"),
        (integrated_largest, "should sum to"),
        (integrated_one_point, "Only one point got a gradient"),
        (lambda *inputs: integrated(*inputs) / inputs[-1], "should sum to"),
        (
            lambda m, v, t, b, n: (m(v) - m(b))[:, t].detach() / v.numel() * torch.ones_like(v),
            "its parts are not",
        ),
        (lambda m, v, t, b, n: integrated(m, v, t, b, 200), "With 4 take 4 points"),
        (
            lambda *inputs: integrated_by_loop(*inputs, points=range(inputs[-1] + 1)),
            "With 4 take 4 points",
        ),
        (
            lambda *inputs: integrated_by_loop(*inputs, points=range(1, inputs[-1])),
            "With 4 take 4 points",
        ),
        (lambda m, v, t, b, n: gradient(m, v, t)[0], "is expected"),
    ],
    "check_shapley": [
        (leave_one_out, "leaves last"),
        (lambda worth, n: torch.tensor([worth({player}) for player in range(n)]), "worth alone"),
        (
            lambda worth, n: shapley_by_subsets(worth, n, weight=1 / 2 ** (n - 1)),
            "how many orders lead",
        ),
        (lambda *inputs: 2 * shapley(*inputs), "Twice too large"),
        (lambda worth, n: shapley(worth, n) * math.factorial(n), "over the six orders"),
        (lambda worth, n: torch.full((n,), worth(range(n)) / n), "Yours are 9, 9, 9"),
        (
            lambda worth, n: torch.tensor([worth({player}) - worth(()) for player in range(n)]),
            "adds alone",
        ),
        (shapley_from_zero, "start from worth(set())"),
        (lambda worth, n: shapley(worth, 3), "Right for three players"),
        (lambda worth, n: tuple(shapley(worth, n).tolist()), "is expected"),
        (lambda worth, n: [shapley(worth, n)] * 2, "is expected, and this is list"),
    ],
}
