"""Small multiboot kernels in bytes, for tests that need a guest that ends in a certain way."""
import struct


def multiboot_header(flags=0):
    return struct.pack('<III', 0x1BADB002, flags, -(0x1BADB002 + flags) & 0xFFFFFFFF)


def kludge(code, load=0x100000, load_end=0, bss_end=0, entry=None, header=None):
    """A multiboot kernel with its own addresses; code begins behind the header, at load + 32."""
    at = load if header is None else header
    entry = (load + 32) & 0xFFFFFFFF if entry is None else entry
    return multiboot_header(0x10000) + struct.pack('<IIIII', at, load, load_end, bss_end, entry) + code


def out(port, data):
    """MOV DX,port; then MOV AL,byte; OUT DX,AL for each."""
    return b'\x66\xba' + struct.pack('<H', port) + b''.join(b'\xb0' + bytes([b]) + b'\xee' for b in data)


POWER_OFF = out(0x8900, b'Shutdown') + b'\xeb\xfe'
DEBUG_EXIT = out(0x501, b'\x10') + b'\xeb\xfe'
DEAD = b'\xfa\xf4\xeb\xfc'
SPIN = b'\x40\xeb\xfd'                                         # INC EAX; JMP back: alive, for ever
JUMP_SELF = b'\xeb\xfe'
TRIPLE = b'\x0f\x01\x1d\x00\x00\x00\x00\x0f\x0b'                # an empty IDT, from the zeros at 0, then UD2
RESET = out(0x64, b'\xfe') + b'\xeb\xfe'
