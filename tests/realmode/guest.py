"""Runs a real-mode image in trap86, under each system BIOS that is here."""
import os
import subprocess
import tempfile

SEABIOS = '/usr/share/seabios/bios.bin'


def firmwares(trap86, image):
    """(name, options) of our own BIOS, if this build has one, and of SeaBIOS, if it is installed."""
    own = subprocess.run([trap86, '-hda', image, '-snapshot', '--max-insns', '1'], capture_output=True, text=True)
    found = [] if own.returncode == 2 else [('own BIOS', [])]
    if os.path.exists(SEABIOS):
        found.append(('SeaBIOS', ['-bios', SEABIOS]))
    else:
        print(f'skipped: SeaBIOS: {SEABIOS} is missing (Debian package seabios)')
    return found


def run(trap86, image, options, script=None, insns=400_000_000):
    """What the guest says on the debug console from its first line on, the exit status, and what trap86 says."""
    with tempfile.TemporaryDirectory() as work:
        log = os.path.join(work, 'log')
        arguments = [trap86, '-hda', image, '-snapshot', '-m', '32', '-serial', 'none', '-debugcon', f'file:{log}',
                     '-device', 'isa-debug-exit,iobase=0x501,iosize=1', '--max-insns', str(insns), *options]
        if script:
            path = os.path.join(work, 'script')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(script)
            arguments += ['--script', path]
        done = subprocess.run(arguments, capture_output=True, text=True, errors='replace', timeout=600)
        with open(log, encoding='latin-1') as file:
            return file.read(), done.returncode, done.stderr
