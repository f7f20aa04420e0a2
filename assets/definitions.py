"""All definitions, as `workspace.yaml` loads them."""

import os
from pathlib import Path

import dagster as dg

from assets import checks, dataset, decor, footage, inbox, jobs, sensors, training
from assets.specs import SPECS
from resources import FactoryResource, homes_resource

REPOSITORY = Path(__file__).resolve().parent.parent


def _setting(name: str, default: str) -> str:
    """The environment variable as Dagster resolves and shows it, or the default where it is not set."""
    return dg.EnvVar(name) if os.environ.get(name) else default


def definitions() -> dg.Definitions:
    """Everything, configured by the environment as it is now."""
    return dg.Definitions(
        assets=[
            *SPECS,
            decor.decor_item,
            inbox.inbox_video,
            *dg.load_assets_from_modules([decor, footage, dataset, training, inbox]),
        ],
        asset_checks=dg.load_asset_checks_from_modules([checks, inbox]),
        jobs=[jobs.cell_job, jobs.decor_job, jobs.train_job, jobs.video_job, jobs.choice_job],
        sensors=[sensors.specs_folder, sensors.inbox, sensors.keep_fresh],
        resources={
            "factory": FactoryResource(
                specs=_setting("WORLDFACTORY_SPECS", str(REPOSITORY / "specs")),
                data=_setting("WORLDFACTORY_DATA", str(REPOSITORY / "data")),
                profile=_setting("WORLDFACTORY_PROFILE", ""),
                homes=homes_resource(Path(os.environ.get("WORLDFACTORY_SPECS") or REPOSITORY / "specs")),
            )
        },
        # Steps follow each other, and clips use all cores by themselves: a process per step would cost seconds.
        executor=dg.in_process_executor,
    )


defs = definitions()
