"""Sky and air."""

from __future__ import annotations

import numpy as np

from worldfactory.compiled import Array, shader
from worldfactory.render._patterns import NOISE, sample_noise
from worldfactory.render._planes import BLUE, F0, F1, FAR, GREEN, HALF, LR, RED, P, X, Y, Z


@shader
def fog(block: Array, work: Array, n: int, air: Array) -> None:
    per_m = air[13]
    fr, fg, fb = air[10], air[11], air[12]
    if per_m <= F0:
        return
    for j in range(n):
        t = min(work[FAR + j] * per_m, np.float32(40.0)) * np.float32(0.125)
        s = F1 / (F1 + t * (F1 + t * (HALF + t * np.float32(1.0 / 6.0))))  # exp(-t), to 1e-3 where it matters
        s = s * s
        s = s * s
        s = s * s
        block[RED + j] = fr + (block[RED + j] - fr) * s
        block[GREEN + j] = fg + (block[GREEN + j] - fg) * s
        block[BLUE + j] = fb + (block[BLUE + j] - fb) * s


@shader
def draw_sky(
    block: Array, work: Array, index: Array, depths: Array, n: int, eye: Array, air: Array, noise: Array, x0: float,
    y: float,
) -> None:  # fmt: skip
    """Where nothing was hit: a gradient, clouds on a plane, the sun and its glow, haze toward the horizon."""
    u0, v = (x0 - eye[14]) / eye[12], (y - eye[15]) / eye[13]
    du = F1 / eye[12]
    zr, zg, zb, hr, hg, hb = air[23], air[24], air[25], air[26], air[27], air[28]
    if air[29] > F0:
        # Through windows, beside lamps that outshine its clouds: the gradient alone.
        for j in range(n):
            u = u0 + du * np.float32(np.int32(j))
            x, y_, z = (
                eye[3] * u + eye[4] * v + eye[5],
                eye[6] * u + eye[7] * v + eye[8],
                eye[9] * u + eye[10] * v + eye[11],
            )
            low = F1 - max(z / np.sqrt(x * x + y_ * y_ + z * z), F0)
            low = low * low
            low = low * low
            hit = depths[j] > F0
            r, g, b = block[RED + j], block[GREEN + j], block[BLUE + j]
            block[RED + j] = r if hit else zr + (hr - zr) * low
            block[GREEN + j] = g if hit else zg + (hg - zg) * low
            block[BLUE + j] = b if hit else zb + (hb - zb) * low
        return
    fr, fg, fb = air[10], air[11], air[12]
    sr, sg, sb, ar, ag, ab = air[19], air[20], air[21], air[0], air[1], air[2]
    cover, haze = air[6], air[13] * np.float32(120.0)
    edge = np.float32(0.80) - np.float32(0.62) * cover
    drift = air[9] * np.float32(0.6)
    for j in range(n):
        u = u0 + du * np.float32(np.int32(j))
        x, y_, z = (
            eye[3] * u + eye[4] * v + eye[5],
            eye[6] * u + eye[7] * v + eye[8],
            eye[9] * u + eye[10] * v + eye[11],
        )
        s = F1 / np.sqrt(x * x + y_ * y_ + z * z)
        flat = np.float32(150.0) / (max(z * s, F0) + np.float32(0.10))
        work[X + j] = x * s * flat
        work[Y + j] = y_ * s * flat
        work[Z + j] = z * s
        work[P + j] = x * s * air[16] + y_ * s * air[17] + z * s * air[18]
    sample_noise(noise, NOISE, work, index, n, X, Y, F1, drift, F0, LR)
    for j in range(n):
        up = max(work[Z + j], F0)
        low = F1 - up
        low = low * low
        low = low * low
        red, green, blue = zr + (hr - zr) * low, zg + (hg - zg) * low, zb + (hb - zb) * low
        sun = max(work[P + j], F0)
        glow = sun * sun
        glow = glow * glow
        glow = glow * glow
        wide = glow * np.float32(0.10)
        glow = glow * glow
        glow = glow * glow
        glow = glow * glow
        glow = glow * glow
        near = wide + glow * np.float32(0.35)
        disc = min(max((sun - np.float32(0.99982)) * np.float32(9000.0), F0), F1) * np.float32(8.0)
        cloud = work[LR + j]
        thick = min(max((cloud - edge) * np.float32(3.2), F0), F1)
        veil = min(up * np.float32(9.0), F1) * thick * min(cover * np.float32(20.0), F1)
        lit = np.float32(0.62) - np.float32(0.30) * thick + near
        base = np.float32(0.55)
        near = (near + disc) * (F1 - veil)
        red += sr * near + (sr * lit + ar * base - red) * veil
        green += sg * near + (sg * lit + ag * base - green) * veil
        blue += sb * near + (sb * lit + ab * base - blue) * veil
        t = min(haze / (up + np.float32(0.02)), np.float32(40.0)) * np.float32(0.125)
        clear = F1 / (F1 + t * (F1 + t * HALF))
        clear = clear * clear
        clear = clear * clear
        clear = clear * clear
        hit = depths[j] > F0
        r, g, b = block[RED + j], block[GREEN + j], block[BLUE + j]
        block[RED + j] = r if hit else fr + (red - fr) * clear
        block[GREEN + j] = g if hit else fg + (green - fg) * clear
        block[BLUE + j] = b if hit else fb + (blue - fb) * clear
