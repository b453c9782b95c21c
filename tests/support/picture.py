#!/usr/bin/env python3
"""picture.py FILE.png: prints "WIDTHxHEIGHT", then each colour with its pixels, the most frequent first.

Reads the output of rsvg-convert: eight bits per channel, with or without alpha, not interlaced.
Source: PNG specification (W3C, second edition), 9 and 11.
"""
import collections
import struct
import sys
import zlib

CHANNELS = {2: 3, 6: 4}  # by the type of colour


def chunks(data):
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8:at + 8 + length]
        at += length + 12


def nearest(left, above, corner):
    guess = left + above - corner
    return min((abs(guess - left), 0, left), (abs(guess - above), 1, above),
               (abs(guess - corner), 2, corner))[2]


def rows(data, width, channels):
    """The bytes of each row, with the row's filter reversed."""
    size = width * channels
    before = bytearray(size)
    for start in range(0, len(data), size + 1):
        kind, row = data[start], bytearray(data[start + 1:start + 1 + size])
        for at in range(size if kind else 0):
            left = row[at - channels] if at >= channels else 0
            corner = before[at - channels] if at >= channels else 0
            above = before[at]
            filters = (0, left, above, (left + above) // 2, nearest(left, above, corner))
            row[at] = row[at] + filters[kind] & 0xFF
        yield row
        before = row


def main(file):
    with open(file, "rb") as stream:
        data = stream.read()
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        sys.exit(f"{file}: not a PNG")
    width, height, *form = struct.unpack(">IIBBBBB", dict(chunks(data))[b"IHDR"])
    if form not in [[8, kind, 0, 0, 0] for kind in CHANNELS]:
        sys.exit(f"{file}: another form of PNG: {form}")
    pixels = zlib.decompress(b"".join(text for kind, text in chunks(data) if kind == b"IDAT"))
    counts = collections.Counter()
    channels = CHANNELS[form[1]]
    for row in rows(pixels, width, channels):
        counts.update(row[at:at + channels].hex() for at in range(0, len(row), channels))
    print(f"{width}x{height}")
    for colour, count in counts.most_common():
        print("#" + colour.removesuffix("ff" if channels == 4 else ""), count)


main(sys.argv[1])
