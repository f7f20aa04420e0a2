"""Homes: one contract over local files and S3 (an emulator on loopback)."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from worldfactory.errors import StoreError
from worldfactory.store import Home, Listed, open_home


@pytest.fixture(scope="module")
def s3_options() -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint": f"http://{host}:{port}",
        "region": "us-east-1",
        "access_key_id": "somebody",
        "secret_access_key": "hush-hush",
        "allow_http": "true",
    }
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint"],
        region_name="us-east-1",
        aws_access_key_id="somebody",
        aws_secret_access_key="hush-hush",
    )
    client.create_bucket(Bucket="worlds")
    yield options
    server.stop()


@pytest.fixture(params=["file", "s3"])
def home(request: pytest.FixtureRequest, tmp_path: Path, s3_options: dict[str, str]) -> Home:
    if request.param == "file":
        return open_home((tmp_path / "some home").as_uri())
    return open_home(f"s3://worlds/{tmp_path.name}", s3_options)


def test_what_is_put_is_got(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(b"from a file")
    home.put("zoo/kyoto/a.tar", b"old")
    home.put("zoo/kyoto/a.tar", b"new")
    home.put("zoo/kyoto/b.tar", file)
    home.put("zoo/osaka/c.tar", b"")
    assert home.get("zoo/kyoto/a.tar") == b"new"
    assert home.get("zoo/kyoto/b.tar") == b"from a file"
    assert home.get("zoo/osaka/c.tar") == b"" and home.open("zoo/osaka/c.tar").read() == b""
    assert home.size("zoo/kyoto/a.tar") == 3 and home.size("zoo/kyoto/none.tar") is None
    assert home.list("zoo/kyoto") == [Listed("zoo/kyoto/a.tar", 3), Listed("zoo/kyoto/b.tar", 11)]
    assert [listed.key for listed in home.list()] == ["zoo/kyoto/a.tar", "zoo/kyoto/b.tar", "zoo/osaka/c.tar"]
    home.delete("zoo/kyoto/a.tar")
    home.delete("zoo/kyoto/a.tar")
    assert [listed.key for listed in home.list("zoo")] == ["zoo/kyoto/b.tar", "zoo/osaka/c.tar"]
    assert home.list("nothing/here") == []


def test_large_objects_stream(home: Home) -> None:
    data = os.urandom(11 << 20)  # more than one part of a multipart upload
    home.put("big", data)
    pieces = list(home.stream("big"))
    assert b"".join(pieces) == data and len(pieces) > 1
    with home.open("big") as file:
        assert file.read(7) == data[:7] and file.read() == data[7:]


def test_errors_name_url_and_key(home: Home) -> None:
    for call in (home.get, lambda key: list(home.stream(key)), lambda key: home.open(key).read()):
        with pytest.raises(StoreError, match=r"(file|s3)://.*/no/such: can not be read: ") as caught:
            call("no/such")
        assert "Debug source" not in str(caught.value)


def test_pickles_as_url_and_options(home: Home) -> None:
    home.put("x", b"1")
    copy = pickle.loads(pickle.dumps(home))
    assert copy.url == home.url and copy.get("x") == b"1"
    assert "hush" not in repr(home)


def _read(home: Home, answers: multiprocessing.SimpleQueue[bytes]) -> None:
    try:
        answers.put(home.get("x"))
    except StoreError as error:
        answers.put(str(error).encode())


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_in_a_child_process_it_works_or_says_why_not(home: Home, start: str) -> None:
    home.put("x", b"1")
    context = multiprocessing.get_context(start)
    answers = context.SimpleQueue()
    child = context.Process(target=_read, args=(home, answers), daemon=True)
    child.start()
    child.join(30)
    answer = b"" if answers.empty() else answers.get()
    if start == "fork" and home.url.startswith("s3"):
        assert b"start workers with multiprocessing context 'spawn'" in answer
    else:
        assert answer == b"1"


@pytest.mark.parametrize("url", ["file:homes/aws", "homes/aws", "ftp://x/y", "s3://", "file://host/x", ""])
def test_urls_of_no_home_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="is no home; give file:///absolute/folder"):
        open_home(url)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(StoreError, match=r"s3://b/: can not be opened: .*nonsense"):
        open_home("s3://b", {"nonsense": "1"})


def test_gs_and_az_urls_open() -> None:
    assert open_home("gs://bucket/prefix/", {"skip_signature": "true"}).url_of("x") == "gs://bucket/prefix/x"
    azure = open_home("az://container/prefix", {"account_name": "a", "account_key": "a2V5"})
    assert pickle.loads(pickle.dumps(azure)).url == "az://container/prefix"


def test_a_cloud_out_of_reach_is_named() -> None:
    with socket.socket() as idle:
        idle.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        options = {
            "endpoint": f"http://127.0.0.1:{idle.getsockname()[1]}",
            "allow_http": "true",
            "region": "us-east-1",
            "access_key_id": "a",
            "secret_access_key": "b",
        }
        with pytest.raises(StoreError, match="s3://worlds/x/key: can not be read"):
            open_home("s3://worlds/x", options).get("key")


def test_no_permission_is_named(s3_options: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="s3://elsewhere/key: can not be written"):
        open_home("s3://elsewhere", s3_options).put("key", b"")


@pytest.mark.parametrize("key", ["../gcp/a.tar", "zoo/../../gcp/a.tar", "/etc/hostname"])
def test_a_key_that_leads_out_of_a_local_home_is_refused(tmp_path: Path, key: str) -> None:
    (tmp_path / "gcp").mkdir()
    (tmp_path / "gcp" / "a.tar").write_bytes(b"another home's")
    home = open_home((tmp_path / "aws").as_uri())
    for ask in (home.get, home.size, home.delete, lambda k: home.put(k, b"x"), home.list):
        with pytest.raises(StoreError, match="stays below its home"):
            ask(key)
    assert (tmp_path / "gcp" / "a.tar").read_bytes() == b"another home's"
