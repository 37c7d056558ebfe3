"""README, Makefile, environment.yml, constraints and pyproject.toml must tell the same story."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from support import ROOT
from typer.testing import CliRunner

from audioxai_lite.__main__ import app
from audioxai_lite.course import doctor

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PACKAGE = ROOT / "audioxai_lite"
EXTRAS = PROJECT["optional-dependencies"]


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def test_every_dependency_is_pinned_in_the_constraints_within_its_range():
    pinned = {name.lower().replace("_", "-"): version for name, version in constraints().items()}
    for text in PROJECT["dependencies"] + EXTRAS["test"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[requirement.name.lower().replace("_", "-")]), (
            text
        )


def test_constraints_name_versions_and_no_addresses():
    for name, version in constraints().items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name) and re.fullmatch(r"[0-9][0-9a-z.]*", version)


def test_torch_and_what_belongs_to_it_are_the_same_everywhere():
    pinned = [text for text in PROJECT["dependencies"] if text.startswith("torch")]
    assert pinned == ["torch==2.11.0", "torchaudio==2.11.0", "torchvision==0.26.0"]
    assert f"TORCH = {' '.join(pinned)}\n" in MAKEFILE
    names = ("torch", "torchaudio", "torchvision")
    assert [f"{name}=={constraints()[name]}" for name in names] == pinned


def test_conda_environment_installs_the_package_itself():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, through_pip = environment["dependencies"]
    assert python == f"python{PROJECT['requires-python']}"
    assert pip == "pip"
    assert through_pip["pip"] == ["--constraint constraints.txt", "--editable .[test]"]
    assert f"conda run --name {environment['name']}" in README


def test_python_version_is_the_same_everywhere():
    assert PROJECT["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in README and "Python 3.11 or newer" in MAKEFILE
    assert "sys.version_info < (3, 11)" in MAKEFILE
    assert doctor.NEEDED_PYTHON == PROJECT["requires-python"]


def test_readme_and_makefile_name_the_same_targets():
    phony = set(re.search(r"^\.PHONY: (lab .*)$", MAKEFILE, re.MULTILINE)[1].split())
    assert (
        set(re.findall(r"\bmake ([a-z]+)\b", README))
        == phony
        == {"lab", "test", "notebooks", "claims", "reproduce", "site", "offline"}
        | {"lint", "coverage", "clean"}
    )
    for target in phony:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_readme_variables_exist_in_the_makefile():
    for variable in set(re.findall(r"\b([A-Z_]{4,})=", README)):
        assert re.search(rf"^{variable} \?=", MAKEFILE, re.MULTILINE), variable


def test_readme_lists_every_notebook_and_every_link_leads_somewhere():
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(re.findall(r"\(notebooks/([^)]+)\)", README)) == notebooks | {
        "CLAIMS.md",
        "INSTRUCTORS.md",
        "picture.png",
    }
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        made = link == "site/index.html"  # by make site
        assert made or (ROOT / link).exists(), link


def test_readme_commands_exist():
    runner = CliRunner()
    commands = set(re.findall(r"python -m audioxai_lite ([a-z]+)", README))
    assert commands == {"doctor", "datasets", "download", "explain", "claims", "reproduce", "study"}
    for command in commands:
        assert runner.invoke(app, [command, "--help"]).exit_code == 0


def test_versions_agree():
    import audioxai_lite

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["version"] == citation["version"] == audioxai_lite.__version__
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_continuous_integration_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in script.splitlines()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("index", ["", "https://example.org/cpu"])
def test_the_torch_index_is_used_only_when_asked_for(index, tmp_path):
    command = ["make", "-n", "lab", f"VENV={tmp_path}/none", f"TORCH_INDEX={index}"]
    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (
        "pip install --index-url https://example.org/cpu torch==2.11.0 torchaudio==2.11.0" in plan
    ) == bool(index)
    assert plan.count("--index-url") == bool(index)
    assert "default_url=/lab/tree/notebooks/00_start_here.ipynb" in plan
    assert "token" not in plan and "password" not in plan  # Jupyter's own protection stays on


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


# Addresses that may be named. Anything else could be where somebody's packages come from.
HOSTS = {"arxiv.org", "doi.org", "github.com", "joblib.readthedocs.io", "papers.nips.cc"}
HOSTS |= {"archives.ismir.net", "ismir.net", "pytorch.org", "example.org"}
HOSTS |= {"www.w3.org"}  # the name that SVG goes by; nothing is fetched
LOCAL = {"host", "teacher", "127"}  # placeholders, and this machine
HOST = re.compile(
    r"https?://([a-z0-9-]+(?:\.[a-z][a-z0-9-]*)*)"
    r"|(?<![@\w.-])((?:[a-z0-9-]+\.)+(?:com|dev|io|net|org))\b(?!\.\w)",
    re.IGNORECASE,
)


def hosts(text: str) -> set[str]:
    """Names of hosts in a text, in addresses and alone, lower case."""
    return {(match[1] or match[2]).lower() for match in HOST.finditer(text)}


def test_only_hosts_that_may_be_named_are_named():
    for file in tracked():
        content = file.read_bytes()
        if file.suffix == ".safetensors":  # its header is text; weights may spell anything
            content = content[8 : 8 + int.from_bytes(content[:8], "little")]
        others = hosts(content.decode("utf-8", errors="ignore")) - HOSTS - LOCAL
        assert not others, f"{file.relative_to(ROOT)}: {others}"


@pytest.mark.parametrize("end", ["com", "net", "io", "org"])
@pytest.mark.parametrize(
    "text", ["pip install --index-url https://{}/simple x", "see {}, where they lie", "at={}"]
)
def test_other_hosts_would_be_found(text, end):
    host = f"packages.elsewhere.{end}"
    assert hosts(text.format(host)) - HOSTS - LOCAL == {host}


def test_nothing_committed_names_a_folder_of_one_machine():
    folders = re.compile(r"/(?:work|home)/[a-z]|/(?:root)/")
    for file in tracked():
        match = folders.search(file.read_text(encoding="utf-8", errors="ignore"))
        assert match is None, f"{file.relative_to(ROOT)}: {match[0]}"


def test_the_readme_tells_where_every_file_of_the_package_is():
    section = README.partition("## Where things are")[2].partition("\n## ")[0]
    row = re.compile(r"^\| (`\w+`|\(top\)) \|[^|]*\|([^|]*)\|$", re.MULTILINE)
    listed = set()
    for folder, files in row.findall(section):
        room = PACKAGE if folder == "(top)" else PACKAGE / folder.strip("`")
        named = re.findall(r"`(\w+)`", files.partition("; of notebook NN")[0])
        listed |= {room / f"{name}.py" for name in named}
    files = PACKAGE.rglob("[a-z]*.py")
    there = {file for file in files if not re.match(r"nb\d\d", file.parent.name)}
    assert listed == there


def test_the_first_lines_of_a_folder_name_every_function_and_its_file():
    for front in sorted(PACKAGE.glob("*/__init__.py")):
        page = ast.get_docstring(ast.parse(front.read_text(encoding="utf-8")))
        named = dict(re.findall(r"^    (\S+): ((?:.|\n      )*)", page, re.MULTILINE))
        named = {file: names.replace(",", " ").split() for file, names in named.items()}
        for file in sorted({*front.parent.rglob("*.py")} - {*front.parent.rglob("__init__.py")}):
            nodes = ast.parse(file.read_text(encoding="utf-8")).body
            names = [
                node.name
                for node in nodes
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            ]
            place = file.relative_to(front.parent).with_suffix("").as_posix()
            assert named.get(place, []) == names, file


def test_every_public_function_has_an_example_that_runs():
    """But the command line, and what studies run for minutes in cells."""
    files = {*PACKAGE.rglob("*.py")} - {*PACKAGE.glob("course/nb*/studies.py")}
    without = [
        f"{file.relative_to(PACKAGE)}: {node.name}"
        for file in sorted(files - {PACKAGE / "__main__.py"})
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if not (node.name.endswith("_cell") and "course" in file.parts)
        if ">>> " not in (ast.get_docstring(node) or "")
    ]
    assert len(files) > 80 and not without


def test_files_and_lines_stay_short():
    for file in sorted(PACKAGE.rglob("*.py")):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 300, f"{file.relative_to(PACKAGE)} has {len(lines)} lines"
        long = [number for number, line in enumerate(lines, 1) if len(line) > 100]
        assert not long, f"{file.relative_to(PACKAGE)}: lines {long} have over 100 characters"


def test_no_formatter_is_told_to_look_away():
    look_away = re.compile(r"#\s*fmt:\s*" + "(?:skip|off)")
    for file in tracked():
        if file.suffix == ".py":
            assert not look_away.search(file.read_text(encoding="utf-8")), file.relative_to(ROOT)


def test_arrows_between_the_wings_run_one_way():
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    command = [sys.executable, "-c", lint]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_every_promise_names_tests_that_there_are():
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| ") and "| Promise" not in row]
    assert rows and all("`tests/" in row.split(" | ")[1] for row in rows)
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
