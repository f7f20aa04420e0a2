"""A home on Google Cloud Storage."""

import os

import dagster as dg
from dagster_gcp.gcs import GCSResource


class GcsHome(GCSResource):
    """`dagster_gcp.gcs.GCSResource`, with application default credentials unless a service account's file is named."""

    service_account_file: str | None = None
    """A service account's key, as JSON."""

    @classmethod
    def from_environment(cls) -> "GcsHome":
        """The service account's file from GOOGLE_APPLICATION_CREDENTIALS, if that is set."""
        if os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
            return cls(service_account_file=dg.EnvVar("GOOGLE_APPLICATION_CREDENTIALS"))
        return cls()

    def options(self) -> dict[str, str]:
        """obstore's GCS configuration; empty where the machine's own identity is to be used."""
        return {"google_application_credentials": self.service_account_file} if self.service_account_file else {}
