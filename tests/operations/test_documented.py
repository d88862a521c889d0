"""The documents list what there is: no setting, no command, no job and no refusal has to be found in the code."""

import ast
import re
from pathlib import Path

from django.core.management import get_commands

from oncekeys.doors.openapi import FACTS
from oncekeys.doors.problems import ANSWERS, REASONS
from oncekeys.host import Host

ROOT = Path(__file__).resolve().parents[2]
OPERATORS = (ROOT / "docs" / "operators.md").read_text()
CONSUMERS = (ROOT / "docs" / "consumers.md").read_text()
README = (ROOT / "README.md").read_text()
SEAM = (ROOT / "docs" / "host.md").read_text()
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
NAMED_COMMAND = re.compile(r"manage\.py (\w+)")


def section(title: str) -> str:
    return OPERATORS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(title: str) -> set[str]:
    """The names in code of the first column of the section's table."""
    rows = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)", row)}


def settings_read() -> set[str]:
    """Return the environment variables of `config/settings.py`: the first argument of every `env.…("NAME")`."""
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "config" / "settings.py").read_text()))


def test_every_setting_stands_in_the_table():
    assert settings_read() == first_column("Settings")


def test_every_command_of_ours_stands_in_the_table():
    files = [
        file for app in ("accounts", "oncekeys") for file in (ROOT / app / "management" / "commands").glob("[!_]*")
    ]

    assert {file.stem for file in files} == first_column("Commands")


def test_a_command_that_is_named_exists():
    named = {command for document in DOCUMENTS for command in NAMED_COMMAND.findall(document.read_text())}

    assert named <= {*get_commands(), "version"}  # which manage.py answers itself


def test_a_link_leads_to_what_is_there():
    linked = [(document, link) for document in DOCUMENTS for link in LINK.findall(document.read_text())]

    assert [link for document, link in linked if not (document.parent / link).exists()] == []


def test_the_jobs_of_the_crontab_exist():
    jobs = NAMED_COMMAND.findall(section("Daily"))

    assert {"send_expiry_warnings", "delete_ended"} <= set(jobs) <= get_commands().keys()


def test_every_refusal_stands_in_the_table_for_consumers():
    """It says what the answers say. One that differs is printed below as it has to be."""
    rows = [
        f"| {ANSWERS[code].status} | `{code}` | {REASONS[code].meaning} | {REASONS[code].remedy} |" for code in ANSWERS
    ]

    assert [row for row in rows if row not in CONSUMERS.splitlines()] == []
    assert len(re.findall(r"^\| \d{3} \| ", CONSUMERS, re.MULTILINE)) == len(rows)


def test_everything_a_refusal_can_name_is_in_the_page_for_consumers():
    names = {name for facts in FACTS.values() for name in facts}

    assert {name for name in names if f"`{name}`" not in CONSUMERS} == set()


def test_every_reader_finds_their_page_in_the_readme():
    assert {"admins", "consumers", "django", "operators"} <= set(re.findall(r"\(docs/(\w+)\.md\)", README))


def test_readme_has_at_most_a_hundred_lines():
    assert len(README.splitlines()) <= 100


def test_everything_a_host_may_answer_is_in_the_page_about_it():
    answers = [name for name in vars(Host) if not name.startswith("_")]

    assert [name for name in answers if f"`{name}" not in SEAM] == []


def test_the_host_for_organisations_takes_about_ten_lines():
    example = re.search(r"```python name=host\n(.*?)```", SEAM, re.DOTALL)[1]

    lines = [line for line in example.splitlines() if line.strip()]
    methods = {name.name for name in ast.walk(ast.parse(example)) if isinstance(name, ast.FunctionDef)}
    assert len(lines) <= 10
    assert methods <= vars(Host).keys()


def test_every_decision_stands_in_their_list():
    folder = ROOT / "docs" / "decisions"

    listed = re.findall(r"^\d+\. \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE)

    titles = {file.name: file.read_text().partition("\n")[0].removeprefix("# ") for file in folder.glob("[0-9]*.md")}
    assert listed == [(title, name) for name, title in sorted(titles.items())]
