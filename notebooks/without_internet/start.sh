#!/bin/sh
# Installs the course from this folder, without internet, and opens it at notebook 00.
# Usage: sh start.sh [options of JupyterLab]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case "$(uname -s) $(uname -m)" in
    "Linux x86_64") machine=linux ;;
    "Darwin arm64") machine=mac ;;
    *) machine=other ;;
esac
if [ ! -f "$here/wheels/$machine.txt" ]; then
    echo "This folder was packed for {{ machines }}; this machine is another: $(uname -s) $(uname -m)."
    exit 1
fi
cd "$here/course"
if [ ! -f .venv/offline ]; then
    found=
    fits="import sys; sys.exit(not ({{ least }}) <= sys.version_info[:3] < ({{ next }}))"
    for python in "${PYTHON:-python{{ version }}}" python3 python; do
        if "$python" -c "$fits" 2>/dev/null; then
            found=$python
            break
        fi
    done
    if [ -z "$found" ]; then
        echo "Python {{ version }} ({{ oldest }} or a later {{ version }}) is needed; name one with: PYTHON=/path/to/python{{ version }} sh start.sh"
        exit 1
    fi
    if ! "$found" -m venv --clear .venv; then
        echo "No environment could be made in $here/course/.venv: is the folder read-only (copy it to the disk), or the package python{{ version }}-venv missing?"
        exit 1
    fi
    echo "Installing, which takes some minutes ..."
    install() {
        .venv/bin/python -m pip install --no-index --find-links "$here/wheels" --no-deps \
            --quiet --disable-pip-version-check "$@"
    }
    install --requirement "$here/wheels/$machine.txt"
    install --editable .
    touch .venv/offline
fi
AUDIOXAI_MIRROR=$here/archives
export AUDIOXAI_MIRROR
exec .venv/bin/python -m jupyterlab --ServerApp.root_dir=. \
    --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb "$@"
