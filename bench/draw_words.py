"""Draws what signs say, as the renderer reads it: `python -m bench.draw_words FONTS` (a folder with Noto fonts).

Writes worldfactory/render/lettering.npz: every word of the library's words.yaml as a bitmap of one bit a pixel, cropped
to its ink. The fonts are Noto Sans, Noto Naskh Arabic and Noto Sans CJK, under the SIL Open Font License 1.1, which
asks nothing of pictures drawn with them. Shaping (Arabic, Devanagari, Thai) is HarfBuzz's, through Pillow's Raqm.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import worldfactory.render
from worldfactory.files import write_file
from worldfactory.lineage import digest_json
from worldfactory.render import LETTERING_PX, WIDEST
from worldfactory.spec._library import library

_FONTS = {
    "arabic": ("NotoNaskhArabic-Bold.ttf", 0), "hindi": ("NotoSansDevanagari-Bold.ttf", 0),
    "thai": ("NotoSansThai-Bold.ttf", 0), "japanese": ("NotoSansCJK-Bold.ttc", 0),
    "korean": ("NotoSansCJK-Bold.ttc", 1), "chinese": ("NotoSansCJK-Bold.ttc", 2),
    "cantonese": ("NotoSansCJK-Bold.ttc", 4),
}  # fmt: skip
_LATIN = ("NotoSans-Bold.ttf", 0)
_STACKED = ("japanese", "korean", "chinese", "cantonese")
"""Languages that are also written from top to bottom."""
_UPRIGHT = 5
"""Words of more letters are not stacked."""


def words_digest() -> str:
    """What the words of the library are, to tell whether the file is of them."""
    return digest_json(library().words)


def draw(text: str, font: ImageFont.FreeTypeFont) -> NDArray[np.bool_]:
    """[H, W] bool: the ink of one line."""
    left, top, right, bottom = font.getbbox(text)
    page = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8))
    ImageDraw.Draw(page).text((4 - left, 4 - top), text, font=font, fill=255)
    box = page.getbbox()
    if box is None:
        raise SystemExit(f"{text!r}: the font draws nothing")
    page = page.crop(box)
    wide = max(1, round(page.width * LETTERING_PX / page.height))
    high = LETTERING_PX
    if wide > WIDEST * high:
        high = max(1, round(WIDEST * high * page.height / page.width))
        wide = WIDEST * LETTERING_PX
    return np.asarray(page.resize((wide, high), Image.Resampling.LANCZOS)) > 127


def stacked(text: str, font: ImageFont.FreeTypeFont) -> NDArray[np.bool_]:
    """[H, W] bool: the ink of letters one below the other."""
    side = round(font.size * 1.06)
    page = Image.new("L", (side, side * len(text)))
    for k, letter in enumerate(text):
        ImageDraw.Draw(page).text((side / 2, (k + 0.5) * side), letter, font=font, fill=255, anchor="mm")
    page = page.crop(page.getbbox())
    high = round(page.height * LETTERING_PX / page.width)
    return np.asarray(page.resize((LETTERING_PX, high), Image.Resampling.LANCZOS)) > 127


def main(fonts: Path) -> None:
    """Draws all words with the fonts found below `fonts`."""
    names: list[str] = []
    inks: list[NDArray[np.bool_]] = []
    for language, kinds in library().words.items():
        file, face = _FONTS.get(language, _LATIN)
        font = ImageFont.truetype(next(fonts.rglob(file)), 160, index=face, layout_engine=ImageFont.Layout.RAQM)
        for kind, words in kinds.items():
            for word in words:
                names.append(f"{language}/{kind}")
                inks.append(draw(word, font))
                if language in _STACKED and 2 <= len(word) <= _UPRIGHT and " " not in word and not word.isascii():
                    names.append(f"{language}/{kind}")
                    inks.append(stacked(word, font))
    sizes = np.array([ink.shape for ink in inks], np.uint16)
    bits = np.concatenate([np.packbits(ink[::-1]) for ink in inks])
    texts = np.frombuffer(json.dumps(names).encode(), np.uint8)
    digest = np.frombuffer(words_digest().encode(), np.uint8)
    out = Path(worldfactory.render.__file__).parent / "lettering.npz"

    held = io.BytesIO()
    np.savez_compressed(held, names=texts, sizes=sizes, bits=bits, digest=digest)
    write_file(out, held.getvalue())
    print(f"{len(inks)} words, {out.stat().st_size} bytes: {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
