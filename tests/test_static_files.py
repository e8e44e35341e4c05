"""The static files: compressed, kept by browsers, and sent without their authors' comments."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import requests

from lesson.machinery.static_files import StaticFiles, without_comments
from tests.servers import PATIENCE, ROOT, Server

STATIC = ROOT / "static"
OURS = [path for path in sorted(STATIC.rglob("*")) if "vendor" not in path.parts]
LIMIT = 130_000  # bytes


def page_files(server: Server, path: str) -> dict[str, bytes]:
    """Return all files that a page loads, as they cross the wire."""
    seen: dict[str, bytes] = {}
    page = requests.get(server.url + path, timeout=PATIENCE)
    waiting = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        answer = requests.get(server.url + url, timeout=PATIENCE, stream=True)
        assert answer.status_code == 200, url
        seen[url] = answer.raw.read(decode_content=False)
        text = requests.get(server.url + url, timeout=PATIENCE).text
        if url.endswith(".js"):
            base = url.rsplit("/", 1)[0]
            imported = re.findall(r'(?:from|import)\s*"(\.[^"]+)"', text)
            waiting += [resolve(f"{base}/{name}") for name in imported]
    return seen


def resolve(url: str) -> str:
    """Take the dots out of a path."""
    parts: list[str] = []
    for part in url.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def test_the_dashboard_with_all_that_it_loads_is_light(shared_server: Server):
    files = page_files(shared_server, "/dashboard")
    page = requests.get(f"{shared_server.url}/dashboard", timeout=PATIENCE, stream=True)
    weight = len(page.raw.read(decode_content=False)) + sum(map(len, files.values()))
    assert len(files) > 30
    assert weight < LIMIT, f"{weight} bytes"


def test_files_are_kept_for_a_year_under_their_hash_and_not_under_another(shared_server: Server):
    url = next(iter(page_files(shared_server, "/")))
    kept = requests.get(shared_server.url + url, timeout=PATIENCE)
    assert "max-age=31536000" in kept.headers["Cache-Control"]
    other = re.sub(r"/static/[0-9a-f]+/", "/static/0123456789ab/", url)
    assert requests.get(shared_server.url + other, timeout=PATIENCE).headers["Cache-Control"] == (
        "no-store"
    )


@pytest.mark.parametrize("path", ["x.js", "../lesson/app.py", "..%2flesson%2fapp.py", "js", ""])
def test_what_is_not_below_the_folder_is_not_there(shared_server: Server, path: str):
    answer = requests.get(f"{shared_server.url}/static/0123456789ab/{path}", timeout=PATIENCE)
    assert answer.status_code == 404


def test_a_changed_file_changes_the_address(tmp_path: Path):
    (tmp_path / "a.js").write_text("let a;\n")
    files = StaticFiles(tmp_path)
    before = files.url("a.js")
    (tmp_path / "b.js").write_text("let b;\n")
    files.refresh()
    assert files.url("a.js") != before
    with pytest.raises(KeyError):
        files.url("c.js")


def test_leaving_out_comments_changes_no_code(tmp_path: Path):
    pairs = []
    for path in (path for path in OURS if path.suffix == ".js"):
        bare = tmp_path / f"{len(pairs)}.js"
        bare.write_text(without_comments(path.read_text()))
        assert bare.read_text().count("\n") == path.read_text().count("\n")
        pairs.append(f"{path}\t{bare}")
    broken = tmp_path / "broken.js"
    broken.write_text("let changed;\n")
    pairs.append(f"{pairs[0].split(chr(9))[0]}\t{broken}")  # the comparison itself must see this

    script = ROOT / "tests" / "js" / "same-code.mjs"
    done = subprocess.run(
        ["node", str(script)], input="\n".join(pairs), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [pairs[0].split("\t")[0]]


def test_leaving_out_comments_changes_no_style():
    token = re.compile(r"""("[^"\n]*"|'[^'\n]*')|/\*[\s\S]*?\*/|\s+""")
    for path in (path for path in OURS if path.suffix == ".css"):
        source = path.read_text()
        assert token.sub(r"\1", without_comments(source)) == token.sub(r"\1", source), path


def test_the_way_around_the_app_answers_as_the_app_does(shared_server: Server) -> None:
    url = page_url(shared_server, "js/dashboard.js")
    around, through = (
        requests.get(url + query, headers={"Accept-Encoding": "gzip"}, timeout=PATIENCE)
        for query in ("", "?")
    )
    with_query = requests.get(f"{url}?a=1", headers={"Accept-Encoding": "gzip"}, timeout=PATIENCE)
    for answer in (through, with_query):
        assert answer.content == around.content
        assert {**answer.headers, "Date": ""} == {**around.headers, "Date": ""}
    assert around.headers["Content-Encoding"] == "gzip"
    assert around.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("refused", ["identity", "gzip;q=0", ""])
def test_who_takes_no_gzip_gets_none(shared_server: Server, refused: str) -> None:
    url = page_url(shared_server, "js/dashboard.js")
    answer = requests.get(url, headers={"Accept-Encoding": refused}, timeout=PATIENCE)
    assert "Content-Encoding" not in answer.headers
    assert b"import" in answer.content


def test_the_way_around_is_for_no_other_method_and_no_foreign_page(shared_server: Server) -> None:
    url = page_url(shared_server, "js/dashboard.js")
    headers = {"Accept-Encoding": "gzip"}
    assert requests.post(url, headers=headers, timeout=PATIENCE).status_code == 405
    foreign = {**headers, "Origin": "http://evil.example"}
    assert requests.get(url, headers=foreign, timeout=PATIENCE).status_code == 403
    assert requests.get(url, headers={"Host": "evil.example"}, timeout=9).status_code == 400


def page_url(server: Server, path: str) -> str:
    page = requests.get(f"{server.url}/dashboard", timeout=PATIENCE).text
    (address,) = re.findall(rf'"(/static/[0-9a-f]+/{path})"', page)
    return server.url + address
