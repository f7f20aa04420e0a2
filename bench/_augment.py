"""What happens to copies of clips, on the GPU: crops, mirroring, colours, other encodings, bars and captions."""

from __future__ import annotations

import torch
from torch.nn import functional

from worldfactory.embed._network import FRAMES, HEIGHT, WIDTH


def windows(clips: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """[B, P, H, W, 3] uint8 -> FRAMES of each, evenly spread between moments near its ends."""
    batch, pictures = clips.shape[:2]
    draw = torch.rand(2, batch, 1, device=clips.device, generator=random)
    begin, end = 0.18 * draw[0] * pictures, pictures - 1 - 0.18 * draw[1] * pictures
    places = (begin + (end - begin) * torch.linspace(0, 1, FRAMES, device=clips.device)).round().long()
    return clips[torch.arange(batch, device=clips.device)[:, None], places]


def disguised(clips: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """[B, T, H, W, 3] uint8 -> [B, T, 3, HEIGHT, WIDTH] in 0 to 1, each clip changed in ways of its own."""
    batch, moments = clips.shape[:2]
    device = clips.device

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(batch, *shape, device=device, generator=random)

    def some(share: float) -> torch.Tensor:
        return torch.rand(batch, 1, 1, 1, 1, device=device, generator=random) < share

    # Cropped, stretched a little and mirrored; sampled twice as fine as wanted, so that nothing flickers.
    side = torch.where(some(0.75)[:, 0, 0, 0], uniform(0.7, 1.0, 1), torch.ones(batch, 1, device=device))
    across, down = (side * uniform(0.94, 1.0, 1)).clamp(max=1), (side * uniform(0.94, 1.0, 1)).clamp(max=1)
    flip = torch.where(some(0.4)[:, 0, 0, 0], -1.0, 1.0)
    matrix = torch.zeros(batch, 2, 3, device=device)
    matrix[:, 0, 0], matrix[:, 1, 1] = (across * flip)[:, 0], down[:, 0]
    matrix[:, 0, 2] = ((1 - across) * uniform(-1, 1, 1))[:, 0]
    matrix[:, 1, 2] = ((1 - down) * uniform(-1, 1, 1))[:, 0]
    grid = functional.affine_grid(matrix, [batch, 3, 2 * HEIGHT, 2 * WIDTH], align_corners=False)
    kind = torch.float16 if device.type == "cuda" else torch.float32  # the CPU's half precision is broken here
    grid = grid.to(kind).repeat_interleave(moments, 0)
    flat = clips.flatten(0, 1).permute(0, 3, 1, 2).to(kind) / 255
    x = functional.avg_pool2d(functional.grid_sample(flat, grid, align_corners=False, padding_mode="border"), 2)
    x = x.float().view(batch, moments, 3, HEIGHT, WIDTH)

    # Encoded small: what is finer is gone.
    for factor, share in ((2, 0.2), (3, 0.1)):
        small = functional.avg_pool2d(x.flatten(0, 1), factor, ceil_mode=True)
        coarse = functional.interpolate(small, (HEIGHT, WIDTH), mode="bilinear").view_as(x)
        x = torch.where(some(share), coarse, x)
    # Colours: each channel's gain and gamma, hue turned, saturation, grey.
    gamma = torch.where(some(0.6), torch.exp(uniform(-0.6, 0.6, 1, 1, 1, 1)), 1.0)
    x = x.clamp(1e-3, 1) ** gamma
    x = torch.where(some(0.6), x * uniform(0.7, 1.3, 1, 3, 1, 1), x)
    turned = torch.stack([x[:, :, 1], x[:, :, 2], x[:, :, 0]], 2)
    mix = uniform(0, 1, 1, 1, 1, 1)
    x = torch.where(some(0.2), x * (1 - mix) + turned * mix, x)
    grey = x.mean(2, keepdim=True)
    x = torch.where(some(0.3), grey + (x - grey) * uniform(0, 1.8, 1, 1, 1, 1), x)
    x = torch.where(some(0.12), grey.expand_as(x), x)
    # A caption: a strip of dark and light strokes that stands still.
    strokes = (torch.rand(batch, 1, 1, 6, 64, device=device, generator=random) > 0.5).float()
    ink = functional.interpolate(strokes.flatten(0, 1), (10, 128))[:, None]
    strip = torch.zeros(batch, 1, 1, HEIGHT, WIDTH, device=device)
    strip[:, :, :, 80:90, 16:144] = 1.0
    inked = torch.zeros_like(strip)
    inked[:, :, :, 80:90, 16:144] = ink
    shift = int(torch.randint(-75, 6, (1,), device=device, generator=random))
    strip, inked = torch.roll(strip, shift, 3), torch.roll(inked, shift, 3)
    x = torch.where(some(0.2) & (strip > 0), inked, x)
    # Bars above and below, or at the sides.
    rows = torch.linspace(-1, 1, HEIGHT, device=device).abs().view(1, 1, 1, -1, 1)
    columns = torch.linspace(-1, 1, WIDTH, device=device).abs().view(1, 1, 1, 1, -1)
    x = torch.where(some(0.08) & (rows > uniform(0.7, 0.9, 1, 1, 1, 1)), 0.02, x)
    x = torch.where(some(0.04) & (columns > uniform(0.7, 0.9, 1, 1, 1, 1)), 0.02, x)
    noise = torch.randn(x.shape, device=device, generator=random, dtype=torch.float16)
    return (x + torch.where(some(0.3), uniform(0.005, 0.05, 1, 1, 1, 1), 0.003) * noise).clamp(0, 1)


def plain(clips: torch.Tensor) -> torch.Tensor:
    """[B, P, H, W, 3] uint8 -> [B, FRAMES, 3, HEIGHT, WIDTH], as the embedder sees a clip that nothing befell."""
    places = torch.linspace(0, clips.shape[1] - 1, FRAMES, device=clips.device).round().long()
    flat = clips[:, places].flatten(0, 1).permute(0, 3, 1, 2).float() / 255
    small = functional.interpolate(flat, (HEIGHT, WIDTH), mode="area")
    return small.view(len(clips), FRAMES, 3, HEIGHT, WIDTH)
