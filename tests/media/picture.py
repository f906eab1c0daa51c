"""Screenshots as trap86 writes them (8-bit RGB or palette PNGs without interlace), compared."""
import struct
import zlib


def pixels(path):
    """Width, height and the rows of a picture, each a bytes of 3 per pixel."""
    data, at, parts, palette = open(path, 'rb').read(), 8, [], b''
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b'IHDR':
            width, height, depth, colour = struct.unpack('>IIBB', body[:10])
        elif kind == b'PLTE':
            palette = body
        elif kind == b'IDAT':
            parts.append(body)
        at += length + 12
    step = {2: 3, 3: 1, 6: 4}[colour]
    assert depth == 8
    raw, stride, rows = zlib.decompress(b''.join(parts)), width * step, []
    previous = bytes(stride)
    for y in range(height):
        line = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        method = raw[y * (stride + 1)]
        for x in range(stride) if method else ():
            left = line[x - step] if x >= step else 0
            up, corner = previous[x], previous[x - step] if x >= step else 0
            base = left + up - corner
            nearest = min((abs(base - v), i, v) for i, v in enumerate((left, up, corner)))[2]
            line[x] = line[x] + (0, left, up, (left + up) // 2, nearest)[method] & 255
        previous = bytes(line)
        if colour == 3:
            previous_rgb = b''.join(palette[3 * c:3 * c + 3] for c in previous)
        elif colour == 6:
            previous_rgb = b''.join(previous[i:i + 3] for i in range(0, stride, 4))
        else:
            previous_rgb = previous
        rows.append(previous_rgb)
    return width, height, rows


def difference(one, other):
    """The share of pixels that differ; 1 if the sizes do."""
    a, b = pixels(one), pixels(other)
    if a[:2] != b[:2]:
        return 1.0
    differ = sum(p[i:i + 3] != q[i:i + 3] for p, q in zip(a[2], b[2]) if p != q for i in range(0, len(p), 3))
    return differ / (a[0] * a[1])
