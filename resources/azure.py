"""A home on Azure Blob Storage."""

import os
from urllib.parse import urlsplit

import dagster as dg
from dagster_azure.blob import (
    AzureBlobStorageDefaultCredential,
    AzureBlobStorageKeyCredential,
    AzureBlobStorageResource,
    AzureBlobStorageSASTokenCredential,
)


class AzureHome(AzureBlobStorageResource):
    """`dagster_azure.blob.AzureBlobStorageResource`, its account and credential handed to the object store."""

    @classmethod
    def from_environment(cls) -> "AzureHome":
        """The account from AZURE_STORAGE_ACCOUNT_URL or _NAME, its credential from AZURE_STORAGE_KEY or _SAS_TOKEN."""
        url = os.environ.get("AZURE_STORAGE_ACCOUNT_URL")
        name = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")
        credential: object = AzureBlobStorageDefaultCredential()
        if os.environ.get("AZURE_STORAGE_KEY"):
            credential = AzureBlobStorageKeyCredential(key=dg.EnvVar("AZURE_STORAGE_KEY"))
        elif os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
            credential = AzureBlobStorageSASTokenCredential(token=dg.EnvVar("AZURE_STORAGE_SAS_TOKEN"))
        return cls(account_url=url or f"https://{name}.blob.core.windows.net", credential=credential)

    def options(self) -> dict[str, str]:
        """obstore's Azure configuration. The default credential leaves the choice to the store's own chain."""
        parts = urlsplit(self.account_url)
        # https://ACCOUNT.blob.core.windows.net, or http://HOST:PORT/ACCOUNT for an emulator.
        account = parts.path.strip("/") or (parts.hostname or "").partition(".")[0]
        said = {"azure_storage_account_name": account}
        if parts.path.strip("/"):
            said["azure_storage_endpoint"] = self.account_url.rstrip("/")
        if parts.scheme == "http":
            said["allow_http"] = "true"
        match self.credential.credential_type:
            case "key":
                said["azure_storage_account_key"] = self.credential.key or ""
            case "sas":
                said["azure_storage_sas_token"] = self.credential.token or ""
            case "anonymous":
                said["azure_skip_signature"] = "true"
        return said
