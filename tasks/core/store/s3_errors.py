"""What an S3 server answers, as our errors: what a person has to mend, or that trying again may help."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import S3DownloadFailedError, S3ValidationError

from tasks.core.errors import ClipmillError, ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo

MISSING = {"NoSuchKey", "NotFound", "404"}
CHANGED = {"PreconditionFailed", "412"}
PAST_THE_END = {"InvalidRange", "416"}
_FORBIDDEN = {"AccessDenied", "403"}
_AGAIN = {
    "ConditionalRequestConflict", "ExpiredToken", "ExpiredTokenException", "IDPCommunicationError", "OperationAborted",
    "RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "Throttling", "TokenRefreshRequired",
}  # fmt: skip
_ROLES = {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetRoleCredentials"}
"""What boto3 asks for credentials, within the call that first needs them."""
_UNREACHABLE = (
    boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError, boto.ChecksumError,
    boto.FlexibleChecksumError, boto.CredentialRetrievalError, boto.MetadataRetrievalError,
)  # fmt: skip


@contextmanager
def asking(place: str, permission: str) -> Iterator[None]:
    """Errors of the call within, as ours; `permission` is what it takes, such as s3:GetObject."""
    try:
        yield
    except (S3DownloadFailedError, S3ValidationError) as error:
        raise StoreUnavailable(f"{place} was replaced while it was read") from error
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise explained(error, place, permission) from error


def code_of(error: Exception) -> str:
    """The server's word for what went wrong; a status such as 404 where it sent no body, empty where no answer came."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_forbidden(error: ClientError) -> bool:
    """Whether the store refuses this object to credentials that it knows."""
    return code_of(error) in _FORBIDDEN and error.operation_name not in _ROLES


def explained(error: Exception, place: str, permission: str = "") -> ClipmillError:
    """Our error for one of boto3's; nothing in it is secret."""
    if isinstance(error, Boto3Error):  # its transfers wrap what went wrong
        error = getattr(error, "last_exception", None) or error.__context__ or error
    if isinstance(error, ClientError):
        return _no_role(error, place) if error.operation_name in _ROLES else _answered(error, place, permission)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return StageRefused(f"{place}: the server's certificate is not trusted; AWS_CA_BUNDLE names a file that is")
    if isinstance(error, _UNREACHABLE):
        return StoreUnavailable(f"{place}: {_in_short(error)}")
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return StageRefused(
            f"{place}: no credentials for S3 were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the "
            "machine or pod a role"
        )
    return StageRefused(f"{place}: {_in_short(error)}")


def _answered(error: ClientError, place: str, permission: str) -> ClipmillError:
    answer: Any = error.response
    code, status = code_of(error), int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    told = f"{place}: the store answered {code} {answer.get('Error', {}).get('Message', '')}".rstrip(" .")
    if code in MISSING:
        return ObjectMissing(place)
    if code in CHANGED:
        return StoreUnavailable(f"{place} was replaced while it was read")
    if code in _AGAIN or status == 429 or (status >= 500 and status != 501):
        return StoreUnavailable(told)
    if code == "NoSuchBucket":
        return StageRefused(f"{place}: there is no such bucket; make it, or correct the recipe or AWS_ENDPOINT_URL_S3")
    if code == "InvalidObjectState":
        return UnreadableVideo("archived", f"{place} lies in an archive storage class and has not been restored")
    if code in _FORBIDDEN:
        return StageRefused(f"{place}: access was denied; these credentials need {permission} on it")
    if status in (401, 403):
        return StageRefused(f"{told}; see that the credentials are right")
    if status in (301, 307) or code == "AuthorizationHeaderMalformed":
        return StageRefused(f"{told}; AWS_REGION names the bucket's region")
    if status == 501:
        return StageRefused(f"{told}; this store cannot do what is needed")
    return StageRefused(told)


def _no_role(error: ClientError, place: str) -> ClipmillError:
    """Our error for an answer that gave no credentials: nothing has been asked of the store yet."""
    code, status = code_of(error), int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{code} {error.response.get('Error', {}).get('Message', '')}".rstrip(" .")
    told = f"{place}: {error.operation_name} was answered {said}"
    if code in _AGAIN or status == 429 or status >= 500:
        return StoreUnavailable(told)
    return StageRefused(f"{told}; see the role, whom it trusts, and that the pod runs as the service account meant")


def _in_short(error: Exception) -> str:
    """What went wrong, without the address, which may hold a password."""
    match error:
        case boto.ConnectTimeoutError() | boto.ReadTimeoutError():
            return "the store did not answer in time"
        case boto.EndpointConnectionError():
            return "the store cannot be reached"
        case boto.HTTPClientError() | boto.ConnectionError() | boto.IncompleteReadError():
            return f"the connection to the store broke ({type(error).__name__})"
    return f"{type(error).__name__}: {error}"
