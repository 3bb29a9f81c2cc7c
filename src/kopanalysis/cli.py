"""The command line: every command checks its words first, then does one thing, and says in one line what went wrong."""

from __future__ import annotations

import gc
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kopanalysis.errors import CallError, DataError, KopanalysisError

if TYPE_CHECKING:
    from kopanalysis.briefs.run import Order, Outcome
    from kopanalysis.loaders.load import Office

app = typer.Typer(
    help="Why cooperatives become inactive, and what training and cattle aid really did.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

DataDir = Annotated[
    Path | None, typer.Argument(help="Folder of office files (.xlsx .xls .ods .csv); none: the demonstration data.", show_default=False)
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
LANGS = ("id", "en")
EDITIONS = ("internal", "public")
KERNELS = ("warm", "plain")


@app.command()
def report(
    data_dir: DataDir = None,
    region: Annotated[str, typer.Option(help="Kemendagri code of the district; default: office.toml, else 13.11.")] = "",
    as_of: Annotated[str, typer.Option(help="Nothing known later than this day is used; default: the latest date in the data.")] = "",
    headline_date: Annotated[str, typer.Option(help="Day of the headline, such as 2022-08-25; default: office.toml, else --as-of.")] = "",
    lang: Annotated[str, typer.Option(help="Languages, comma separated.")] = "id,en",
    only: Annotated[str, typer.Option(help="Briefs, comma separated; default: all.")] = "",
    out: Annotated[Path, typer.Option(help="Where reports go.")] = Path("reports"),
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks at the same time.")] = 2,
    edition: Annotated[str, typer.Option(help="internal, or public: no names, no small cells.")] = "internal",
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A notebook parameter; see list.")] = None,
    kernel: Annotated[str, typer.Option(help="warm or plain; default: warm where it can be had.", show_default=False)] = "",
    force: Annotated[bool, typer.Option("--force", help="Make the run again even if nothing changed.")] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Load, run the notebooks, publish: briefs in two languages as HTML, PDF and DOCX.

    Notebooks named in DATA_DIR/notebooks/briefs.toml are run as well. They are code: report only folders that you trust.
    """
    from kopanalysis.briefs.execute import begin_kernels
    from kopanalysis.briefs.run import report as make

    languages = _languages(lang)
    _choice(edition, EDITIONS, "--edition")
    begin_kernels(_choice(kernel, ("", *KERNELS), "--kernel"))
    office, order = _order(data_dir, region, as_of, headline_date, only, settings or [], out)
    import dataclasses

    order = dataclasses.replace(order, langs=languages, edition=edition, force=force, jobs=jobs, kernel=kernel)
    _say_loaded(office)
    if own := [str(brief.notebook) for brief in order.briefs if brief.own]:
        _say(f"runs the office's own notebooks, which are code: {', '.join(own)}")
    _say_outcome(make(order, office, _say))


def _order(
    data_dir: Path | None, region: str, as_of: str, headline_date: str, only: str, settings: list[str], out: Path
) -> tuple[Office, Order]:
    from kopanalysis.briefs.manifest import briefs_of, pick_briefs, read_settings
    from kopanalysis.briefs.run import Order, office_settings
    from kopanalysis.briefs.study import headline_day, iso_date, last_day
    from kopanalysis.loaders.load import load_office

    folder = _folder(data_dir)
    chosen = pick_briefs(briefs_of(folder), only)
    given = read_settings(settings, chosen)
    for name, instead in (("data_dir", "the folder as the first word"), ("edition", "--edition")):
        if name in given:
            raise CallError(f"{name} can't be given by --set", mend=f"Give {instead}.")
    defaults = office_settings(folder).get("report", {})
    code = _region(str(given.pop("region", region) or defaults.get("region", "13.11")))
    asked_as_of, asked_headline = str(given.pop("as_of", as_of)), str(given.pop("headline_date", headline_date))
    office = load_office(folder, iso_date(asked_as_of, "--as-of") if asked_as_of else None, code)
    last = last_day(office)
    headline = headline_day(office, last, asked_headline, str(defaults.get("headline_date", "")))
    return office, Order(folder, tuple(chosen), out.resolve(), code, last, headline, settings=given)


def _region(code: str) -> str:
    from kopanalysis.loaders.regions import region

    return region(code).kemendagri_code


def _folder(data_dir: Path | None) -> Path:
    from kopanalysis.resources import resource

    if data_dir is None:
        return resource("data", "demo")
    if not data_dir.is_dir():
        raise CallError(f"There is no folder {data_dir}", mend="Give the folder that holds the office's spreadsheets.")
    return data_dir.resolve()


def _languages(text: str) -> tuple[Any, ...]:
    asked = tuple(part.strip() for part in text.split(",") if part.strip())
    for lang in asked:
        _choice(lang, LANGS, "--lang")
    return asked or LANGS


def _choice(value: str, allowed: tuple[str, ...], option: str) -> str:
    if value not in allowed:
        raise CallError(f"{value!r} can't be chosen", option, f"Choose from {', '.join(allowed)}.")
    return value


def _say(line: str) -> None:
    typer.echo(line)


def _say_loaded(office: Office) -> None:
    read = office.sources[office.sources["table"].notna()]
    aside = int(read["set_aside"].sum())
    accepted = int(read["accepted"].sum())
    _say(f"read {read['file'].nunique()} files, {accepted} rows accepted, {aside} set aside (kopanalysis check says why)")
    broken = office.sources[office.sources["error"].notna() & office.sources["table"].isna()]
    for row in _rows(broken):
        if row.error != "table_unrecognised":
            _say(f"could not read {row.file}: {row.error}")


def _say_outcome(outcome: Outcome) -> None:
    for sentence in outcome.failures.values():
        typer.echo(sentence, err=True)
    if outcome.portal.exists():
        _say(f"open {outcome.portal}")
    if outcome.failures:
        raise typer.Exit(1)


@app.command()
def check(
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="Where load.json and return/ go.")] = Path("reports/check"),
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Load only: what was read, what was set aside and why; return workbooks to mend it in."""
    import json

    from kopanalysis.loaders.load import load_office, load_report
    from kopanalysis.loaders.returns import write_returns

    office = load_office(_folder(data_dir), require_register=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "load.json").write_text(json.dumps(load_report(office), ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        raise CallError(f"{out} can't be written: {error.strerror}", "--out", "Choose a folder of your own.") from None
    for row in _rows(office.sources):
        place = f"{row.file} [{row.sheet}]" if row.sheet else row.file
        if isinstance(row.table, str):
            _say(f"{place}: {row.table}, {row.rows_in} rows, {row.accepted} accepted, {row.set_aside} set aside")
        elif row.error:
            _say(f"{place}: {row.error}{_seen(row)}")
    for reason, lines in office.set_aside.groupby("reason"):
        _say(f"  {len(lines)} x {reason}: {lines['reason_en'].iloc[0]}")
    _say_subfolders(office.folder)
    _say(f"load.json is in {out}, {len(write_returns(office, out / 'return'))} return workbooks are in {out / 'return'}")
    if office.tables["register"].empty:
        raise DataError(
            "No sheet was recognised as a register of cooperatives", str(data_dir or ""),
            "It needs headings such as Nama Koperasi, Kecamatan, Tanggal RAT Terakhir; sources.toml can name the sheet.",
        )  # fmt: skip


def _say_subfolders(folder: Path) -> None:
    """Folders inside are not read: they hold older copies as often as more data; that is said, so that nothing is missed unseen."""
    from kopanalysis.loaders.workbook import data_files

    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        if count := len(data_files(inner)):
            _say(f"folder {inner.name} is not read ({count} spreadsheets): put what belongs to the data beside the other files")


def _rows(frame: Any) -> Any:
    """Rows as named tuples of plain values."""
    return frame.itertuples(index=False)


def _seen(row: Any) -> str:
    headings = getattr(row, "headings", None)
    return f"; headings seen: {', '.join(map(str, headings))}" if isinstance(headings, (list, tuple)) and headings else ""


@app.command()
def template(folder: Annotated[Path, typer.Argument(help="Where the blank workbooks go.")], debug: Debug = False) -> None:  # noqa: ARG001
    """Blank Indonesian workbooks for the nine tables."""
    from kopanalysis.loaders.template import write_templates

    for path in write_templates(folder):
        _say(str(path))


@app.command()
def trace(
    number: Annotated[str, typer.Argument(help="Id or name of a printed number, such as N-001 or register.total.")],
    run_dir: Annotated[Path | None, typer.Argument(help="Folder of a run; default: the newest below reports.")] = None,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """From a printed number to its cell, function and input rows, computed again from them."""
    from kopanalysis.briefs.trace import latest_run, trace_number

    folder = run_dir if run_dir is not None and (run_dir / "run.json").exists() else latest_run(run_dir or Path("reports"))
    found = trace_number(number, folder)
    entry = found.entry
    _say(f"{entry['id']}  {entry['name']} = {entry['value']}  ({entry['text_en']})")
    _say(f"brief {entry['brief']}, cell {entry['cell']}, run {folder.name}")
    for step in found.call.chain():
        _say(f"  {step.function}({', '.join(f'{key}={value!r}' for key, value in step.arguments.items())})")
    for row in _rows(found.rows):
        _say(f"  {row.file} [{row.sheet}] rows {row.rows} ({row.count})")
    _say(f"computed again from these rows: {found.again} {'(the same)' if found.agrees else '(NOT the same)'}")
    if not found.agrees:
        raise typer.Exit(3)


@app.command("list")
def list_(
    data_dir: Annotated[Path | None, typer.Argument(help="Folder whose own notebooks are listed too.", show_default=False)] = None,
    rules: Annotated[bool, typer.Option("--rules", help="The rules in force with their sources.")] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Briefs and their parameters, or the rules in force."""
    if rules:
        from kopanalysis.rules import rules_in_force

        for row in rules_in_force():
            unit, until = row["unit"] and f" {row['unit']}", row["in_force_to"] and f" to {row['in_force_to']}"
            since = f"from {row['in_force_from'] or '-'}{until}"
            _say(f"{row['file']}  {row['name']} = {row['value']}{unit}  [{row['mark'] or 'own'}; {since}]")
            _say(f"    {row['source']}")
        return
    from kopanalysis.briefs.manifest import briefs, briefs_of

    for brief in (briefs_of(_folder(data_dir)) if data_dir else briefs()).values():
        _say(f"{brief.name}: {brief.title.id} / {brief.title.en}" + (f" ({brief.notebook})" if brief.own else ""))
        for parameter in brief.parameters:
            _say(f"  --set {parameter.name}={parameter.default!r:<14} {parameter.type:<6} {parameter.help}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo workbooks go.")],
    seed: Annotated[int | None, typer.Option(help="Another district each seed; default: the one in data/demo.")] = None,
    cooperatives: Annotated[int, typer.Option(min=40)] = 127,
    regions: Annotated[int, typer.Option(min=1)] = 1,
    effect_training: Annotated[float | None, typer.Option(min=-1, max=1)] = None,
    effect_cattle: Annotated[float | None, typer.Option(min=-1, max=1)] = None,
    all_livestock_trained: Annotated[bool, typer.Option("--all-livestock-trained")] = False,
    threat: Annotated[list[str] | None, typer.Option(help="A threat to switch on; may be repeated.")] = None,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write office workbooks of an invented district, with the dirt that real files have."""
    from kopanalysis.truth.office_files import write_demo

    asked: dict[str, Any] = {"seed": seed, "effect_training": effect_training, "effect_cattle": effect_cattle}
    threats = dict.fromkeys(threat or [], True)
    write_demo(
        folder, cooperatives=cooperatives, regions=regions, all_livestock_trained=all_livestock_trained, **threats,
        **{name: value for name, value in asked.items() if value is not None},
    )  # fmt: skip
    _say(f"demonstration data are in {folder}")


@app.command()
def lab(
    data_dir: DataDir = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, or only print the address.")] = True,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """JupyterLab in a writable copy of the notebooks, 00-explore first; your changes are never overwritten."""
    import os
    import subprocess

    from kopanalysis.briefs.lab import FIRST, FOLDER, copy_notebooks, lab_environment

    copy = Path(FOLDER).resolve()
    kept = copy_notebooks(copy, _folder(data_dir) if data_dir else None)
    _say(f"notebooks are in {copy}")
    if kept:
        _say(f"kept as you changed them: {', '.join(kept)} (rename one to get ours anew)")
    command = [sys.executable, "-m", "jupyterlab", str(copy / FIRST), *([] if browser else ["--no-browser"])]
    raise typer.Exit(subprocess.call(command, env=lab_environment(os.environ)))


@app.command()
def fleet(
    data_dir: Annotated[Path, typer.Argument(help="Folder of office files of many districts.")],
    regions: Annotated[str, typer.Option(help="Codes or patterns such as '13.*', comma separated; default: all in the data.")] = "",
    out: Annotated[Path, typer.Option(help="Where reports go.")] = Path("reports"),
    jobs: Annotated[int, typer.Option(min=1, help="Regions at the same time.")] = 2,
    dask: Annotated[str, typer.Option(metavar="ADDRESS", help="Send the work to a dask scheduler; needs kopanalysis[fleet].")] = "",
    only: Annotated[str, typer.Option(help="Briefs, comma separated; default: all.")] = "",
    as_of: Annotated[str, typer.Option(help="As of report; default: the latest date in each region's data.")] = "",
    headline_date: Annotated[str, typer.Option(help="As of report.")] = "",
    lang: Annotated[str, typer.Option(help="Languages, comma separated.")] = "id,en",
    edition: Annotated[str, typer.Option(help="internal, or public: no names, no small cells.")] = "internal",
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A notebook parameter; see list.")] = None,
    kernel: Annotated[str, typer.Option(help="warm or plain; default: warm where it can be had.", show_default=False)] = "",
    force: Annotated[bool, typer.Option("--force", help="Make runs again even if nothing changed.")] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """One set of briefs a region, and a page of all regions; what was done is found again, so a broken run goes on where it was."""
    from kopanalysis.briefs.execute import begin_kernels
    from kopanalysis.briefs.fleet import Fleet, run_fleet
    from kopanalysis.briefs.manifest import briefs_of, pick_briefs, read_settings
    from kopanalysis.briefs.study import iso_date

    _choice(edition, EDITIONS, "--edition")
    _choice(kernel, ("", *KERNELS), "--kernel")
    for text, name in ((as_of, "--as-of"), (headline_date, "--headline-date")):
        if text:
            iso_date(text, name)
    folder = _folder(data_dir)
    given = read_settings(settings or [], pick_briefs(briefs_of(folder), only))
    if refused := {"data_dir", "edition", "region", "as_of", "headline_date"} & set(given):
        raise CallError(f"{min(refused)} can't be given by --set", mend="Give it as an option.")
    asked = Fleet(
        folder, out.resolve(), regions, as_of, headline_date, _languages(lang), edition, only, given,
        kernel=kernel, jobs=jobs, dask=dask, force=force,
    )  # fmt: skip
    if not dask:
        begin_kernels(kernel)  # one parent for all workers
    done = run_fleet(asked, _say)
    for code, sentence in done.failures.items():
        typer.echo(f"{code}: {sentence}", err=True)
    _say(f"open {done.page}")
    if done.failures:
        raise typer.Exit(1)


@app.command()
def certify(
    districts: Annotated[int, typer.Option(help="Synthetic districts a threat.")] = 1000,
    draws: Annotated[int, typer.Option(help="Permutations a test.")] = 999,
    seed: Annotated[int, typer.Option(help="Fixes every district.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    out: Annotated[Path, typer.Option(help="Where certificate.csv and certificate.json go.")] = Path("reports"),
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Draw districts whose truth is known, and print what each method gets right and wrong under each threat."""
    from kopanalysis.truth import certificate

    if out.exists() and not out.is_dir():
        raise CallError(f"{out} can't be written: it is a file", "--out", "Name a folder.")
    table = certificate.certify(districts, draws, seed, jobs, certificate.timed_progress(lambda line: typer.echo(line, err=True)))
    command = f"kopanalysis certify --districts {districts} --draws {draws} --seed {seed}"
    paths = certificate.write_certificate(table, out, command)
    _say(certificate.certificate_lines(table))
    _say(f"{certificate.verdict(table)}; written to {' and '.join(map(str, paths))}")


def main() -> None:
    """Run the command line; leave with the exit code of the error."""
    debug = "--debug" in sys.argv
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # an office's console may be cp1252
    try:
        left = app(standalone_mode=False)  # an Exit inside a command comes back as its code
        gc.freeze()  # the process ends: what it holds needn't be looked through once more
        sys.exit(left if isinstance(left, int) else 0)
    except KopanalysisError as error:
        if debug:
            traceback.print_exc()
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except typer.Exit as leaving:
        sys.exit(leaving.exit_code)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        _usage_or_bug(error, debug)


def _usage_or_bug(error: Exception, debug: bool) -> None:
    """A mistyped call is answered in click's words with exit 2; anything else is a fault of ours, said in one line."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        sys.exit(getattr(error, "exit_code", 2))
    if debug:
        raise error
    typer.echo(f"A fault in kopanalysis: {type(error).__name__}: {error}. Run again with --debug and send what it prints.", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
