"""Pictures for people: contact sheets, false colours of ground truth, small previews, bars."""

from worldfactory.export._bars import bars_svg
from worldfactory.export._colour import colour_depth, colour_flow, colour_ids, colour_normals
from worldfactory.export._curation import Example, Section, curation_html
from worldfactory.export._flowchart import FlowStage, flow_svg
from worldfactory.export._gallery import Tile, gallery_html
from worldfactory.export._preview import preview_webp
from worldfactory.export._sheets import COLUMNS, ClipRow, cell_sheet, contact_sheet, truth_grid

__all__ = [
    "COLUMNS", "ClipRow", "Example", "FlowStage", "Section", "Tile", "bars_svg", "cell_sheet", "colour_depth",
    "colour_flow", "colour_ids", "colour_normals", "contact_sheet", "curation_html", "flow_svg", "gallery_html",
    "preview_webp", "truth_grid",
]  # fmt: skip
