"""An X server that only the tests see (Xvfb) with a window manager (openbox), its keys and mouse (xdotool), and what is on it, pixel for pixel."""
import os
import shutil
import struct
import subprocess
import time

NEEDS = ('Xvfb', 'openbox', 'xdotool', 'xclip')
WIDTH, HEIGHT = 1280, 1024
# Windows without frames: xdotool counts those twice.
BARE = '<openbox_config xmlns="http://openbox.org/3.4/rc"><theme><keepBorder>no</keepBorder></theme><applications><application class="*"><decor>no</decor></application></applications></openbox_config>'


def wait_for(true, seconds=60):
    """What `true` returns once it is true; its last value if that takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        value = true()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


class Display:
    def __init__(self, folder):
        self.folder = folder
        reads, writes = os.pipe()
        self.server = subprocess.Popen(['Xvfb', '-displayfd', str(writes), '-screen', '0', f'{WIDTH}x{HEIGHT}x24', '-fbdir', folder,
                                        '-nolisten', 'tcp'], pass_fds=[writes], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writes)
        with os.fdopen(reads) as file:
            number = file.readline().strip()
        self.name = f':{number}' if number else None
        self.env = {**os.environ, 'DISPLAY': self.name or '', 'SDL_VIDEODRIVER': 'x11', 'SDL_RENDER_DRIVER': 'software'}
        self.env.pop('WAYLAND_DISPLAY', None)
        with open(folder + '/openbox.xml', 'w') as file:
            file.write(BARE)
        self.manager = subprocess.Popen(['openbox', '--sm-disable', '--config-file', folder + '/openbox.xml'], env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL) if number else None
        # A window manager that comes late takes the keyboard's focus away in the middle of a test.
        self.managed = bool(number) and wait_for(lambda: int(self.xdotool('get_num_desktops').strip() or 0) > 0)

    def close(self):
        for process in (self.manager, self.server):
            if process:
                process.terminate()
                process.wait()

    def tool(self, *args, stdin=None):
        return subprocess.run(list(map(str, args)), env=self.env, input=stdin, capture_output=True, text=True, timeout=20).stdout

    def xdotool(self, *args):
        return self.tool('xdotool', *args)

    def clipboard(self, text):
        """xclip stays behind to give the text away; it must hold no pipe of ours."""
        subprocess.run(['xclip', '-selection', 'clipboard'], env=self.env, input=text.encode(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=20, check=False)

    def pixels(self, x, y, width, height):
        """Rows of a rectangle, 3 bytes per pixel, from the X window dump that Xvfb keeps."""
        with open(f'{self.folder}/Xvfb_screen0', 'rb') as file:
            data = file.read()
        head = struct.unpack('>25I', data[:100])
        base, pitch, rows = head[0] + 12 * head[19], head[12], []
        for row in range(y, y + height):
            line = data[base + row * pitch + 4 * x:base + row * pitch + 4 * (x + width)]
            rgb = bytearray(3 * width)
            rgb[0::3], rgb[1::3], rgb[2::3] = line[2::4], line[1::4], line[0::4]
            rows.append(bytes(rgb))
        return rows


def missing():
    return [need for need in NEEDS if not shutil.which(need)]
