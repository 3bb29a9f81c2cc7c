@echo off
rem Sets up kopanalysis once, then makes the report. Drag an office folder onto this file.
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
if exist .venv\.ready goto run
where py >nul 2>nul
if errorlevel 1 (set PY=python) else (set PY=py -3)
%PY% -c "import sys; sys.exit(sys.version_info < (3, 11))"
if errorlevel 1 (
  echo kopanalysis needs Python 3.11 or newer: install it from python.org, then start again.
  pause
  exit /b 2
)
%PY% -m venv .venv || goto failed
.venv\Scripts\python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . || goto failed
echo ready> .venv\.ready
:run
.venv\Scripts\kopanalysis report %*
set CODE=%errorlevel%
if %CODE%==0 for /f "delims=" %%f in ('dir /b /s /o-d reports\index.html') do (start "" "%%f" ^& goto done)
:done
pause
exit /b %CODE%
:failed
echo The set-up failed; see the lines above.
pause
exit /b 1
