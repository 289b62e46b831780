"""What servers, networks and people do wrong: the right error, in words that say what to do."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.core.errors import ClipmillError, ObjectExists, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.runner import Stopping, exit_code
from tasks.core.store import SourceObject, Store, open_source, open_store, s3_client
from tasks.core.store.s3 import S3Store
from tasks.core.store.s3_client import client
from tasks.core.store.s5cmd import copied
from tasks.core.window import Window
from tasks.ingest.sources import open_kind
from tests.fixtures.pipeline import Pipeline, write_recipe
from tests.fixtures.s3 import free_port, served, use
from tests.fixtures.s3_faults import Faults, faulty

SECRETS = ("made-by-the-test", "not-a-secret", "hunter2")


@pytest.fixture
def faults(s3: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """A server that is willing, with a proxy before it; boto3 tries twice."""
    client().put_object(Bucket=bucket, Key="data/k", Body=b"x" * 100_000)
    with faulty(s3) as proxy:
        use(proxy.url, monkeypatch, AWS_MAX_ATTEMPTS="2")
        yield proxy


@pytest.fixture
def store(faults: Faults, bucket: str) -> Store:
    return open_store(f"s3://{bucket}/data")


def failure(call: Callable[[], object]) -> ClipmillError:
    """How the call failed; nothing secret is told."""
    with pytest.raises(ClipmillError) as caught:
        call()
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return caught.value


# The server --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "InternalError"), (502, "BadGateway"), (503, "SlowDown"), (503, "ServiceUnavailable"), (429, "TooMany")],
)
def test_a_server_that_cannot_serve_is_asked_again_later(store: Store, faults: Faults, status: int, code: str) -> None:
    faults.refusals["GET"] = [(status, code)]
    assert store.get_bytes("k") == b"x" * 100_000
    faults.refusals["GET"] = [(status, code)] * 2
    error = failure(lambda: store.get_bytes("k"))
    assert isinstance(error, StoreUnavailable)
    assert exit_code(error) == 75
    assert code in str(error)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "need s3:GetObject"),
        (403, "InvalidAccessKeyId", "see that the credentials are right"),
        (403, "SignatureDoesNotMatch", "see that the credentials are right"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (400, "AuthorizationHeaderMalformed", "AWS_REGION"),
        (405, "MethodNotAllowed", "MethodNotAllowed it is"),
    ],
)
def test_what_a_person_must_mend_is_refused(store: Store, faults: Faults, status: int, code: str, words: str) -> None:
    faults.refusals["GET"] = [(status, code)] * 9
    error = failure(lambda: store.get_bytes("k"))
    assert isinstance(error, StageRefused)
    assert exit_code(error) == 78
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "need s3:ListBucket"),
        (403, "InvalidAccessKeyId", "see that the credentials are right"),
        (404, "NoSuchBucket", "there is no such bucket; make it, or correct the recipe"),
        (400, "AuthorizationHeaderMalformed", "AWS_REGION names the bucket's region"),
        (301, "PermanentRedirect", "AWS_REGION names the bucket's region"),
    ],
)
def test_a_source_that_cannot_be_listed_says_what_to_mend(
    store: Store, faults: Faults, bucket: str, status: int, code: str, words: str
) -> None:
    faults.refusals["GET"] = [(status, code)] * 9
    error = failure(lambda: list(list_source(bucket)))
    assert exit_code(error) == 78
    assert words in str(error)


def list_source(bucket: str) -> Iterator[SourceObject]:
    """What `ingest` would be told of a source in the bucket."""
    terms = {"licence": "CC0-1.0", "rights": "made by the test"}
    settings = SourceSettings.model_validate({"name": "made", "kind": "s3", "path": f"s3://{bucket}/data"} | terms)
    return open_kind(settings).list(None, Window())


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestTimeTooSkewed"])
def test_what_a_new_process_may_mend_is_tried_again(store: Store, faults: Faults, code: str) -> None:
    faults.refusals["GET"] = [(403, code)] * 9
    assert exit_code(failure(lambda: store.get_bytes("k"))) == 75


def test_each_call_names_its_permission(store: Store, faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    calls: dict[str, Callable[[], object]] = {
        "s3:PutObject": lambda: store.put_file("k", tmp_path / "x"),
        "s3:GetObject": lambda: store.stat("k"),
        "s3:DeleteObject": lambda: store.delete("k"),
        "s3:ListBucket": lambda: list(store.list()),
    }
    for permission, call in calls.items():
        faults.refusals = {method: [(403, "AccessDenied")] * 9 for method in ("GET", "PUT", "HEAD", "DELETE")}
        assert permission in str(failure(call))


def test_a_source_that_may_not_be_read_is_its_own_failure(store: Store, faults: Faults, bucket: str) -> None:
    faults.refusals["GET"] = [(403, "AccessDenied")]
    error = failure(lambda: open_source(f"s3://{bucket}/data/k"))
    assert isinstance(error, UnreadableVideo)
    assert error.kind == "permission_denied"
    faults.refusals["GET"] = [(403, "InvalidAccessKeyId")]
    assert isinstance(failure(lambda: open_source(f"s3://{bucket}/data/k")), StageRefused)


# The network -------------------------------------------------------------------------------------------------------


def test_an_answer_that_breaks_off_is_asked_for_again(store: Store, faults: Faults, tmp_path: Path) -> None:
    faults.cut_bodies = 1
    assert store.get_bytes("k") == b"x" * 100_000
    faults.cut_bodies = 1
    assert store.open("k").read() == b"x" * 100_000
    faults.cut_bodies = 1
    store.download("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"x" * 100_000


def test_a_download_that_never_ends_well_leaves_nothing(store: Store, faults: Faults, tmp_path: Path) -> None:
    faults.cut_bodies = 1000
    assert isinstance(failure(lambda: store.download("k", tmp_path / "out")), StoreUnavailable)
    assert isinstance(failure(lambda: store.get_bytes("k")), StoreUnavailable)
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_is_replaced_before_it_came_is_asked_for_another_time(
    store: Store, faults: Faults, tmp_path: Path
) -> None:
    faults.refusals["GET"] = [(412, "PreconditionFailed")]
    error = failure(lambda: store.download("k", tmp_path / "out"))
    assert exit_code(error) == 75
    assert "was replaced while it was read" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_unavailable(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(f"http://somebody:hunter2@127.0.0.1:{free_port()}", monkeypatch, AWS_MAX_ATTEMPTS="1")
    store = open_store(f"s3://{bucket}/data")
    for call in (lambda: store.get_bytes("k"), lambda: store.put_bytes("k", b""), lambda: list(store.list())):
        error = failure(call)
        assert exit_code(error) == 75
        assert "cannot be reached" in str(error)


def test_a_stop_is_not_taken_for_a_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 tries again after any Exception."""

    def stop(signum: int, frame: object) -> None:
        raise Stopping

    with socket.create_server(("127.0.0.1", 0)) as silent:
        use(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch)
        store = open_store("s3://bucket/data")
        client()
        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Stopping):
            store.get_bytes("k")
        signal.signal(signal.SIGALRM, before)


