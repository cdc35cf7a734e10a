from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, make_url

from kagglebot.system.storage_url import absolute, masked, shown, without_secrets


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


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    scheme=st.sampled_from(["postgresql+psycopg", "postgresql", "mysql+pymysql", "mariadb+mysqldb", "grpc"]),
    user=st.text(max_size=6),
    password=st.text(min_size=1, max_size=12).map(lambda text: f"Zq{text}Zq"),
    key=st.sampled_from([None, "password", "PASSWD", "sslpassword", "ssl_key_password", "auth_token"]),
)
def test_no_password_is_written_or_shown(scheme: str, user: str, password: str, key: str | None) -> None:
    query = {} if key is None else {key: password}
    url = URL.create(scheme, user, password, "host", 5432, "db", query).render_as_string(hide_password=False)
    for text in (without_secrets(url), shown(url), masked(f"no answer from {url}", url)):
        assert "Zq" not in text
    assert without_secrets(without_secrets(url)) == without_secrets(url)
    assert make_url(without_secrets(url)).host == "host"
