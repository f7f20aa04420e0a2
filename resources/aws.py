"""A home on S3, or on whatever speaks its protocol."""

import os

import boto3
import dagster as dg
from dagster_aws.s3 import S3Resource


class S3Home(S3Resource):
    """`dagster_aws.s3.S3Resource` with its session's credentials handed to the object store.

    All its fields hold: region, endpoint, keys, profile. What is left out, boto3 finds where it always does.
    """

    @classmethod
    def from_environment(cls) -> "S3Home":
        """Region, endpoint and keys from the AWS_ variables that are set."""
        names = {
            "region_name": ("AWS_REGION", "AWS_DEFAULT_REGION"),
            "endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            "aws_access_key_id": ("AWS_ACCESS_KEY_ID",),
            "aws_secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
            "aws_session_token": ("AWS_SESSION_TOKEN",),
            "profile_name": ("AWS_PROFILE",),
        }
        found = {field: [dg.EnvVar(name) for name in known if os.environ.get(name)] for field, known in names.items()}
        return cls(**{field: variables[0] for field, variables in found.items() if variables})

    def options(self) -> dict[str, str]:
        """obstore's S3 configuration. Credentials are those of the boto3 session, a profile's or a role's included."""
        session = boto3.session.Session(
            aws_access_key_id=self.aws_access_key_id,
            aws_secret_access_key=self.aws_secret_access_key,
            aws_session_token=self.aws_session_token,
            region_name=self.region_name,
            profile_name=self.profile_name,
        )
        said: dict[str, str | None] = {"aws_region": session.region_name, "aws_endpoint": self.endpoint_url}
        if self.use_unsigned_session:
            said["aws_skip_signature"] = "true"
        elif credentials := session.get_credentials():
            frozen = credentials.get_frozen_credentials()
            said |= {
                "aws_access_key_id": frozen.access_key,
                "aws_secret_access_key": frozen.secret_key,
                "aws_session_token": frozen.token,
            }
        if self.endpoint_url and self.endpoint_url.startswith("http://"):
            said["allow_http"] = "true"
        return {key: value for key, value in said.items() if value}
