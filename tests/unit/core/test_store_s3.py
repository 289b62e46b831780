"""What of the S3 store can be said without a server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore import exceptions as boto
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp

from tasks.core.errors import BadRecipe, ObjectMissing, StageRefused, StoreUnavailable
from tasks.core.recipe import parse_recipe
from tasks.core.store import is_s3, s3_client, s3_source, source_uri
from tasks.core.store.s3_errors import explained, is_forbidden
from tasks.core.store.s3_source import list_bucket
from tasks.core.store.uri import s3_uri, split_s3_uri

SOURCE = {"name": "raw", "licence": "CC0-1.0", "rights": "made by the test"}
NOW = datetime.now(UTC)


@pytest.mark.parametrize("key", ["a/b.mp4", "/a", "a//b", "../a", "a b'\"\n%41?#&+", "日本/🎬", "a/", "", "\0"])
def test_a_key_comes_back_from_its_uri(key: str) -> None:
    uri = s3_uri("bucket", key)
    assert uri.isascii()
    assert uri.isprintable()
    assert split_s3_uri(uri) == ("bucket", key)


def test_a_prefix_is_written_as_people_write_it() -> None:
    assert source_uri("s3://bucket/my videos/100%") == "s3://bucket/my%20videos/100%25/"
    assert source_uri("s3://bucket/raw/") == "s3://bucket/raw/"
    assert source_uri("s3://bucket") == "s3://bucket/"
    assert source_uri("/raw") == "file:///raw"
    assert is_s3("s3://x") > is_s3("/s3")


def recipe(**source: str) -> Any:
    return parse_recipe({"name": "made", "dataset": "made", "output": "s3://b/x", "sources": [SOURCE | source]})


def test_kind_and_path_of_a_source_go_together() -> None:
    assert recipe(kind="s3", path="s3://bucket/raw").sources[0].uri == "s3://bucket/raw/"
    assert recipe(path="/raw").sources[0].uri == "file:///raw"
    for wrong in ({"kind": "s3", "path": "/raw"}, {"path": "s3://bucket/raw"}, {"kind": "s3", "path": "s3://b/raw"}):
        with pytest.raises(BadRecipe, match=r"sources\.0"):
            recipe(**wrong)


def test_the_recipe_in_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs" / "s3.md").read_text()
    body = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    assert parse_recipe(body).sources[0].uri == "s3://raw-video/cameras/"


@pytest.mark.parametrize(
    ("restored", "problem"),
    [
        ({}, "archived"),
        ({"IsRestoreInProgress": True}, "archived"),
        ({"IsRestoreInProgress": False, "RestoreExpiryDate": NOW + timedelta(days=1)}, None),
        ({"IsRestoreInProgress": False, "RestoreExpiryDate": NOW - timedelta(days=1)}, "archived"),
    ],
)
def test_an_archived_object_can_be_read_while_a_copy_is_restored(
    monkeypatch: pytest.MonkeyPatch, restored: dict[str, object], problem: str | None
) -> None:
    found = {"Key": "raw/a.mp4", "Size": 1, "LastModified": NOW, "StorageClass": "DEEP_ARCHIVE"}
    monkeypatch.setattr(s3_source, "listed", lambda *_, **__: iter([found | {"RestoreStatus": restored}]))
    assert [one.problem for one in list_bucket("s3://bucket/raw/")] == [problem]


def role_error(code: str, status: int = 403) -> ClientError:
    """What STS answers to a pod that asks for its role."""
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "AssumeRoleWithWebIdentity")


def test_a_role_that_is_refused_is_not_told_as_a_right_that_is_missing() -> None:
    said = str(explained(role_error("AccessDenied"), "s3://bucket/key", "s3:ListBucket"))
    assert "s3:ListBucket" not in said
    assert "AssumeRoleWithWebIdentity" in said
    assert not is_forbidden(role_error("AccessDenied"))


def test_a_role_that_is_refused_is_ours_where_other_programs_get_the_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refused:
        region_name = None

        def get_credentials(self) -> None:
            raise role_error("AccessDenied")

    monkeypatch.setattr(s3_client, "_of_this_process", lambda: s3_client._Connected(Refused(), None))
    with pytest.raises(StageRefused, match="AssumeRoleWithWebIdentity"):
        s3_client.found_settings()


URL = "http://somebody:hunter2@host:9000"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto.EndpointConnectionError(endpoint_url=URL), StoreUnavailable),
        (boto.ConnectTimeoutError(endpoint_url=URL), StoreUnavailable),
        (boto.ReadTimeoutError(endpoint_url=URL), StoreUnavailable),
        (boto.ConnectionClosedError(endpoint_url=URL), StoreUnavailable),
        (boto.SSLError(endpoint_url=URL, error="UNEXPECTED_EOF"), StoreUnavailable),
        (boto.SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"), StageRefused),
        (boto.ProxyConnectionError(proxy_url=URL), StoreUnavailable),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), StoreUnavailable),
        (boto.CredentialRetrievalError(provider="web", error_msg="no answer"), StoreUnavailable),
        (boto.NoCredentialsError(), StageRefused),
        (boto.ProfileNotFound(profile="theirs"), StageRefused),
        (ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject"), ObjectMissing),
        (role_error("AccessDenied"), StageRefused),
        (role_error("InvalidIdentityToken"), StageRefused),
        (role_error("IDPCommunicationError"), StoreUnavailable),
        (role_error("ServiceUnavailable", 503), StoreUnavailable),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_errors_are_told_in_our_words(error: Exception, kind: type[Exception]) -> None:
    ours = explained(error, "s3://bucket/key")
    assert type(ours) is kind
    assert "s3://bucket/key" in str(ours)
    assert "hunter2" not in str(ours)


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-10T12:00:01.000Z", "2026-11-10T12:00:01Z", "Tue, 10 Nov 2026 12:00:01 GMT", "20261110T120001Z",
        "2026-11-10T12:00:01.5+00:00", 1794312001, "1794312001", "2026-11-10T14:00:01.123456789Z", "Z",
    ],
)  # fmt: skip
def test_times_are_read_as_botocore_reads_them(said: Any) -> None:
    def read(parse: Any) -> datetime | str:
        try:
            return parse(said).replace(microsecond=0)
        except ValueError:
            return "refused"

    assert read(s3_client.moment) == read(parse_timestamp)
