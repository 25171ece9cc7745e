"""What AWS and its SDK say when they don't answer, in our words."""

from __future__ import annotations

import re
from typing import Any

from integrations._text import title
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient

_THROTTLED = frozenset(
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "SlowDown",
        "TooManyRequestsException",
        "RequestThrottled",
        "RequestThrottledException",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "TooManyRequests",
    ]
)
_EXPIRED = frozenset(
    [
        "ExpiredToken",
        "ExpiredTokenException",
        "TokenRefreshRequired",
        "RequestExpired",
        "InvalidSessionTokenException",
    ]
)
_REFUSED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "UnauthorizedAccess",
        "NotAuthorized",
        "AuthorizationError",
        "AuthorizationErrorException",
        "AccessDeniedFault",
        "OptInRequired",
        "Blocked",
        "OptInRequiredException",
        "UnauthorizedException",
        "SubscriptionRequiredException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "AuthFailure",
        "InvalidAction",
        "UnknownOperationException",
        "UnknownOperation",
        "NotImplemented",
        "NotImplementedException",
        "UnsupportedOperation",
        "InvalidOperation",
        "SignatureDoesNotMatch",
        "DataUnavailableException",
        "AWSOrganizationsNotInUseException",
        "ForbiddenException",
        "403",
        "ResourceExplorerAccessDenied",
        "AllAccessDisabled",
        "MissingAuthenticationToken",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidAccessException",
    ]
)
_FAILED = frozenset(
    [
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalServerException",
        "ServiceException",
        "InternalFailureException",
    ]
)
_UNANSWERED = {
    "EndpointConnectionError": "no connection", "ConnectTimeoutError": "no connection in time",
    "ReadTimeoutError": "no answer in time", "ConnectionClosedError": "the connection broke",
    "ProxyConnectionError": "no connection to the proxy",
    "SSLError": "its certificate is not trusted",
}  # fmt: skip
_SECRETS = re.compile(r"\b(?:A[KS]IA[A-Z0-9]{12,}|[A-Za-z0-9/+=]{40,})")


class Refused(Permanent):
    """Not allowed, not subscribed to, not there in this region: the call is left out."""


class WouldWork(Permanent):
    """A dry run says that the call would have worked."""


class Unknown(Transient):
    """The other side did not answer as this service does: it may not have the call at all."""


class Expired(Transient):
    """The credentials are too old."""


def translated(error: BaseException, what: str) -> IntegrationError:
    """What a failed call means; ``what`` is the call, such as ``ec2:DescribeVolumes``."""
    from botocore import exceptions as boto

    if isinstance(error, IntegrationError):
        return error
    if isinstance(error, boto.ClientError):
        return _answered(error.response, what)
    name = type(error).__name__
    if name in ("NoCredentialsError", "PartialCredentialsError", "NoAuthTokenError"):
        return Misconfigured("there are no AWS credentials", "access_key")
    if name in ("ProfileNotFound", "ConfigNotFound", "ConfigParseError"):
        return Misconfigured(_said(error), "profile")
    if name in ("CredentialRetrievalError", "TokenRetrievalError", "MetadataRetrievalError"):
        return Transient(f"AWS gives no credentials: {_said(error)}")
    if name in ("UnknownServiceError", "UnknownRegionError", "UnknownEndpointError"):
        return Refused(f"{what} is not there")
    if name == "ResponseParserError":
        return Unknown(f"{what} was answered with something that can't be read", broken=True)
    if isinstance(error, boto.BotoCoreError):
        why = _UNANSWERED.get(name, name)
        return Transient(f"{what} was not answered: {why}", uncertain=name == "ReadTimeoutError")
    return Transient(f"{what} failed: {name}")


def code_of(error: BaseException) -> str:
    """AWS's word for an error, "" where it is none of AWS's."""
    response = getattr(error, "response", None)
    return str(((response or {}).get("Error") or {}).get("Code") or "")


def _answered(response: Any, what: str) -> IntegrationError:
    said = response.get("Error") or {}
    meta = response.get("ResponseMetadata") or {}
    code = str(said.get("Code") or "").rpartition("#")[2]
    status = int(meta.get("HTTPStatusCode") or 0)
    text = f"{what}: {code}: {_clean(str(said.get('Message') or ''))}"
    if code in _THROTTLED or status == 429:
        return Transient(f"{what} is throttled", retry_after=_after(meta))
    if code in _EXPIRED:
        return Expired(f"{what}: the credentials have expired")
    if code == "DryRunOperation":
        return WouldWork(f"{what} would work")
    if code in _REFUSED or status in (401, 403):
        return Refused(f"{what}: {code or status}")
    if code in _FAILED:
        return Transient(f"{what} failed at AWS: {code}", broken=True)
    if status >= 500 or not status or code.isdigit():
        return Unknown(f"{what} was answered with {status or code}", broken=True)
    return Permanent(text)


def _after(meta: Any) -> float | None:
    said = str((meta.get("HTTPHeaders") or {}).get("retry-after") or "")
    return float(said) if said.isdigit() else None


def _said(error: BaseException) -> str:
    return _clean(str(error))


def _clean(said: str) -> str:
    return title(_SECRETS.sub("…", said), 300)
