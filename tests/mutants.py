"""Changes one operator at a time in masks and evaluation, and asks whether a test notices. Usage:
python tests/mutants.py

`make test` tries some of them (test_mutants.py); this script tries all, in some minutes, and names
those that survive.
"""

import ast
import importlib
import inspect
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parent
MODULES = {
    "masks.rules": ["masks/test_mask_rules.py", "test_properties.py"],
    "masks.cells": ["masks/test_mask_cells.py"],
    "evaluation.fidelity": ["evaluation/test_fidelity.py", "test_properties.py"],
    "evaluation.conciseness": ["evaluation/test_conciseness.py", "test_properties.py"],
}
# These change nothing that anybody could see: another seed for each clip, a probability that is
# higher by the margin exactly, a slower way to the same numbers.
EQUIVALENT = ("1000003 * seed + number", "kept > p + MARGIN", "values * values")
OTHER = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def places(module: str) -> list[tuple[ast.AST, ast.AST, str]]:
    """The tree of a module, each operator in it that has a counterpart, and where it stands."""
    file = importlib.import_module(f"audioxai_lite.{module}").__file__
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.Compare)]
    return [
        (tree, node, f"{module}:{node.lineno}: {type(_operator(node)).__name__} in {text}")
        for node in nodes
        if type(_operator(node)) in OTHER and (text := ast.unparse(node)) not in EQUIVALENT
    ]


def _operator(node: ast.BinOp | ast.Compare) -> ast.AST:
    return node.op if isinstance(node, ast.BinOp) else node.ops[0]


def survives(module: str, tree: ast.AST, node: ast.AST) -> bool:
    """Whether all tests of a module still pass when one of its operators is replaced; a process of
    its own.
    """
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    signal.alarm(120)  # a loop without end is noticed, too
    other = OTHER[type(_operator(node))]()
    if isinstance(node, ast.BinOp):
        node.op = other
    else:
        node.ops[0] = other
    try:
        _replace_functions(importlib.import_module(f"audioxai_lite.{module}"), tree)
        options = "-x -q -p no:nbval -p no:cacheprovider -p no:xdist -o addopts=".split()
        code = pytest.main([*options, *(str(TESTS / file) for file in MODULES[module])])
    finally:
        os._exit(int(locals().get("code", 1) != 0))


def _replace_functions(module: ModuleType, tree: ast.AST) -> None:
    """Give every function of a module the code that it has in a tree, wherever it was imported."""
    changed = dict(vars(module))
    exec(compile(tree, module.__name__, "exec"), changed)
    for name, function in vars(module).items():
        if inspect.isfunction(function) and function.__module__ == module.__name__:
            function.__code__ = changed[name].__code__


if __name__ == "__main__":
    every = [(module, *place) for module in MODULES for place in places(module)]
    left = []
    for number, (module, tree, node, name) in enumerate(every, 1):
        if survives(module, tree, node):
            left.append(name)
            print(f"survives: {name}", flush=True)
        print(f"{number} of {len(every)}", end="\r", file=sys.stderr, flush=True)
    print(f"{len(every) - len(left)} of {len(every)} mutants are noticed")
