# Installs the course from this folder, without internet, and opens it at notebook 00.
# Usage: powershell -ExecutionPolicy Bypass -File start.ps1 [options of JupyterLab]
$here = $PSScriptRoot
Set-Location (Join-Path $here "course")
$python = ".venv\Scripts\python.exe"
$offline = "--no-index", "--find-links", "$here\wheels", "--no-deps", "--quiet", "--disable-pip-version-check"
if (-not (Test-Path ".venv\offline")) {
    if (-not (Get-Command py -ErrorAction SilentlyContinue)) {
        Write-Host "Python {{ version }} is needed, with the launcher py that its installer brings."
        exit 1
    }
    & py -{{ version }} -m venv --clear .venv
    if ($LASTEXITCODE -ne 0) {
        Write-Host "No environment could be made: is Python {{ version }} missing, or the folder read-only?"
        exit 1
    }
    Write-Host "Installing, which takes some minutes ..."
    & $python -m pip install @offline --requirement "$here\wheels\windows.txt"
    if ($LASTEXITCODE -ne 0) { exit 1 }
    & $python -m pip install @offline --editable .
    if ($LASTEXITCODE -ne 0) { exit 1 }
    New-Item -ItemType File ".venv\offline" | Out-Null
}
$env:AUDIOXAI_MIRROR = "$here\archives"
& $python -m jupyterlab "--ServerApp.root_dir=." "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" @args
