"""A guest at a terminal, the files it is given, and the counting of checks: for tests/guests/run."""
import os
import re
import select
import subprocess
import sys
import threading
import time

TRAP86 = OUT = ''
passed = failed = 0
lock = threading.Lock()


def check(good, what):
    global passed, failed
    with lock:
        passed += bool(good)
        failed += not good
        if not good:
            print('FAIL', what, flush=True)
    return good


def skip(what, why):
    with lock:
        print(f'skipped: {what}: {why}', flush=True)


def say(text):
    with lock:
        print(text, flush=True)


class Guest:
    """trap86 with the first serial port as our terminal."""

    def __init__(self, name, *args):
        self.name, self.text, self.seen, self.begun = name, b'', 0, time.monotonic()
        self.errors = open(f'{OUT}/{name}.err', 'w+')
        self.process = subprocess.Popen([TRAP86, '-serial', 'stdio', *map(str, args), '--verdict'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)

    def expect(self, text, seconds):
        """Waits until the guest has printed `text` after what was expected last; True if it did."""
        deadline = time.monotonic() + seconds
        pattern = re.compile(text.encode())
        while True:
            found = pattern.search(self.text, self.seen)
            if found:
                self.seen = found.end()
                return True
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                break
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                break
            self.text += data
        return check(False, f'{self.name}: no {text!r} in {seconds} s; last: {self.text[-400:]!r}')

    def type(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def end(self, seconds=60):
        """Closes the terminal, and takes the rest of the output; status and standard error."""
        killer = threading.Timer(seconds, self.process.kill)
        killer.start()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.text += self.process.stdout.read()
        status = self.process.wait()
        killer.cancel()
        self.errors.seek(0)
        errors = self.errors.read()
        self.errors.close()
        open(f'{OUT}/{self.name}.out', 'wb').write(self.text)
        return status, errors

    def quit(self):
        self.process.terminate()
        return self.end()


class Shell(Guest):
    """A guest that is at a shell's prompt after start."""
    PROMPT = r'\n~ # '

    def ask(self, command, expected, seconds=60):
        """Types a command; its whole answer must match. Marks around the answer tell it from the echo of what is typed."""
        if self.process.poll() is not None:
            return check(False, f'{self.name}: it is gone before {command!r}')
        start = len(self.text)
        self.type(f"echo @''begin; {command}\necho @''end\n")
        if not self.expect('\n@end\r', seconds):
            return False
        answer = self.text[start:self.seen].decode(errors='replace').replace('\r', '')
        answer = re.sub(r'^\[ *[0-9.]+\] .*\n', '', answer, flags=re.M)         # the kernel's own lines
        found = re.search(r'\n@begin\n(.*?)\n?(~ # [^\n]*\n)?@end$', answer, re.S)
        return check(found and re.fullmatch(expected, found[1], re.S),
                     f'{self.name}: {command!r} gave {answer[-500:]!r}, not {expected!r}')


def two_at_a_time(tests):
    """Runs the functions, in order, two at once."""
    queue = list(tests)

    def worker():
        while True:
            with lock:
                if not queue:
                    return
                test = queue.pop(0)
            try:
                test()
            except Exception as error:                                          # a bug of the test: tell and go on
                check(False, f'{test.__name__}: {type(error).__name__}: {error}')
    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(*args, seconds=60):
    """A run to its end: status, output, standard error."""
    try:
        done = subprocess.run([TRAP86, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return 'hang', '', ''
    return done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')


def put(name, data):
    with open(f'{OUT}/{name}', 'wb') as file:
        file.write(data)
    return f'{OUT}/{name}'


def package_file(package, pattern, name):
    """A file out of a Debian package that is fetched, not installed: its path, or None. Kept in OUT."""
    path = f'{OUT}/{name}'
    if not os.path.exists(path):
        deb = package_deb(package)
        if not deb:
            return None
        with open(path + '.new', 'wb') as out:
            subprocess.run(f'dpkg-deb --fsys-tarfile {deb} | tar -xO --wildcards "{pattern}"', shell=True, stdout=out)
        os.rename(path + '.new', path)
    return path if os.path.getsize(path) else None


def foreign(arch):
    """Options with which apt-get takes packages of another architecture than the host's, with lists of its own in OUT."""
    os.makedirs(f'{OUT}/apt/lists/partial', exist_ok=True)
    os.makedirs(f'{OUT}/apt/archives/partial', exist_ok=True)
    settings = {'APT::Architecture': arch, 'APT::Architectures': arch, 'Dir::Cache': f'{OUT}/apt',
                'Dir::State::Lists': f'{OUT}/apt/lists'}
    return [word for name, value in settings.items() for word in ('-o', f'{name}={value}')]


def package_deb(package):
    """The package itself, from where a test or the benchmark has put it before, or from the archive."""
    name, _, arch = package.partition(':')
    start = f'{name}_'
    for folder in (OUT, f'{OUT}/../../../tests/bench/linux'):
        for file in os.listdir(folder) if os.path.isdir(folder) else []:
            if file.startswith(start) and file.endswith(f'{arch}.deb'):
                return f'{folder}/{file}'
    try:
        for command in ('update', 'download') if arch else ('download',):
            options = foreign(arch) if arch else []
            subprocess.run(['apt-get', '-q', *options, command, *([package] if command == 'download' else [])], cwd=OUT,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = [file for file in os.listdir(OUT) if file.startswith(start) and file.endswith('.deb')]
    return f'{OUT}/{found[0]}' if found else None


def start(trap86, out):
    global TRAP86, OUT
    TRAP86, OUT = os.path.abspath(trap86), os.path.abspath(out)
    os.makedirs(OUT, exist_ok=True)


def finish():
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed != 0)
