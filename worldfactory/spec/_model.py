"""specs/models/*.yaml and specs/federation/*.yaml: what is trained, and how the homes train it together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from worldfactory.spec._base import Positive, Share, SpecModel

Count = Annotated[int, Field(ge=1, le=1_000_000)]


class ModelSpec(SpecModel):
    """A causal video tokenizer (an autoencoder that never looks ahead in time) and how it is trained."""

    title: str = "Causal video tokenizer"
    kind: Literal["tokenizer"] = "tokenizer"
    channels: Annotated[int, Field(ge=4, le=1024)] = 32
    """Width of the finest learnt level; each halving of space doubles it."""
    blocks: Annotated[int, Field(ge=1, le=16)] = 1
    """Residual blocks at each level, on the way in and on the way out."""
    latent_channels: Annotated[int, Field(ge=1, le=256)] = 16
    spatial_factor: Literal[4, 8, 16] = 8
    """Height and width of a frame over height and width of its latents."""
    temporal_factor: Literal[1, 2, 4, 8] = 4
    """Frames in one latent, after the first, which holds frame 0 alone."""
    frames: Count = 9
    """Frames of one training window; 1 + a multiple of temporal_factor."""
    size: Annotated[int, Field(ge=16, le=4096)] = 64
    """Side of the square training crop, pixels; a multiple of spatial_factor."""
    batch: Annotated[int, Field(ge=1, le=4096)] = 4
    learning_rate: Positive = 6e-4
    """Of Adam, after `warmup` steps."""
    warmup: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    """Steps over which the learning rate rises linearly."""
    gradient_weight: Annotated[float, Field(ge=0.0, le=100.0)] = 0.5
    """Weight of the loss on differences between neighbouring pixels and frames."""
    square_weight: Annotated[float, Field(ge=0.0, le=100.0)] = 2.0
    """Weight of the squared error, beside the absolute error's 1."""
    windows_per_clip: Annotated[int, Field(ge=1, le=1024)] = 1
    """Windows cut from one reading of a clip. More reads less, and makes batches less varied."""
    held_out: Share = 0.2
    """Share of each home's clips that is never trained on and measures the loss."""
    held_out_windows: Annotated[int, Field(ge=1, le=4096)] = 8
    """Windows on which the loss is measured, in each home."""
    seed: int = 0

    @field_validator("temporal_factor")
    @classmethod
    def _factors_fit(cls, factor: int, info: ValidationInfo) -> int:
        if factor == 8 and info.data.get("spatial_factor") == 4:
            raise ValueError("8 needs a spatial_factor of 8 or 16; with 4 it is 1, 2 or 4")
        return factor

    @field_validator("frames")
    @classmethod
    def _frames_fit(cls, frames: int, info: ValidationInfo) -> int:
        factor = info.data.get("temporal_factor", 1)
        if (frames - 1) % factor:
            near = 1 + max(1, round((frames - 1) / factor)) * factor
            raise ValueError(f"frames is 1 + a multiple of temporal_factor ({factor}), such as {near}")
        return frames

    @field_validator("size")
    @classmethod
    def _size_fits(cls, size: int, info: ValidationInfo) -> int:
        factor = info.data.get("spatial_factor", 1)
        if size % factor:
            near = round(size / factor) * factor
            raise ValueError(f"size is a multiple of spatial_factor ({factor}), such as {near}")
        return size


class FederationSpec(SpecModel):
    """How the homes train one model together (McMahan et al. 2017), each on its own shards."""

    title: str = "Homes in three clouds"
    rounds: Count = 3
    steps_per_round: Count = 12
    strategy: Literal["fedavg", "fedavgm", "fedadam"] = "fedavg"
    """fedavg: the mean weighted by training clips (McMahan et al. 2017). fedavgm: with momentum on the mean's
    change (Hsu et al. 2019). fedadam: Adam on it (Reddi et al. 2020)."""
    server_momentum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """fedavgm: momentum; fedadam: beta 1. fedavg has none."""
    fedadam_learning_rate: Positive = 3e-3
    """fedadam: how far one round moves a weight."""
    min_clients: Annotated[int, Field(ge=1, le=3)] = 1
    """A round with fewer replies fails the run."""
