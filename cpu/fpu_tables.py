#!/usr/bin/env python3
"""Writes fpu_tables.c, the constants of the x87's transcendental kernels (fpu_kernel.c), to standard output.

Only the standard library: decimal arithmetic with 60 digits, rounded to the nearest unit of 2^-128 (or as said)."""
from decimal import Decimal as D, getcontext

getcontext().prec = 60
LN2 = D(2).ln()


def series(x, first, step):
    """first - first * step(1) + ...: until the terms vanish."""
    total, term, n = D(0), first, 0
    while abs(term) > D(10) ** -58:
        total += term
        n += 1
        term *= step(x, n)
    return total


def sine(x):
    return series(x, x, lambda x, n: -x * x / (2 * n * (2 * n + 1)))


def cosine(x):
    return series(x, D(1), lambda x, n: -x * x / (2 * n * (2 * n - 1)))


def arctangent(x):
    """Halved until small: atan x = 2 atan(x / (1 + sqrt(1 + x^2)))."""
    halvings = 0
    while x > D('0.05'):
        x /= 1 + (1 + x * x).sqrt()
        halvings += 1
    return 2 ** halvings * series(x, x, lambda x, n: -x * x * (2 * n - 1) / (2 * n + 1))


def reciprocal(index):
    """1 / the middle of the index's interval, in units of 2^-12."""
    return round(D(4096) / (1 + (D(index) + D('0.5')) / 256))


def wide(value, fraction_bits=128):
    """A row: the two halves of value in units of 2^-fraction_bits."""
    units = min(int((value * 2 ** fraction_bits).to_integral_value()), 2 ** 128 - 1)
    return f'{{ 0x{units >> 64:016x}, 0x{units & 2 ** 64 - 1:016x} }}'


def table(name, type_name, rows, per_line):
    print(f'const {type_name} {name}[{len(rows)}] = {{')
    for i in range(0, len(rows), per_line):
        print('    ' + ' '.join(row + ',' for row in rows[i:i + per_line]))
    print('};')


print('''/* Constants of the x87's transcendental kernels: written by fpu_tables.py, which says what they are. */
#include "fpu_kernel.h"
''')
print('/* sin(k/256), cos(k/256); units of 2^-128 */')
table('fpu_sines', 'struct wide', [wide(sine(D(k) / 256)) for k in range(202)], 2)
table('fpu_cosines', 'struct wide', [wide(cosine(D(k) / 256)) for k in range(202)], 2)
print('/* atan(k/256); units of 2^-128 */')
table('fpu_arctangents', 'struct wide', [wide(arctangent(D(k) / 256)) for k in range(257)], 2)
print('/* 2^(k/256); units of 2^-126 */')
table('fpu_powers', 'struct wide', [wide((LN2 * k / 256).exp(), 126) for k in range(257)], 2)
print('/* about 1 / (1 + (k + 1/2)/256), in units of 2^-12, and minus its logarithm to base 2, in units of 2^-128 */')
table('fpu_reciprocals', 'u16', [str(reciprocal(k)) for k in range(256)], 16)
table('fpu_logarithms', 'struct wide', [wide(-(D(reciprocal(k)) / 4096).ln() / LN2) for k in range(256)], 2)
print('/* ln 2 in units of 2^-128, log2 e in units of 2^-127, pi in units of 2^-126 */')
for name, value, bits in (('ln2', LN2, 128), ('log2e', 1 / LN2, 127), ('pi', 4 * arctangent(D(1)), 126)):
    print(f'const struct wide fpu_{name} = {wide(value, bits)};')
