"""Specifies login.shared: who is told where files lie. tests/browser/test_proxy.py has the login itself."""

from types import SimpleNamespace

import pytest

from nuonuo.studio.shell import login


@pytest.mark.parametrize(
    ("host", "user", "shared"),
    [
        (None, {}, False),
        ("localhost:8501", {}, False),
        ("127.0.0.1:8501", {}, False),
        ("[::1]:8501", {}, False),
        ("192.168.0.7:8501", {}, True),
        ("memory.example.org", {}, True),
        ("localhost.example.org", {}, True),
        ("localhost:8501", {"is_logged_in": True}, True),
    ],
)
def test_only_this_machines_user_is_told_where_files_lie(monkeypatch, host, user, shared):
    headers = {} if host is None else {"Host": host}
    monkeypatch.setattr(login, "st", SimpleNamespace(context=SimpleNamespace(headers=headers), user=user))
    assert login.shared() is shared
