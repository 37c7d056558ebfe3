"""Ways to use the course on machines of others: a container, Binder, Colab, and the workflows of
whoever hosts the repository. Their files parse, and name what there is, in the versions of ours.
"""

import json
import os
import re
import shlex
import subprocess

import pytest
import yaml
from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINNED = {line.partition("==")[0].lower(): line.partition("==")[2] for line in LINES}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def parsed(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_container_makes_the_environment_and_opens_notebook_00():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(text)
    assert container["image"].startswith("python:3.11")
    assert container["runArgs"] == ["--env", "TORCH_INDEX"]  # as it is outside, or not at all
    make, target = container["postCreateCommand"].split()
    plan = subprocess.run([make, "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert plan.returncode == 0 and target == ".venv/.installed"
    for name in container["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).is_file() and name.startswith("notebooks/00")
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"].endswith("/.venv/bin/python")


def test_binder_takes_the_cpu_build_of_our_torch_and_then_our_versions():
    environment = parsed(ROOT / "binder" / "environment.yml")
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"] == [
        "python=3.11",
        "pip",
        f"pytorch={PINNED['torch']}=cpu*",
        f"torchaudio={PINNED['torchaudio']}",
        f"torchvision={PINNED['torchvision']}",
    ]
    after = ROOT / "binder" / "postBuild"
    assert os.access(after, os.X_OK)
    *_, last = after.read_text(encoding="utf-8").splitlines()
    words = shlex.split(last)
    assert words[:4] == ["python", "-m", "pip", "install"]
    assert words[-5:] == ["--constraint", "constraints.txt", "--editable", ".", "torchcrepe"]


def test_colab_keeps_its_torch_and_gets_our_versions_of_what_it_lacks():
    (line,) = re.findall(r"^ +%pip install (--no-deps .+)$", README, re.MULTILINE)
    options, packages = line.split()[:3], line.split()[3:]
    assert options == ["--no-deps", "--editable", "."]
    for package in packages:
        name, version = package.split("==")
        assert PINNED[name] == version and not name.startswith("torchv"), package
    assert {"captum", "lime", "torchcrepe", "zennit"} <= {p.split("==")[0] for p in packages}
    assert {"torch", "torchaudio", "torchvision"}.isdisjoint(p.split("==")[0] for p in packages)


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_calls_what_the_makefile_has_in_the_time_there_is(path):
    workflow = parsed(path)
    targets = set(re.search(r"^\.PHONY: (lab .*)$", MAKEFILE, re.MULTILINE)[1].split())
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"].startswith(path.stem)
    assert workflow["env"] == {"TORCH_INDEX": "${{ vars.TORCH_INDEX }}"}
    called = set()
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        chosen = job.get("strategy", {}).get("matrix", {}).get("target", [])
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
            else:
                make, target = step["run"].split(maxsplit=1)
                assert make == "make"
                called |= {*chosen} if target == "${{ matrix.target }}" else {target}
            if step.get("uses", "").startswith("actions/setup-python"):
                assert step["with"]["python-version"] == "3.11"
                assert step["with"]["cache"] == "pip"
                for name in step["with"]["cache-dependency-path"].split():
                    assert (ROOT / name).is_file()
    assert called == {"tests": {"test", "lint"}, "site": {"site"}}[path.stem] and called <= targets


def test_only_the_job_that_publishes_may_and_only_from_main():
    tests, site = (parsed(ROOT / ".github" / "workflows" / f"{n}.yml") for n in ("tests", "site"))
    assert not any("permissions" in job for job in tests["jobs"].values())
    assert "permissions" not in site["jobs"]["build"]
    assert site["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert site["jobs"]["publish"]["needs"] == "build"
    assert site["jobs"]["publish"]["if"] == "github.ref == 'refs/heads/main'"
    upload = site["jobs"]["build"]["steps"][-1]
    assert upload["with"] == {"path": "site"}  # where `make site` writes
    assert "build_site.py site\n" in MAKEFILE
    assert site[True]["push"] == {"branches": ["main"]}  # YAML reads the key `on` as true


def test_the_readme_names_the_files_of_hosts():
    for name in (".devcontainer/", "binder/", ".github/workflows/"):
        assert f"`{name}`" in README and (ROOT / name).is_dir()
