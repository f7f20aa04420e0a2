"""Light from latitude, day, hour and weather."""

from __future__ import annotations

import math

from worldfactory.records import Lamp, Light, Rgb, Vec3, Weather

_CLOUDS: dict[Weather, float] = {"clear": 0.18, "overcast": 0.95, "rain": 1.0, "snow": 0.92, "fog": 0.9}
_OVER_ROOFS, _SUN_INDOORS = 0.9, 0.95
"""Of the sun seen from indoors: its least slope, and its strength, the eye being used to the room."""
_FOG_PER_M: dict[Weather, float] = {"clear": 0.0006, "overcast": 0.0016, "rain": 0.0045, "snow": 0.006, "fog": 0.021}


def sun_direction(latitude_deg: float, day: int, hour: float) -> Vec3:
    """Unit vector to the sun, x east, y north, z up, at local solar time `hour`.

    Declination by Spencer's Fourier series and the hour-angle formulas of NOAA's "General Solar Position
    Calculations" (Global Monitoring Division); the equation of time drops out, for the hour is solar already.
    """
    g = 2 * math.pi / 365 * (day - 1 + (hour - 12) / 24)
    declination = (
        0.006918 - 0.399912 * math.cos(g) + 0.070257 * math.sin(g) - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g) - 0.002697 * math.cos(3 * g) + 0.00148 * math.sin(3 * g)
    )  # fmt: skip
    latitude, angle = math.radians(latitude_deg), math.radians(15 * (hour - 12))
    x = -math.cos(declination) * math.sin(angle)
    y = math.cos(latitude) * math.sin(declination) - math.sin(latitude) * math.cos(declination) * math.cos(angle)
    z = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(angle)
    return (x, y, z)


def _mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    t = min(1.0, max(0.0, t))
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def _times(a: Rgb, k: float) -> Rgb:
    return (a[0] * k, a[1] * k, a[2] * k)


def darkness(latitude_deg: float, day: int, hour: float) -> float:
    """0 by day, 1 by night, between them through civil twilight (sun from 4 degrees above to 6 below the horizon)."""
    altitude = math.degrees(math.asin(max(-1.0, min(1.0, sun_direction(latitude_deg, day, hour)[2]))))
    return min(1.0, max(0.0, (4.0 - altitude) / 10.0))


def outdoor(latitude_deg: float, day: int, hour: float, weather: Weather, lamps: tuple[Lamp, ...]) -> Light:
    """Sun or moon, sky and air of an outdoor scene."""
    sun = sun_direction(latitude_deg, day, hour)
    altitude = math.degrees(math.asin(max(-1.0, min(1.0, sun[2]))))
    dark = darkness(latitude_deg, day, hour)
    low = max(0.0, 1.0 - max(altitude, 0.0) / 22.0)
    clouds = _CLOUDS[weather]
    veil = max(0.0, (clouds - 0.3) / 0.7)
    # By day: the warmer the lower it stands; cloud takes the sun and evens the sky.
    rgb = _mix((1.0, 0.95, 0.86), (1.0, 0.62, 0.32), low)
    strength = (1.0 - 0.93 * veil) * (1.0 - dark) * min(1.0, 0.35 + max(altitude, 0.0) / 18.0)
    zenith = _mix((0.16, 0.31, 0.62), (0.24, 0.28, 0.45), low)
    horizon = _mix((0.56, 0.68, 0.8), (0.86, 0.55, 0.36), low)
    grey = (0.6, 0.62, 0.65)
    zenith, horizon = _mix(zenith, _times(grey, 0.82), veil), _mix(horizon, grey, veil)
    sky = _mix(_times((0.66, 0.8, 1.0), 0.36), _times((1.0, 1.0, 1.0), 0.55), veil)
    bounce = _mix((0.16, 0.14, 0.12), (0.2, 0.2, 0.2), veil)
    # By night: a moon high in the south, a dark blue sky that the lamps of the city warm near the horizon.
    night_zenith, night_horizon = (0.010, 0.014, 0.030), (0.055, 0.050, 0.060)
    zenith, horizon = _mix(zenith, night_zenith, dark), _mix(horizon, night_horizon, dark)
    sky = _mix(sky, (0.045, 0.055, 0.085), dark)
    bounce = _mix(bounce, (0.030, 0.026, 0.022), dark)
    direction, sun_rgb = sun, _times(rgb, strength)
    if dark >= 0.6:
        direction = _unit((-0.35, -0.5 if latitude_deg >= 0 else 0.5, 0.8))
        sun_rgb = _times((0.55, 0.68, 1.0), 0.07 * (1.0 - 0.8 * veil))
    elif altitude < 3.0:
        flat = math.hypot(sun[0], sun[1]) or 1.0
        direction = _unit((sun[0] / flat, sun[1] / flat, math.tan(math.radians(3.0))))
    fog = _mix(horizon, zenith, 0.25)
    return Light(
        sun_direction=direction,
        sun_rgb=sun_rgb,
        sky_rgb=sky,
        bounce_rgb=bounce,
        zenith_rgb=zenith,
        horizon_rgb=horizon,
        fog_rgb=fog,
        fog_per_m=_FOG_PER_M[weather],
        clouds=clouds,
        wetness=0.9 if weather == "rain" else 0.25 if weather == "fog" else 0.0,
        snow=0.75 if weather == "snow" else 0.0,
        lit_windows=0.08 + 0.5 * dark if dark > 0 or weather != "clear" else 0.02,
        exposure=1.0 + 1.1 * dark + 0.25 * veil * (1 - dark),
        key=(0.19 - 0.03 * veil) * (1.0 - dark) + 0.045 * dark,
        lamps=lamps,
    )


def indoor(dark: float, weather: Weather, lamps: tuple[Lamp, ...], warm: Rgb, sun: Vec3) -> Light:
    """Lamps and ambient light, and the sun (its direction, as of sun_direction) that falls in through windows; the
    sky is only what they show."""
    veil = max(0.0, (_CLOUDS[weather] - 0.3) / 0.7)
    zenith = _mix(_mix((0.3, 0.46, 0.75), (0.6, 0.62, 0.65), veil), (0.012, 0.016, 0.034), dark)
    horizon = _mix(_mix((0.7, 0.78, 0.86), (0.68, 0.7, 0.72), veil), (0.05, 0.05, 0.065), dark)
    # A low sun reaches far in, but neighbours would hide it: it stands at least so high that some comes over them.
    flat = max(math.hypot(sun[0], sun[1]), 1e-6)
    climb = max(sun[2] / flat, _OVER_ROOFS)
    bright = 0.0 if dark > 0.0 else (1.0 - veil) ** 2 * _SUN_INDOORS
    return Light(
        sun_direction=_unit((sun[0] / flat, sun[1] / flat, climb)),
        sun_rgb=_times((1.0, 0.93, 0.8), bright if bright > 0.05 else 0.0),
        sky_rgb=_times(warm, 0.235 - 0.05 * dark),
        bounce_rgb=_times(warm, 0.155 - 0.03 * dark),
        zenith_rgb=zenith,
        horizon_rgb=horizon,
        fog_rgb=horizon,
        fog_per_m=0.0,
        clouds=_CLOUDS[weather],
        lit_windows=0.05 + 0.5 * dark,
        exposure=0.86,
        key=0.17,
        interior=True,
        lamps=lamps,
    )


def _unit(v: Vec3) -> Vec3:
    n = math.sqrt(sum(c * c for c in v)) or 1.0
    return (v[0] / n, v[1] / n, v[2] / n)
