from pathlib import Path

import pytest

from kagglebot.system.storage_url import absolute, without_secrets


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("postgresql+psycopg://me:p%40ss@host/db", "postgresql+psycopg://me@host/db"),
        (
            "postgresql://me:pw@host:5/db?sslmode=require&sslpassword=x",
            "postgresql://me@host:5/db?sslmode=require",
        ),
        ("mysql+pymysql://me:pw@host/db?passwd=x&charset=utf8", "mysql+pymysql://me@host/db?charset=utf8"),
        ("postgresql://host/db?password=x&passfile=%2Fp", "postgresql://host/db?passfile=%2Fp"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dx", "mssql+pyodbc:///"),
        ("grpc://host:13000", "grpc://host:13000"),
        ("sqlite:///study.db", "sqlite:///study.db"),
        ("rubbish", ""),
    ],
)
def test_what_is_written_down_has_no_secret(url: str, bare: str) -> None:
    assert without_secrets(url) == bare


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("sqlite:///study.db", "sqlite:////work/study.db"),
        ("sqlite+pysqlite:///../a/study.db?timeout=3", "sqlite+pysqlite:////a/study.db?timeout=3"),
        ("sqlite:////elsewhere/study.db", "sqlite:////elsewhere/study.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://me:pw@host/db", "postgresql://me:pw@host/db"),
    ],
)
def test_a_file_is_the_same_from_every_folder(url: str, whole: str) -> None:
    assert absolute(url, Path("/work")) == whole
