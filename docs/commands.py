"""A page a command, made from the code: python docs/commands.py [--check].

With --check nothing is written; it exits with 1 where a page is not what the code says, and names the page.
"""

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import typer

from kagglebot.cli.main import app, root

FOLDER = Path(__file__).parent / "commands"
_MADE = "<!-- Made by python docs/commands.py; edit the docstring of the command instead. -->\n"


def pages() -> dict[str, str]:
    """Give every page by its file's name."""
    program: Any = typer.main.get_command(app)
    context = program.make_context("kagglebot", ["--help"], resilient_parsing=True)
    found = {"index.md": _index(program, context)}
    for name, command in program.commands.items():
        inner = typer.Context(command, info_name=name, parent=context)
        found[f"{name}.md"] = _page(command, inner)
    return found


def _index(program: Any, context: Any) -> str:
    rows = [
        f"| [`kagglebot {name}`]({name}.md) | {command.get_short_help_str(200)} |"
        for name, command in program.commands.items()
    ]
    return "\n".join(
        [
            _MADE,
            "# Commands\n",
            _markdown(inspect.getdoc(root) or ""),
            "",
            "| command | does |",
            "| --- | --- |",
            *rows,
            "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```",
            "\n## Options of every command\n\nThey stand before its name.\n",
            _options(program, context),
            "",
        ]
    )


def _page(command: Any, context: Any) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    return "\n".join(
        [
            _MADE,
            f"# kagglebot {context.info_name}\n",
            f"```text\n{context.command_path} {usage}\n```\n",
            _markdown(command.help or ""),
            f"\n## Options\n\n{_options(command, context)}",
            "",
        ]
    )


def _markdown(text: str) -> str:
    """Give a docstring with its examples as a block."""
    prose, _, examples = text.replace("\b\n", "").partition("\nExamples:\n")
    if not examples:
        return prose.strip()
    lines = [re.sub(r"(\S)( {2,})(?=\S)", r"\1\2# ", line.strip()) for line in examples.strip().splitlines()]
    return "\n".join([prose.strip(), "", "```console", *lines, "```"])


def _options(command: Any, context: Any) -> str:
    records = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    rows = [f"| `{names}` | {_cell(text)} |" for names, text in records]
    return "\n".join(["| option | is |", "| --- | --- |", *rows])


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def main() -> int:
    """Write the pages, or with --check compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if check:
        for name in stale:
            print(f"docs/commands/{name} is not what the code says; run: python docs/commands.py")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
