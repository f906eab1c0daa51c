"""A FAT12 file system on a floppy's worth of sectors, around a program that boots from it."""
import struct

SECTORS, SECTOR, RESERVED, FATS, FAT_SECTORS, ROOT_ENTRIES = 2880, 512, 64, 2, 9, 224
ROOT = RESERVED + FATS * FAT_SECTORS
DATA = ROOT + ROOT_ENTRIES * 32 // SECTOR


def parameter_block():
    """Bytes 3 to 61 of the boot sector: sectors of 512, one a cluster, 18 a track, 2 heads."""
    return b'TRAP86  ' + struct.pack('<HBHBHHBHHHII', SECTOR, 1, RESERVED, FATS, ROOT_ENTRIES, SECTORS, 0xF0, FAT_SECTORS,
                                     18, 2, 0, 0) + struct.pack('<BBBI', 0, 0, 0x29, 0x86) + b'REAL MODE  FAT12   '


def entry(name, cluster, size):
    base, _, extension = name.partition('.')
    return f'{base:8}{extension:3}'.encode() + b'\x20' + bytes(14) + struct.pack('<HI', cluster, size)


def table(chains):
    """The allocation table: each chain's clusters in order."""
    links = {0: 0xFF0, 1: 0xFFF}
    for chain in chains:
        links.update(zip(chain, chain[1:] + [0xFFF]))
    packed = bytearray(FAT_SECTORS * SECTOR)
    for cluster, value in links.items():
        at = cluster + cluster // 2
        packed[at] |= value << 4 & 0xFF if cluster & 1 else value & 0xFF
        packed[at + 1] |= value >> 4 if cluster & 1 else value >> 8
    return bytes(packed)


def image(program, files):
    """Files are (name, bytes); their clusters are dealt out in turn, so that chains are not consecutive."""
    disk = bytearray(SECTORS * SECTOR)
    code = program.rstrip(b'\0')
    assert len(code) <= RESERVED * SECTOR
    disk[:len(code)] = code
    disk[3:62] = parameter_block()
    chains = [[] for _ in files]
    cluster = 2
    for turn in range(max(len(data) for _, data in files) // SECTOR + 1):
        for chain, (_, data) in zip(chains, files):
            if turn * SECTOR < len(data):
                at = (DATA + cluster - 2) * SECTOR
                piece = data[turn * SECTOR:(turn + 1) * SECTOR]
                disk[at:at + len(piece)] = piece
                chain.append(cluster)
                cluster += 1
    for i in range(FATS):
        at = (RESERVED + i * FAT_SECTORS) * SECTOR
        disk[at:at + FAT_SECTORS * SECTOR] = table(chains)
    root = b''.join(entry(name, chain[0], len(data)) for (name, data), chain in zip(files, chains))
    disk[ROOT * SECTOR:ROOT * SECTOR + len(root)] = root
    return bytes(disk)
