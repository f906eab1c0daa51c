"""Debian's kernel for i386 as a guest: its modules, archives for its initrd, and one that is up in a moment."""
import gzip
import os
import re
import subprocess
import guest
from guest import put

NETBOOT = '/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/'
LINUX, INITRD = NETBOOT + 'linux', NETBOOT + 'initrd.gz'


def modules():
    """A folder with drivers of disk, CD and floppy that the installer's initrd lacks; None if they cannot be had."""
    version = re.search(rb'(\d+\.\d+\.\d+-\d+-686) ', open(LINUX, 'rb').read()[:65536])
    deb = version and guest.package_deb(f'linux-image-{version[1].decode()}:i386')
    if not deb:
        return None
    folder = f'{guest.OUT}/modules'
    os.makedirs(folder, exist_ok=True)
    wanted = ['libata', 'ata_piix', 'cdrom', 'sr_mod', 'isofs', 'crc16', 'mbcache', 'jbd2', 'ext4', 'crc32c_generic',
              'crct10dif_common', 'crc-t10dif', 'crc64', 'crc64-rocksoft', 't10-pi', 'scsi_common', 'scsi_mod', 'sd_mod',
              'floppy']
    names = ' '.join(f'"*/{name}.ko"' for name in wanted)
    subprocess.run(f'dpkg-deb --fsys-tarfile {deb} | tar -C {folder} -x --transform "s,.*/,," --wildcards {names}',
                   shell=True, stderr=subprocess.DEVNULL)
    return folder if os.path.exists(f'{folder}/ata_piix.ko') else None


def load_order(folder, names):
    """The modules with what they depend on, in an order in which they can be loaded."""
    order = []

    def visit(name):
        path = f'{folder}/{name}.ko'
        if name in order or not os.path.exists(path):
            return
        depends = re.search(rb'\0depends=([^\0]*)\0', open(path, 'rb').read())
        for other in depends[1].decode().split(',') if depends and depends[1] else []:
            other = next((n for n in (other, other.replace('_', '-')) if os.path.exists(f'{folder}/{n}.ko')), other)
            visit(other)
        order.append(name)
    for name in names:
        visit(name)
    return order


def archive(name, files):
    """A newc archive of (path, content) as the kernel unpacks it, behind another too; content None is a folder, a text what
    a symbolic link says."""
    data = b''

    def entry(path, mode, content, number):
        head = b'070701' + b''.join(b'%08X' % v for v in (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0,
                                                         len(path) + 1, 0))
        head += path.encode() + b'\0'
        return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    for number, (path, content) in enumerate(files):
        kind = 0o040755 if content is None else 0o120777 if isinstance(content, str) else 0o100755
        data += entry(path, kind, content.encode() if isinstance(content, str) else content or b'', 900000 + number)
    return put(name, data + entry('TRAILER!!!', 0, b'', 0))


def padded(data):
    """To four bytes: where the kernel looks for a further archive that is not compressed."""
    return data + bytes(-len(data) % 4)


def entries(data):
    """What a newc archive holds: path to content, links as texts, no folders."""
    found, at = {}, 0
    while data[at + 110:at + 120] != b'TRAILER!!!':
        mode, size, length = (int(data[at + field:at + field + 8], 16) for field in (14, 54, 94))
        start = at + (110 + length + 3) // 4 * 4
        content = data[start:start + size]
        if mode >> 12 in (8, 10):
            found[data[at + 110:at + 109 + length].decode()] = content if mode >> 12 == 8 else content.decode()
        at = start + (size + 3) // 4 * 4
    return found


def small_initrd(name, files):
    """An initrd with the installer's shell and its tools, without the rest, and `files`."""
    needed = r'bin/(busybox|kmod)|lib/(\S+/)?(ld-linux\.so\.2|libc\.so\.6)'
    kept = {path: content for path, content in entries(gzip.decompress(open(INITRD, 'rb').read())).items()
            if re.fullmatch(needed, path) or isinstance(content, str) and re.search('^(/bin/)?(busybox|kmod)$', content)}
    folders = {path[:at] for path in kept for at in range(len(path)) if path[at] == '/'}
    return archive(name, [(path, None) for path in sorted(folders)] + sorted(kept.items()) + files)
