"""Right and wrong answers to the exercises of notebook 11."""

import torch

from audioxai_lite.course.nb11.networks import as_values, sounds
from audioxai_lite.evaluation.causes import interventional_effect, margin


def epsilon_rule(inputs, weight, bias, arriving):
    outputs = inputs @ weight.T + bias
    return inputs * ((arriving / outputs) @ weight)


def epsilon_rule_of_contributions(inputs, weight, bias, arriving):
    parts = inputs[:, None] * weight
    outputs = parts.sum(dim=2) + bias
    return (parts / outputs[..., None] * arriving[..., None]).sum(dim=1)


def epsilon_rule_by_gradient(inputs, weight, bias, arriving):
    probe = inputs.clone().requires_grad_()
    outputs = torch.nn.functional.linear(probe, weight, bias)
    share = (arriving / outputs).detach()
    return inputs * torch.autograd.grad((outputs * share).sum(), probe)[0]


def labels(clips):
    return torch.tensor([clip.target for clip in clips])


def heard(clips):
    return as_values("waveform", sounds(clips))


def margin_lost(network, clips, change):
    again = [change(clip) for clip in clips]
    return margin(network(heard(clips)), labels(clips)) - margin(
        network(heard(again)), labels(again)
    )


def margin_lost_by_library(network, clips, change):
    again = heard([change(clip) for clip in clips])
    return interventional_effect(network, heard(clips), again, labels(clips))


def margin_lost_of_two_classes(network, clips, change):
    towards = 2.0 * labels(clips) - 1
    before, after = (network(heard(each)) for each in (clips, [change(clip) for clip in clips]))
    return towards * ((before[:, 1] - before[:, 0]) - (after[:, 1] - after[:, 0]))


def own_output(network, clips, change):
    label = labels(clips)[:, None]
    before, after = (network(heard(each)) for each in (clips, [change(clip) for clip in clips]))
    return (before.gather(1, label) - after.gather(1, label))[:, 0]


def own_probability(network, clips, change):
    label = labels(clips)[:, None]
    again = [change(clip) for clip in clips]
    before, after = (network(heard(each)).softmax(dim=1) for each in (clips, again))
    return (before.gather(1, label) - after.gather(1, label))[:, 0]


def gained(network, quiet, humming):
    return (network(humming) - network(quiet)).mean(dim=0)


def suspect(network, other, quiet, humming):
    return (gained(network, quiet, humming) - gained(other, quiet, humming)).argmax()


RIGHT = {
    "check_epsilon_rule": [epsilon_rule, epsilon_rule_of_contributions, epsilon_rule_by_gradient],
    "check_effect": [margin_lost, margin_lost_by_library, margin_lost_of_two_classes],
    "check_suspect": [
        suspect,
        lambda network, other, quiet, humming: int(
            ((network(humming) - other(humming)) - (network(quiet) - other(quiet)))
            .sum(dim=0)
            .argmax()
        ),
        lambda network, other, quiet, humming: (
            torch.stack([gained(each, quiet, humming) for each in (other, network)])
            .diff(dim=0)
            .argmax()
        ),
    ],
}

WRONG = {
    "check_epsilon_rule": [
        (
            lambda inputs, weight, bias, arriving: inputs * (arriving @ weight),
            "Divide what arrives by each output",
        ),
        (
            lambda inputs, weight, bias, arriving: (
                inputs * ((arriving / (inputs @ weight.T)) @ weight)
            ),
            "The bias belongs to the output",
        ),
        (
            lambda inputs, weight, bias, arriving: (arriving / (inputs @ weight.T + bias)) @ weight,
            "input times weight",
        ),
        (
            lambda inputs, weight, bias, arriving: (
                epsilon_rule(inputs, weight, bias, arriving)
                if len(weight) == 6
                else torch.zeros_like(inputs)
            ),
            "gradient × input",
        ),
        (lambda inputs, weight, bias, arriving: torch.rand(3, 5), "relevance begins"),
    ],
    "check_effect": [
        (lambda network, clips, change: torch.zeros(len(clips)), "here something is"),
        (
            lambda network, clips, change: -margin_lost(network, clips, change),
            "Take the margin after from that before",
        ),
        (own_output, "best of the others"),
        (own_probability, "Probabilities are crushed"),
        (
            lambda network, clips, change: margin(network(heard(clips)), labels(clips)),
            "That is the margin before",
        ),
        (
            lambda network, clips, change: margin(
                network(heard([change(clip) for clip in clips])), labels(clips)
            ),
            "That is the margin after",
        ),
        (lambda network, clips, change: torch.ones(len(clips)), "With eight times the breath"),
    ],
    "check_suspect": [
        (lambda network, other, quiet, humming: network(humming).mean(dim=0).argmax(), "hum add?"),
        (
            lambda network, other, quiet, humming: suspect(other, network, quiet, humming),
            "turn the difference round",
        ),
        (
            lambda network, other, quiet, humming: gained(network, quiet, humming).argmax(),
            "Hum speaks for 9 in networks that never met it",
        ),
        (lambda network, other, quiet, humming: 2, "Not 2: which output"),
        (lambda network, other, quiet, humming: 5, "Not 5: which output"),
    ],
}
