"""The checks of the exercises: right answers pass, wrong ones get the hint that fits, nothing is
thrown. The answers stand beside, in a file a notebook.
"""

import importlib
import inspect
import json
import math
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from audioxai_lite import AudioModel, masks
from audioxai_lite.attribution.manipulation import manipulate_values
from audioxai_lite.course.checks import Feedback
from audioxai_lite.course.nb11.networks import as_values, sounds
from audioxai_lite.evaluation import stability
from audioxai_lite.evaluation.axes import axis_test
from audioxai_lite.evaluation.causes import margin
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
CHECKS = {
    name: check
    for file in sorted((HERE.parents[1] / "audioxai_lite" / "course").glob("nb*/exercises.py"))
    for name, check in vars(
        importlib.import_module(f"audioxai_lite.course.{file.parent.name}.exercises")
    ).items()
    if name.startswith("check_")
}
RIGHT, WRONG = {}, {}
for file in sorted(HERE.glob("nb*/nb*_answers.py")):
    answers = runpy.run_path(str(file))
    RIGHT |= answers["RIGHT"]
    WRONG |= answers["WRONG"]

NUMBERS = (
    "check_area",
    "check_event_start",
    "check_masked_loss",
    "check_auc",
    "check_attenuation",
    "check_all_ones_share",
    "check_average_drop",
    "check_average_precision",
    "check_off_by",
)


def cases(table):
    """One parameter for each answer: the check, and what stands beside it in the table."""
    for name, answers in table.items():
        for number, answer in enumerate(answers):
            values = answer if isinstance(answer, tuple) else (answer,)
            yield pytest.param(CHECKS[name], *values, id=f"{name.removeprefix('check_')}-{number}")


def told(feedback, hint=""):
    assert isinstance(feedback, Feedback) and not feedback and feedback.passed is False
    assert hint in feedback.text and len(feedback.text) > 20
    assert repr(feedback) == f"Not yet. {feedback.text}"


def test_every_check_is_tested_here():
    assert set(CHECKS) == set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 3 for table in (RIGHT, WRONG) for answers in table.values())


@pytest.mark.parametrize(("check", "answer"), cases(RIGHT))
def test_right_answer_passes(check, answer):
    feedback = check(answer)
    assert feedback and feedback.passed is True, feedback
    assert repr(feedback) == f"Right. {feedback.text}" and len(feedback.text) > 20
    assert check(answer) == feedback


@pytest.mark.parametrize(("check", "answer", "hint"), cases(WRONG))
def test_wrong_answer_gets_the_hint_that_fits(check, answer, hint):
    told(check(answer), hint)


def test_an_answer_that_ignores_the_mask_is_told_so():
    feedback = CHECKS["check_mask_decibels"](lambda decibels, mask, floor: decibels)
    told(feedback)
    assert "other way round" not in feedback.text


def shipped(*_): ...


def failing(*_):
    return 1 / 0


@pytest.mark.parametrize("name", CHECKS)
def test_stub_raising_and_unfit_functions_are_answered(name):
    check = CHECKS[name]
    told(check(shipped), "returns nothing yet")
    told(check(lambda *_: ...), "returns nothing yet")
    told(check(failing), "stopped with ZeroDivisionError: division by zero")
    told(check(lambda: None), "stopped with TypeError")
    told(check(lambda *_: undefined), "stopped with NameError")  # noqa: F821
    told(check(None), "stopped with TypeError")


@pytest.mark.parametrize(
    "result",
    ["a quarter", b"", [], {}, (1, 2, 3), object, print, np.zeros((2, 2)), slice(3)],
    ids=repr,
)
@pytest.mark.parametrize("name", CHECKS)
def test_result_of_the_wrong_type_is_told(name, result):
    told(CHECKS[name](lambda *_: result), type(result).__name__)


@pytest.mark.parametrize("shape", [(0,), (2,), (1, 2, 3), (1, 1, 4, 11)], ids=str)
@pytest.mark.parametrize("name", CHECKS)
def test_tensor_of_the_wrong_shape_is_told(name, shape):
    told(CHECKS[name](lambda *_: torch.zeros(shape)), f"Tensor of shape {shape}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", CHECKS)
