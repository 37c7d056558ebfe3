"""Changes one operator at a time in masks and metrics, and asks whether a test notices. Usage:
python tests/mutants.py

`make test` tries some of them (test_mutants.py); this script tries all, in some minutes, and names
those that survive.
"""

import ast
import importlib
import os
import signal
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODULES = {
    "masks": ["test_masks.py", "test_properties.py"],
    "metrics": ["test_metrics.py", "test_properties.py"],
}
# These change nothing that anybody could see: another seed for each clip, a batch one larger.
EQUIVALENT = ("1000003 * seed + number", "len(waiting) >= batch_size")
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
    source = Path(importlib.import_module(f"audioxai_lite.{module}").__file__).read_text(
        encoding="utf-8"
    )
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        operator = (
            node.op
            if isinstance(node, ast.BinOp)
            else node.ops[0]
            if isinstance(node, ast.Compare)
            else None
        )
        if type(operator) in OTHER and ast.unparse(node) not in EQUIVALENT:
            name = f"{module}.py:{node.lineno}: {type(operator).__name__} in {ast.unparse(node)}"
            found.append((tree, node, name))
    return found


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
    if isinstance(node, ast.BinOp):
        node.op = OTHER[type(node.op)]()
    else:
        node.ops[0] = OTHER[type(node.ops[0])]()
    try:
        exec(
            compile(tree, module, "exec"), vars(importlib.import_module(f"audioxai_lite.{module}"))
        )
        options = [
            "-x",
            "-q",
            "-p",
            "no:nbval",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-o",
            "addopts=",
        ]
        code = pytest.main([*options, *(str(TESTS / file) for file in MODULES[module])])
    finally:
        os._exit(int(locals().get("code", 1) != 0))


if __name__ == "__main__":
    every = [(module, *place) for module in MODULES for place in places(module)]
    left = []
    for number, (module, tree, node, name) in enumerate(every, 1):
        if survives(module, tree, node):
            left.append(name)
            print(f"survives: {name}", flush=True)
        print(f"{number} of {len(every)}", end="\r", file=sys.stderr, flush=True)
    print(f"{len(every) - len(left)} of {len(every)} mutants are noticed")
