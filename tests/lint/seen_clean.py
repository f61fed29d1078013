"""Remembers which files a lint found nothing in, so that it looks at a file again only when something has changed that
it can see: the file, the project's files that it includes, the compiler's flags, the lint and its configuration, or the
version of a package with headers. Lives in ~/.cache/enrichd/lint and knows no absolute path: a clone elsewhere shares it.
"""
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import time

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.M)
FOLDERS = (".", "daemon", "tests")  # where an include is looked for, after the file's own
KEPT_FOR = 60 * 86_400              # seconds without a use


@functools.lru_cache(None)
def versions(tool):
    """The tool's, and those of the packages that headers come from."""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    try:
        packages = subprocess.run(["dpkg-query", "-W", "*-dev", "libstdc++*", "libc6*"], capture_output=True, text=True,
                                  check=False).stdout
    except FileNotFoundError:
        packages = str(time.time())  # not Debian: nothing is known, so nothing is remembered for long
    return said + packages


class SeenClean:
    def __init__(self, root, lint, tool, *more, directory=None):
        """`lint` names it, `tool` is its program; `more` are texts that also decide, such as a configuration."""
        self.root = pathlib.Path(root).resolve()
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
        self.directory = pathlib.Path(directory or cache / "enrichd/lint")
        self.common = "\0".join([lint, versions(tool), *more])
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = path.read_text(errors="replace") if path.is_file() else None
        return self.texts[path]

    def included_by(self, path):
        """The project's files that it includes, directly or not, and itself; whatever #if says."""
        found, left = set(), [path]
        while left:
            at = left.pop()
            if at in found:
                continue
            found.add(at)
            for name in INCLUDE.findall(self.text(at)):
                for folder in (at.parent, *(self.root / folder for folder in FOLDERS)):
                    candidate = pathlib.Path(os.path.normpath(folder / name))
                    if candidate.is_relative_to(self.root) and self.text(candidate) is not None:
                        left.append(candidate)
        return sorted(found)

    def mark(self, file, flags=()):
        path = pathlib.Path(os.path.abspath(file))
        path = path.parent.resolve() / path.name
        digest = hashlib.sha256(self.common.encode())
        digest.update("\0".join(flags).replace(str(self.root), "").encode())
        for included in self.included_by(path):
            text = self.text(included).encode(errors="replace")
            digest.update(f"\0{included.relative_to(self.root)}\0{len(text)}\0".encode() + text)
        name = digest.hexdigest()
        return self.directory / name[:2] / name

    def __contains__(self, mark):
        try:
            os.utime(mark)
            return True
        except OSError:
            return False

    def remember(self, mark):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()

    def forget_old(self):
        for mark in self.directory.glob("??/*"):
            if mark.stat().st_mtime < time.time() - KEPT_FOR:
                mark.unlink(missing_ok=True)