def test_nan_and_infinity_are_told(name, value):
    told(
        CHECKS[name](
            lambda first, *_: (
                torch.tensor(value) if name in NUMBERS else torch.full_like(first, value)
            )
        )
    )
    if name in NUMBERS:
        told(CHECKS[name](lambda *_: value), f"this is {value}")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
@pytest.mark.parametrize(
    "name", ["check_to_decibels", "check_mask_decibels", "check_griffin_lim_step"]
)
def test_another_precision_is_judged_and_not_thrown(name, dtype):
    feedback = CHECKS[name](lambda *inputs: RIGHT[name][0](*inputs).to(dtype))
    assert isinstance(feedback, Feedback) and (feedback or dtype == torch.float16)


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.bool], ids=str)
@pytest.mark.parametrize(
    "name", ["check_to_decibels", "check_mask_decibels", "check_griffin_lim_step"]
)
def test_another_kind_of_number_is_told_and_not_thrown(name, dtype):
    told(CHECKS[name](lambda *inputs: (RIGHT[name][0](*inputs) * 0.5).to(dtype)))


SOLUTION = re.compile(
    r"<details><summary>Solution</summary>\s*```text\n(.*?)```\s*</details>", re.DOTALL
)


def source(cell):
    return "".join(cell["source"])


def read_exercises():
    """Of every notebook: (name, check, function, the cell as shipped, the solution or None)."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        open_exercise = None
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = source(cell)
            if cell["cell_type"] == "code":
                call = re.search(r"^exercises\.(check_\w+)\((\w+)\)", text, re.MULTILINE)
                open_exercise = [path.stem, *call.groups(), text, None] if call else None
                found += [open_exercise] if call else []
            elif open_exercise and (solution := SOLUTION.search(text)):
                open_exercise[-1] = solution[1]
    return found


EXERCISES = [
    pytest.param(*exercise, id=f"{exercise[0][:2]}-{exercise[1]}") for exercise in read_exercises()
]


def test_every_exercise_of_every_notebook_is_found_and_solved():
    found = read_exercises()
    assert {check for _, check, *_ in found} == set(CHECKS)
    assert [exercise[:2] for exercise in found if exercise[-1] is None] == []
    for path in NOTEBOOKS.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        announced = sum(
            source(cell).count("**Exercise ") for cell in cells if cell["cell_type"] == "markdown"
        )
        assert announced == sum(name == path.stem for name, *_ in found), path.stem


@pytest.mark.parametrize(("notebook", "check", "function", "stub", "solution"), EXERCISES)
def test_solution_of_the_notebook_passes_and_its_stub_does_not(
    notebook, check, function, stub, solution
):
    namespace = {"torch": torch, "masks": masks, "levels": levels, "stability": stability}
    namespace |= {"AudioModel": AudioModel, "LogMel": LogMel, "axis_test": axis_test}
    namespace |= {"manipulate_values": manipulate_values, "margin": margin}
    namespace |= {"sounds": sounds, "as_values": as_values, "np": np}
    exec(solution, namespace)
    feedback = CHECKS[check](namespace[function])
    assert feedback, f"{notebook}: {feedback}"
    namespace = {"torch": torch, "exercises": SimpleNamespace(**CHECKS)}
    exec(stub, namespace)
    told(CHECKS[check](namespace[function]), "returns nothing yet")


@pytest.mark.parametrize(("notebook", "check", "function", "stub", "solution"), EXERCISES)
def test_stub_and_solution_take_the_same_arguments(notebook, check, function, stub, solution):
    signatures = []
    for code in (stub, solution):
        namespace = {"torch": torch, "exercises": SimpleNamespace(**CHECKS)}
        exec(code, namespace)
        signatures.append(inspect.signature(namespace[function]))
    assert signatures[0] == signatures[1]


def test_a_constant_is_no_answer_to_the_area():
    assert "keeps everything" in repr(CHECKS["check_area"](lambda mask: 0.25))
