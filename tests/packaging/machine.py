"""A bare Debian or Ubuntu to install into: a directory to chroot into, or with its own systemd running."""
import hashlib
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
DEBIAN, UBUNTU = "http://deb.debian.org/debian", "http://archive.ubuntu.com/ubuntu"
MIRRORS = {"bullseye": DEBIAN, "bookworm": DEBIAN, "trixie": DEBIAN, "jammy": UBUNTU, "noble": UBUNTU}
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "enrichd/bare"

# Of the package manager, of the kernel, and what changes by itself.
NOT_COMPARED = re.compile(r"/(proc|sys|dev|tmp|srv|var/(cache|log|tmp|ossec|lib/(apt|dpkg)))(/|$)|"
                          r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|/etc/\.pwd\.lock$|/root/\.")


def said(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def bare_tar(suite):
    """An archive of the bare system, made once."""
    tar = CACHE / f"{suite}.tar"
    if tar.exists():
        return tar
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        # Debian has neither a script nor the keys for each release of Ubuntu; all of them are made in the same way.
        ubuntu = MIRRORS[suite] == UBUNTU
        said("debootstrap", *(["--no-check-gpg"] if ubuntu else []), "--variant=minbase", suite, f"{directory}/root",
             MIRRORS[suite], *(["/usr/share/debootstrap/scripts/gutsy"] if ubuntu else []))
        said("tar", "-C", f"{directory}/root", "-cf", f"{directory}/tar", ".")
        os.rename(f"{directory}/tar", tar)
    return tar


class Machine:
    """`bare` is a bare system to copy, in place of a new one of `suite`."""

    def __init__(self, bare=None, suite="bookworm"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="enrichd-machine-"))
        self.init = self.boot_process = self.cgroup = None
        if bare:
            subprocess.run(["cp", "-a", f"{bare}/.", str(self.root)], check=True)
        else:
            said("tar", "-C", str(self.root), "-xpf", str(bare_tar(suite)))
        self.root.chmod(0o755)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        for file in pathlib.Path("/etc/apt/apt.conf.d").glob("99*"):
            shutil.copy(file, self.root / "etc/apt/apt.conf.d")
        self._mount()
        self.run("apt-get", "-q", "update")

    def _mount(self):
        subprocess.run(["mount", "-t", "proc", "proc", f"{self.root}/proc"], check=True)
        subprocess.run(["mount", "--bind", "/dev", f"{self.root}/dev"], check=True)

    def _unmount(self):
        for place in ("dev", "proc"):
            subprocess.run(["umount", "-l", f"{self.root}/{place}"], check=False, capture_output=True)

    def close(self):
        self.shut_down()
        self._unmount()
        if any(os.path.ismount(self.root / place) for place in ("dev", "proc")):
            raise RuntimeError(f"{self.root} is still in use and was not removed")
        subprocess.run(["rm", "-rf", "--one-file-system", str(self.root)], check=True)

    def boot(self):
        """False where this host does not allow it."""
        hierarchies = re.findall(r"^\S+ (\S+) cgroup2 ", pathlib.Path("/proc/mounts").read_text(), re.M)
        if not hierarchies:
            return False
        self._unmount()
        self.cgroup = pathlib.Path(hierarchies[0]) / self.root.name
        # It goes when we go, however that is.
        command = ["setpriv", "--pdeathsig", "KILL", str(HERE / "boot"), str(self.root), str(self.cgroup)]
        self.boot_process = subprocess.Popen(command,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.boot_process.poll() is None:
            children = pathlib.Path(f"/proc/{self.boot_process.pid}/task/{self.boot_process.pid}/children").read_text()
            if children and "systemd" in os.readlink(f"/proc/{children.split()[0]}/exe"):
                self.init = int(children.split()[0])
                if self.try_run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                    return True
            time.sleep(0.2)
        self.shut_down()
        return False

    def shut_down(self):
        if not self.boot_process:
            return
        if self.init:
            os.kill(self.init, signal.SIGKILL)  # its whole PID namespace goes with it
        else:
            self.boot_process.kill()
        self.boot_process.wait()
        for _ in range(50):
            groups = sorted(map(str, self.cgroup.rglob("")), key=len, reverse=True)
            for group in groups:
                try:
                    os.rmdir(group)
                except OSError:
                    time.sleep(0.1)
            if not self.cgroup.exists():
                break
        self.init = self.boot_process = None
        self._mount()

    def command(self, *command):
        if self.init:
            return ["nsenter", "-t", str(self.init), "-a", "-r", "-w", *command]
        return ["chroot", str(self.root), *command]

    def try_run(self, *command, stdin=None):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        return subprocess.run(self.command(*command), env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                              check=False)

    def run(self, *command, stdin=None):
        done = self.try_run(*command, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
        return done.stdout

    def apt(self, verb, *what):
        return self.run("apt-get", "-qy", "--no-install-recommends", verb, *what)

    def copy(self, package):
        shutil.copy(package, self.root / "tmp")
        return f"/tmp/{pathlib.Path(package).name}"

    def install(self, package):
        return self.apt("install", "--allow-downgrades", "--reinstall", self.copy(package))

    def path(self, name):
        return self.root / name.lstrip("/")

    def exists(self, name):
        return self.try_run("test", "-e", name).returncode == 0

    def rights(self, name):
        """root:wazuh 750"""
        return self.run("stat", "-c", "%U:%G %a", name).strip()

    def files(self):
        """Everything there is, by path: kind and rights, owner, and for /etc the content."""
        found = {}
        for directory, folders, names in os.walk(self.root):
            inside = "/" + os.path.relpath(directory, self.root).removeprefix(".")
            folders[:] = [name for name in folders if not NOT_COMPARED.match(os.path.join(inside, name))]
            for name in folders + names:
                path, real = os.path.join(inside, name), os.path.join(directory, name)
                if NOT_COMPARED.match(path):
                    continue
                status = os.lstat(real)
                content = ""
                if stat.S_ISREG(status.st_mode) and path.startswith("/etc/"):
                    content = hashlib.sha256(pathlib.Path(real).read_bytes()).hexdigest()
                found[path] = (oct(status.st_mode), status.st_uid, status.st_gid, content)
        return found
