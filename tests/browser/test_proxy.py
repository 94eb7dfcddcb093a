"""Specifies the explorer behind nginx on a sub-path, with a login before it."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest

from tests.browser.driver import ROOT, free_port, open_tab, serve, settled, wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx: apt-get install nginx"),
]

# README, "For others", has this location
CONF = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location /memory/ {{
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout 1d;
    }}
  }}
}}
"""


@contextmanager
def proxied(folder, secrets=""):
    """The explorer on /memory/ behind nginx; gives the URL that visitors have."""
    (folder / "secrets.toml").write_text(secrets)
    options = f"--secrets.files {folder}/secrets.toml"
    with serve(ROOT / "server.py", folder, "memory", options, NUONUO_HOME=str(folder)) as upstream:
        port = free_port()
        (folder / "nginx.conf").write_text(
            CONF.format(folder=folder, port=port, upstream=upstream.removesuffix("/memory"))
        )
        nginx = subprocess.Popen(
            [shutil.which("nginx"), "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/memory/_stcore/health", nginx)
            yield f"http://127.0.0.1:{port}/memory"
        finally:
            nginx.terminate()
            nginx.wait(10)


def test_pages_links_and_the_address_work_on_a_sub_path(browser, tmp_path):
    with proxied(tmp_path) as url, open_tab(browser) as tab:
        tab.goto(f"{url}/debug?bank=facts&k=7")
        settled(tab)
        tab.wait_for_selector("text=7 candidates")
        tab.get_by_role("link", name="Start").first.click()
        tab.wait_for_selector("text=Does the right memory come back?")
        settled(tab)
        assert tab.url.startswith(f"{url}/?")
        assert "k=7" in tab.url
        tab.wait_for_selector(".st-key-attention .plot-container")
        assert tab.errors == []


def test_behind_a_login_a_deep_link_shows_only_the_way_in(browser, tmp_path):
    provider = "http://127.0.0.1:9/.well-known/openid-configuration"
    secrets = f"""[auth]
redirect_uri = "http://127.0.0.1:1/memory/oauth2callback"
cookie_secret = "{"x" * 40}"
client_id = "explorer"
client_secret = "secret"
server_metadata_url = "{provider}"
"""
    with proxied(tmp_path, secrets) as url, open_tab(browser) as tab:
        for page in ("", "/lab", "/memories?bank=facts", "/debug"):
            tab.goto(f"{url}{page}")
            tab.get_by_role("button", name="Log in").wait_for()
            settled(tab)
            assert tab.locator("[data-testid='stSelectbox'], .nn-figure, [data-testid='stTable']").count() == 0
