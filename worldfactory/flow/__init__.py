"""The loop without Dagster: stages on a cell, all of them in one process, an endless stream, lineage, search."""

from worldfactory.flow._annotating import annotate_curated
from worldfactory.flow._clips import Cost, draw_clip, make_clips, make_one, make_variants, measure_clips
from worldfactory.flow._curating import CurationReport, FoundFiles, curate_files, decide_curated, video_files
from worldfactory.flow._curation_report import (
    cell_diagram,
    cell_stages,
    cells_page,
    curation_diagram,
    curation_page,
    curation_stages,
)
from worldfactory.flow._factory import Factory, HomeOptions, open_factory
from worldfactory.flow._gallery import make_gallery
from worldfactory.flow._glb import export_scene
from worldfactory.flow._inbox import Watched, brought_file, clips_of, shots_of, verdicts_of, watch_inbox
from worldfactory.flow._lineage import Node, lineage
from worldfactory.flow._looks import cell_sheet, contact_sheet, preview_webp, read_frames, write_sheet
from worldfactory.flow._packing import pack_curated
from worldfactory.flow._report import Progress, StageReport, silent
from worldfactory.flow._run import STAGES, RunReport, cores, make
from worldfactory.flow._search import Found, index_brought, index_cell, open_factory_index, search
from worldfactory.flow._stages import decide, kept_clips, make_prompts, make_scenes, make_shards
from worldfactory.flow._stream import FIELDS, Field, FrameStream, stream
from worldfactory.flow._testfilm import drawn_footage, read_footage
from worldfactory.flow._training import home_shards, train_checkpoint
from worldfactory.flow._turntable import turntable_webp

__all__ = [
    "FIELDS", "STAGES", "Cost", "CurationReport", "Factory", "Field", "Found", "FoundFiles", "FrameStream",
    "HomeOptions", "Node", "Progress", "RunReport", "StageReport", "Watched", "annotate_curated", "brought_file",
    "cell_diagram", "cell_sheet", "cell_stages", "cells_page", "clips_of", "contact_sheet", "cores", "curate_files",
    "curation_diagram", "curation_page", "curation_stages", "decide", "decide_curated", "draw_clip", "drawn_footage",
    "export_scene", "home_shards", "index_brought", "index_cell", "kept_clips", "lineage", "make", "make_clips",
    "make_gallery", "make_one", "make_prompts", "make_scenes", "make_shards", "make_variants", "measure_clips",
    "open_factory", "open_factory_index", "pack_curated", "preview_webp", "read_footage", "read_frames", "search",
    "shots_of", "silent", "stream", "train_checkpoint", "turntable_webp", "verdicts_of", "video_files", "watch_inbox",
    "write_sheet",
]  # fmt: skip
