"""Homes: only the clouds in use are imported, and what a Dagster user configures reaches the object store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from resources import HomesResource, LocalHome, homes_resource

CLOUDS = {
    "aws": {"url": "s3://clips/aws", "cities": ["new-york", "rio-de-janeiro"]},
    "gcp": {"url": "gs://clips/gcp", "cities": ["paris", "cairo"]},
    "azure": {"url": "az://clips/azure", "cities": ["kyoto", "mumbai", "sydney"]},
}


def options(homes: HomesResource) -> dict[str, dict[str, str]]:
    """What the assets are given."""
    with dg.build_resources({"homes": homes}) as resources:
        return resources.homes.options()


def test_folders_need_nothing_and_import_no_cloud(specs: Path) -> None:
    assert options(homes_resource(specs)) == {"aws": {}, "gcp": {}, "azure": {}}
    code = (
        "import sys; from pathlib import Path; from resources import homes_resource; "
        f"homes_resource(Path({str(specs)!r})); "
        "print([m for m in ('boto3', 'google.cloud.storage', 'azure.storage.blob', 'torch') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_factory_that_can_not_be_read_counts_as_local(tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text("homes: [")
    assert options(homes_resource(tmp_path)) == {"aws": {}, "gcp": {}, "azure": {}}


def test_variables_of_the_clouds_reach_the_stores(
    make_specs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "gcp.json"),
        "AZURE_STORAGE_ACCOUNT_NAME": "clips",
        "AZURE_STORAGE_KEY": "c2VjcmV0",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCOUNT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    assert options(homes_resource(make_specs(homes=CLOUDS))) == {
        "aws": {
            "aws_region": "eu-west-1",
            "aws_endpoint": "http://127.0.0.1:9000",
            "aws_access_key_id": "key",
            "aws_secret_access_key": "secret",
            "allow_http": "true",
        },
        "gcp": {"google_application_credentials": str(tmp_path / "gcp.json")},
        "azure": {"azure_storage_account_name": "clips", "azure_storage_account_key": "c2VjcmV0"},
    }


def test_an_emulator_of_azure_is_reached_by_its_url() -> None:
    from dagster_azure.blob import AzureBlobStorageSASTokenCredential

    from resources.azure import AzureHome

    home = AzureHome(
        account_url="http://127.0.0.1:10000/devstoreaccount1",
        credential=AzureBlobStorageSASTokenCredential(token="sv=1&sig=2"),
    )
    found = options(HomesResource(aws=LocalHome(), gcp=LocalHome(), azure=home))["azure"]
    assert found == {
        "azure_storage_account_name": "devstoreaccount1",
        "azure_storage_endpoint": "http://127.0.0.1:10000/devstoreaccount1",
        "azure_storage_sas_token": "sv=1&sig=2",
        "allow_http": "true",
    }


def test_a_home_on_s3_is_written_and_read_with_what_dagster_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    from resources.aws import S3Home
    from worldfactory.store import open_home

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).create_bucket(Bucket="clips")
        s3 = S3Home(endpoint_url=endpoint, region_name="us-east-1", **keys)
        said = options(HomesResource(aws=s3, gcp=LocalHome(), azure=LocalHome()))["aws"]
        home = open_home("s3://clips/aws", said)
        home.put("zoo/kyoto/0.tar", b"bytes")
        assert home.get("zoo/kyoto/0.tar") == b"bytes"
    finally:
        server.stop()