# Conditional puts --------------------------------------------------------------------------------------------------


def test_a_put_whose_answer_was_lost_is_still_ours(store: Store, faults: Faults) -> None:
    faults.lost_answers = 1
    store.put_bytes("version", b"ours", if_absent=True)
    faults.lost_answers = 1
    with pytest.raises(ObjectExists):
        store.put_bytes("version", b"theirs", if_absent=True)
    assert store.get_bytes("version") == b"ours"


def test_a_conflict_with_another_writer_is_tried_again(store: Store, faults: Faults) -> None:
    faults.refusals["PUT"] = [(409, "ConditionalRequestConflict")]
    store.put_bytes("version", b"ours", if_absent=True)
    faults.refusals["PUT"] = [(409, "ConditionalRequestConflict")] * 9
    assert exit_code(failure(lambda: store.put_bytes("other", b"ours", if_absent=True))) == 75


def test_a_store_that_ignores_the_condition_is_refused(store: Store, faults: Faults) -> None:
    store.check()
    faults.ignored_headers = {"if-none-match"}
    error = failure(store.check)
    assert isinstance(error, StageRefused)
    assert "ignores If-None-Match" in str(error)
    assert [found.key for found in store.list()] == ["k"]


def test_a_store_that_knows_no_condition_is_refused(store: Store, faults: Faults) -> None:
    """As OpenStack Swift answers."""
    faults.refusals["PUT"] = [(501, "NotImplemented")]
    error = failure(store.check)
    assert isinstance(error, StageRefused)
    assert "cannot do what is needed" in str(error)


# Many at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path) -> list[tuple[str, Path]]:
    files = [(f"many/{number:02d}", tmp_path / f"{number}") for number in range(12)]
    for _, path in files:
        path.write_bytes(b"x" * 1000)
    return files


def test_many_files_go_by_s5cmd(store: Store, faults: Faults, many: list[tuple[str, Path]]) -> None:
    faults.seen.clear()
    store.put_files(many)
    store.download_all(many)
    assert all("aws-sdk-go" in headers["user-agent"] for _, _, headers in faults.seen)
    assert len([method for method, _, _ in faults.seen if method in ("GET", "PUT")]) == 24


def test_what_s5cmd_could_not_copy_is_copied_or_explained(
    store: Store, faults: Faults, many: list[tuple[str, Path]]
) -> None:
    faults.refusals["PUT"] = [(403, "AccessDenied")]
    store.put_files(many)
    assert len(list(store.list("many/"))) == 12
    faults.refusals["PUT"] = [(403, "AccessDenied")] * 99
    assert "need s3:PutObject" in str(failure(lambda: store.put_files(many)))


