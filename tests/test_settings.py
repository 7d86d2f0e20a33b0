"""Settings from the environment: what is taken, what is refused and how, what is told of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from mrc_portal import variables
from mrc_portal.checks import ENVIRONMENT
from mrc_portal.environment import Said, Variable, positive_number
from tests import check_settings
from tests.check import ROOT

ALL = {it.name: it for it in variables.VARIABLES}


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("MRC_DEBUG", " Yes ", True),
        ("MRC_HTTPS", "", None),
        ("MRC_HTTPS", "off", False),
        ("MRC_SITE_URL", "https://mrc.example/", "https://mrc.example"),
        ("MRC_SITE_URL", " http://127.0.0.1:8000 ", "http://127.0.0.1:8000"),
        ("MRC_ALLOWED_HOSTS", "mrc.example, .mrc.kg,[::1]", ["mrc.example", ".mrc.kg", "[::1]"]),
        ("PORT", "8080", 8080),
        ("FORWARDED_ALLOW_IPS", "10.0.0.5, fd00::/8", ["10.0.0.5", "fd00::/8"]),
        ("MRC_SECRET_KEY", "", ""),
    ],
)
def test_values_are_read_without_what_surrounds_them(monkeypatch, name, value, meant):
    monkeypatch.setenv(name, value)

    assert ALL[name].read() == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MRC_DEBUG", "perhaps"),
        ("MRC_HTTPS", "2"),
        ("MRC_DEMO", "нет"),
        ("MRC_SITE_URL", "mrc.example"),
        ("MRC_SITE_URL", "htps://mrc.example"),
        ("MRC_SITE_URL", "https://mrc.example/portal"),
        ("MRC_SITE_URL", "https://mrc.example:port"),
        ("MRC_SITE_URL", "https://mrc example"),
        ("MRC_SITE_URL", '"https://mrc.example"'),
        ("MRC_SITE_URL", "https://."),
        ("MRC_ALLOWED_HOSTS", "https://mrc.example"),
        ("MRC_ALLOWED_HOSTS", "mrc.example:443"),
        ("MRC_ALLOWED_HOSTS", "mrc.example *"),
        ("MRC_DATA_DIR", "~nobody-of-that-name/mrc"),
        ("MRC_EMAIL_FROM", "Center"),
        ("MAX_UPLOAD_MB", "-5"),
        ("MAX_UPLOAD_MB", "50MB"),
        ("MAX_PDF_PAGES", "0"),
        ("MAX_PDF_PAGES", "²"),
        ("PORT", "70000"),
        ("PORT", "http"),
        ("WEB_WORKERS", "many"),
        ("WEB_THREADS", "0"),
        ("WEB_WORKERS", "222"),
        ("FORWARDED_ALLOW_IPS", "proxy"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.5 10.0.0.6"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.5, 10.0.0.0/40"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_and_repeated(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured) as refused:
        ALL[name].read()

    assert str(refused.value).startswith(f"{name}={value!r}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "geheim"),
        ("DATABASE_URL", "mysql://mrc:geheim@host/mrc"),
        ("DATABASE_URL", "postgresql://mrc:geheim@host:port/mrc"),
        ("DATABASE_URL", "postgresql://mrc:ge#heim@host:5432/mrc"),
        ("DATABASE_URL", "postgresql://mrc:geheim@host:5432/"),
        ("DATABASE_URL", "sqlite://"),
        ("MRC_EMAIL_URL", "http://mrc:geheim@host"),
        ("MRC_EMAIL_URL", "submission://mrc:geheim@host:port"),
        ("MRC_EMAIL_URL", "submission://mrc:ge/heim@host"),
        ("MRC_EMAIL_URL", "smtp://mrc@host?timeout=geheim"),
        ("MRC_SECRET_KEY", "geheim"),
        ("MRC_SECRET_KEY", "geheim" * 2),
        ("MRC_SECRET_KEY", "x" * 60),
    ],
)
def test_a_refused_secret_is_not_repeated(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured) as refused:
        ALL[name].read()

    assert str(refused.value).startswith(f"{name}: ")
    assert "heim" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_database_is_named_by_an_address(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://mrc:p%40ss%2F%23@db.example:5433/portal")

    found = variables.DATABASE_URL.read()

    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 5433, "portal")
    assert found["PASSWORD"] == "p@ss/#"


def settings_with(tmp_path, code, **chosen):
    """What a process with these variables says of its settings."""
    environment = {name: it for name, it in os.environ.items() if not name.startswith("MRC_")}
    environment |= {"MRC_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "mrc_portal.settings"}
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings as s\n{code}"],
        cwd=ROOT,
        env=environment | chosen,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_portal_answers_to_its_public_name_and_to_its_own_machine(tmp_path):
    done = settings_with(
        tmp_path,
        "print(*s.ALLOWED_HOSTS)",
        MRC_SITE_URL="https://mrc.example",
        MRC_ALLOWED_HOSTS="www.mrc.example",
    )

    assert {"mrc.example", "www.mrc.example", "127.0.0.1"} <= set(done.stdout.split())


def test_a_plain_public_address_and_https_contradict_each_other(tmp_path):
    done = settings_with(tmp_path, "s.SITE_URL", MRC_SITE_URL="http://mrc.example", MRC_HTTPS="1")

    assert "MRC_SITE_URL='http://mrc.example'" in done.stderr


@pytest.mark.parametrize(
    ("key", "is_told"),
    [("", "is empty"), ("geheim", "is no good key"), ("x" * 60, "is no good key")],
)
def test_a_key_that_was_emptied_or_could_be_guessed_is_told_of(tmp_path, key, is_told):
    (tmp_path / "secret_key").write_text(key)

    done = settings_with(tmp_path, "s.SECRET_KEY")

    assert f"{tmp_path / 'secret_key'} {is_told}" in done.stderr
    assert "geheim" not in done.stderr


# Warnings


def warnings():
    return {it.id: it for it in run_checks(tags=[ENVIRONMENT], include_deployment_checks=True)}


@pytest.fixture
def quiet(monkeypatch, settings, tmp_path):
    """An installation that nothing is to be said of."""
    for name in os.environ:
        if name.startswith("MRC_") and name not in ALL:
            monkeypatch.delenv(name)
    tmp_path.chmod(0o750)
    settings.DATA_DIR = tmp_path
    settings.HTTPS = settings.BEHIND_PROXY = True
    settings.SITE_URL = "https://mrc.example"
    settings.DEBUG = False
    assert warnings() == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MRC_DATADIR", "MRC_DATA_DIR"),
        ("MRC_BEHIND_PROXIES", "MRC_BEHIND_PROXY"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("MAX_UPLOAD_MBS", "MAX_UPLOAD_MB"),
        ("MRC_COLOUR", ""),
    ],
)
def test_a_misspelt_name_is_told_of(quiet, monkeypatch, name, meant):
    monkeypatch.setenv(name, "1")

    (warning,) = warnings().values()

    assert name in warning.msg
    assert meant in warning.hint


def test_names_of_others_are_none_of_our_business(quiet, monkeypatch):
    for name in ("HOSTNAME", "HOSTTYPE", "TRANSPORT", "GUNICORN_CMD_ARGS", "DATABASE_NAME_OLD"):
        monkeypatch.setenv(name, "1")

    assert warnings() == {}


@pytest.mark.parametrize(
    ("changed", "identity"),
    [
        ({"HTTPS": False}, "mrc.W004"),
        ({"BEHIND_PROXY": False}, "mrc.W005"),
        ({"DEBUG": True}, "mrc.W006"),
    ],
)
def test_settings_that_do_not_go_together_are_told_of(quiet, settings, changed, identity):
    for name, value in changed.items():
        setattr(settings, name, value)

    assert list(warnings()) == [identity]


def test_a_data_folder_for_everybody_or_of_somebody_else_is_told_of(
    quiet, settings, monkeypatch, tmp_path
):
    tmp_path.chmod(0o777)
    assert list(warnings()) == ["mrc.W003"]
    tmp_path.chmod(0o750)

    owner = tmp_path.stat()
    monkeypatch.setattr("mrc_portal.checks.os.geteuid", lambda: 0)
    if owner.st_uid == 0:
        os.chown(tmp_path, 65534, 65534)

    assert list(warnings()) == ["mrc.W002"]


# The tables


def test_the_handbooks_say_what_the_settings_are():
    assert list(check_settings.problems()) == []


def test_a_table_that_is_not_what_is_declared_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(check_settings, "ROOT", tmp_path)
    table = check_settings.Table("page.md", "ru")
    page = tmp_path / "page.md"
    page.write_text(f"Before\n\n{check_settings.BEGIN}\n\nold\n\n{check_settings.END}\n\nafter\n")
    assert table.problem()

    table.update()
    assert table.problem() == ""
    assert page.read_text().startswith("Before\n\n")
    assert page.read_text().endswith("\n\nafter\n")

    page.write_text(page.read_text().replace("| `50` |", "| `60` |"))
    assert table.problem()
    page.write_text("no place")
    assert table.problem()


def test_a_variable_that_nothing_reads_and_one_past_the_declarations_are_found():
    unused = Variable("MRC_NEW", positive_number, 1, Said("1", "1"), Said("new", "новое"))
    used = Variable("MRC_OLD", positive_number, 1, Said("1", "1"), Said("old", "старое"))

    assert check_settings.unread([unused, used], ["x = variables.MRC_OLD.read()"]) == ["MRC_NEW"]
    for source in (
        "import os\nos.environ['MRC_NEW']",
        "import os\nos.getenv('MRC_NEW')",
        "from os import environ",
    ):
        assert check_settings.sees_the_environment(source)
    assert not check_settings.sees_the_environment("variables.MRC_NEW.read()")


def test_the_example_of_a_public_server_has_settings_that_make_sense(monkeypatch):
    lines = (ROOT / "deploy" / "mrc.env").read_text().splitlines()
    chosen = re.findall(r"^#? ?([A-Z_]+)=(.*)$", "\n".join(lines), re.MULTILINE)
    assert {"MRC_DATA_DIR", "MRC_SITE_URL"} <= {name for name, _value in chosen}

    for name, value in chosen:
        monkeypatch.setenv(name, value)
        assert ALL[name].read() != ALL[name].default


def test_every_setting_has_words_in_both_languages():
    for it in variables.VARIABLES:
        assert it.meaning.en != it.meaning.ru
        assert "|" not in "".join((*it.said, *it.meaning))
