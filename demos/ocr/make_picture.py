#!/usr/bin/python3
"""Draws notice.png, a picture with lines of text in several sizes, scripts and angles, and notice.txt, what it says.

Needs the Debian packages python3-pil, fonts-dejavu-core and fonts-noto-cjk.
"""
import os

from PIL import Image, ImageDraw, ImageFont

FOLDER = os.path.dirname(os.path.abspath(__file__))
FONTS = {
    "sans": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "bold": "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "serif": "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
    "mono": "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
}
SIMPLIFIED_CHINESE = 2
PAPER = (250, 246, 236)
INK = (30, 34, 48)
RED = (176, 36, 40)
WHITE = (255, 255, 255)

# In reading order: text, font, size, left, top, colour, degrees anticlockwise.
LINES = [
    ("City Library", "bold", 46, 48, 26, WHITE, 0),
    ("城市图书馆", "cjk", 44, 500, 18, WHITE, 0),
    ("Opening hours", "serif", 34, 48, 140, INK, 0),
    ("开放时间", "cjk", 34, 500, 132, INK, 0),
    ("Monday to Friday", "sans", 24, 48, 212, INK, 0),
    ("09:00-18:30", "mono", 24, 500, 212, INK, 0),
    ("Saturday", "sans", 24, 48, 260, INK, 0),
    ("10:00-14:00", "mono", 24, 500, 260, INK, 0),
    ("请保持安静，谢谢合作", "cjk", 30, 48, 322, RED, 0),
    ("Reading room 3, second floor", "serif", 20, 48, 396, INK, 0),
    ("info@city-library.org", "sans", 20, 48, 440, INK, 0),
    ("Free Wi-Fi", "bold", 30, 500, 400, RED, 12),
    ("最后更新：2024年5月18日", "cjk", 20, 48, 480, INK, 0),
]


def font(name, size):
    return ImageFont.truetype(FONTS[name], size, index=SIMPLIFIED_CHINESE if name == "cjk" else 0)


def draw_line(picture, words, name, size, left, top, colour, degrees):
    width, height = font(name, size).getbbox(words)[2:]
    layer = Image.new("L", (width + 8, height + 8), 0)
    ImageDraw.Draw(layer).text((4, 4), words, 255, font(name, size))
    if degrees != 0:
        layer = layer.rotate(degrees, Image.BICUBIC, expand=True)
    picture.paste(colour, (left, top), layer)


def main():
    picture = Image.new("RGB", (800, 540), PAPER)
    ImageDraw.Draw(picture).rectangle((0, 0, 800, 104), (36, 72, 104))
    for line in LINES:
        draw_line(picture, *line)
    picture.save(f"{FOLDER}/notice.png", optimize=True)
    with open(f"{FOLDER}/notice.txt", "w", encoding="utf-8") as text:
        text.writelines(line[0] + "\n" for line in LINES)


main()