def test_without_s5cmd_each_file_goes_by_itself(
    store: Store, many: list[tuple[str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.core.store.s5cmd.find_program", lambda: None)
    store.put_files(many)
    store.download_all(many)
    assert len(list(store.list("many/"))) == 12


def test_an_s5cmd_that_stalls_is_ended(
    store: Store, many: list[tuple[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stalls = tmp_path / "stalls"
    stalls.write_text("#!/bin/sh\nexec sleep 600\n")
    stalls.chmod(0o700)
    monkeypatch.setattr("tasks.core.store.s5cmd.find_program", lambda: str(stalls))
    monkeypatch.setattr("tasks.core.store.s5cmd.STALLED_S", 0.2)
    store.put_files(many)
    assert len(list(store.list("many/"))) == 12


# Settings ----------------------------------------------------------------------------------------------------------


def test_the_bytes_are_signed_for_a_store_of_ones_own(store: Store, faults: Faults) -> None:
    store.put_bytes("k", b"hello")
    (headers,) = (headers for method, _, headers in faults.seen if method == "PUT")
    assert headers["x-amz-content-sha256"].startswith("2cf24dba5fb0a30e26e83b2ac5b9e29e")
    assert not [name for name in headers if "checksum" in name or "trailer" in name]


def test_a_checksum_can_be_asked_for(faults: Faults, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(faults.url, monkeypatch, AWS_REQUEST_CHECKSUM_CALCULATION="when_supported")
    open_store(f"s3://{bucket}").put_bytes("k", b"hello")
    (headers,) = (headers for method, _, headers in faults.seen if method == "PUT")
    assert headers["x-amz-checksum-crc32"]


@pytest.mark.parametrize(
    ("endpoint", "style", "host"),
    [
        ("http://s3.example.org:9000", "auto", "http://s3.example.org:9000/bucket/k"),
        ("http://s3.example.org:9000", "path", "http://s3.example.org:9000/bucket/k"),
        ("http://s3.example.org:9000", "virtual", "http://bucket.s3.example.org:9000/k"),
        ("", "auto", "https://bucket.s3.amazonaws.com/k"),
        ("", "path", "https://s3.eu-west-1.amazonaws.com/bucket/k"),
    ],
)
def test_how_a_bucket_is_addressed(endpoint: str, style: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(endpoint, monkeypatch, CLIPMILL_S3_ADDRESSING=style, AWS_REGION="eu-west-1")
    url = client().generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
    assert url.split("?")[0] == host
    assert client().meta.region_name == "eu-west-1"


def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("s3://bucket/x")
    for wrong in ({"CLIPMILL_S3_ADDRESSING": "sideways"}, {"AWS_ENDPOINT_URL_S3": "127.0.0.1:9000"}):
        use("http://127.0.0.1:1", monkeypatch, **wrong)
        assert isinstance(failure(lambda: store.get_bytes("k")), StageRefused)


@pytest.mark.parametrize(
    "url", ["s3://", "s3://a", "s3:///x", "s3://bad bucket/x", "s3://bucket/../x", "s3://b1b/a//b"]
)
def test_a_wrong_address_is_refused(url: str) -> None:
    assert isinstance(failure(lambda: open_store(url)), StageRefused)


def test_without_credentials_nothing_is_tried(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(s3, monkeypatch, AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    s3_client.forget_client()
    error = failure(lambda: open_store("s3://bucket/x").get_bytes("k"))
    assert isinstance(error, StageRefused)
    assert "set AWS_ACCESS_KEY_ID" in str(error)


def test_a_child_process_has_a_client_of_its_own(s3: str, bucket: str) -> None:
    ours = client()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(client() is ours).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"False"
    assert client() is ours


def test_a_certificate_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: list[tuple[str, Path]]
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    line = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject)
    subprocess.run(line, check=True, capture_output=True)
    store = S3Store("s3://secure/x")
    with contextmanager(served)(tmp_path, "-c", str(certificate), "-k", str(key)) as url:
        use(url, monkeypatch, AWS_CA_BUNDLE=str(certificate))
        client().create_bucket(Bucket="secure")
        store.put_bytes("k", b"x")
        assert len(copied([(str(path), store.url(key)) for key, path in many])) == 12  # s5cmd trusts it too
        use(url, monkeypatch, AWS_MAX_ATTEMPTS="1")
        error = failure(lambda: store.get_bytes("k"))
    assert isinstance(error, StageRefused)
    assert "AWS_CA_BUNDLE" in str(error)


def test_a_stage_ends_with_75_while_the_store_is_away(
    catalog_url: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with 78 where its credentials are missing."""
    recipe = write_recipe(tmp_path / "recipe.yaml", tmp_path, f"s3://{bucket}/data")
    pipeline = Pipeline(catalog_url, recipe)
    arguments = ("plan", "--run", "ingest.made", "--phase", "ingest", "--params", f'{{"recipe": "{recipe}"}}')
    away = {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{free_port()}", "AWS_MAX_ATTEMPTS": "1"}
    assert pipeline.start(*arguments, **away).wait(60) == 75
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert pipeline.start(*arguments, AWS_SHARED_CREDENTIALS_FILE="/dev/null").wait(60) == 78
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-by-the-test")
    assert pipeline.start(*arguments).wait(60) == 0
