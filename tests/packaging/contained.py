"""A program in namespaces of its own, as a container engine runs it: the rights, mounts and settings that compose.yaml names.

It reads a service as compose.yaml has it. What is left out: cgroups, seccomp, a network that leads anywhere.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 0x40000000, 24, 38
CAPABILITIES = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3}
# What Docker leaves to a container that drops none.
USUAL = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(*options):
    subprocess.run(["mount", *map(str, options)], check=True)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def drop_rights(service, last):
    """Of process and bounding set; a user that is not root has none left once it is that user."""
    kept = set() if service.get("cap_drop") == ["ALL"] else USUAL
    kept |= {CAPABILITIES[name] for name in service.get("cap_add", [])}
    for number in range(last + 1):
        if number not in kept:
            checked(LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0))
    if "no-new-privileges:true" in service.get("security_opt", []):
        checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def inside(root, service, mounts, command):
    """Process 1 of the namespaces."""
    root = pathlib.Path(root)
    mount("--bind", root, root)
    for source, target, *read_only in mounts:
        place = root / target.lstrip("/")
        if pathlib.Path(source).is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        mount("--bind", source, place)
        if read_only:
            mount("-o", "remount,bind,ro", place)
    for place in ("proc", "dev"):
        (root / place).mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for node in ("null", "zero", "random", "urandom"):
        (root / "dev" / node).touch()
        mount("--bind", f"/dev/{node}", root / "dev" / node)
    if service.get("read_only"):
        mount("-o", "remount,bind,ro", root)
    mount("-t", "proc", "proc", root / "proc")
    loopback_up()
    for name, value in service.get("sysctls", {}).items():
        pathlib.Path("/proc/sys", *name.split(".")).write_text(str(value))
    user, group = map(int, service.get("user", "0:0").split(":"))
    last = int(pathlib.Path("/proc/sys/kernel/cap_last_cap").read_text())
    os.chroot(root)
    os.chdir("/")
    os.umask(0o022)
    os.setgroups([int(one) for one in service.get("group_add", [])])
    drop_rights(service, last)
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    os.execve(command[0], command, {key: str(value) for key, value in service.get("environment", {}).items()})


class Container:
    """Runs until it is stopped, or by itself to its end."""

    def __init__(self, root, service, mounts, command):
        self.root = pathlib.Path(root)
        what = json.dumps([str(root), service, [list(map(str, one)) for one in mounts], command])
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", sys.executable, __file__, what],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.output = []
        self.reader = threading.Thread(target=lambda: self.output.extend(self.process.stdout), daemon=True)
        self.reader.start()
        while self.process.poll() is None and not self.started(command[0]):
            time.sleep(0.01)

    def started(self, program):
        try:
            return pathlib.Path(f"/proc/{self.first}/cmdline").read_text().split("\0")[0] == program
        except (IndexError, OSError):
            return False

    def text(self):
        return "".join(self.output)

    @property
    def first(self):
        """The number that its process 1 has here."""
        number = self.process.pid
        children = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split()
        return int(children[0])

    def wait_for(self, text, patience):
        deadline = time.monotonic() + patience
        while text not in self.text():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"no '{text}' in: {self.text()}")
            time.sleep(0.02)

    def wait(self, patience):
        code = self.process.wait(patience)
        self.reader.join(patience)
        self.process.stdout.close()
        return code

    def stop(self, patience=15, how=signal.SIGTERM):
        if self.process.poll() is not None:
            return self.process.returncode
        os.kill(self.first, how)
        return self.wait(patience)

    def run(self, *command, user=0, group=0, stdin=None):
        """Another program in it, as `exec` of an engine."""
        enter = ["nsenter", "-t", str(self.first), "-m", "-p", "-n", "-u", "-i", "-r", "-w", "-S", str(user), "-G", str(group)]
        return subprocess.run([*enter, *command], env={"PATH": "/usr/bin:/bin"}, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=stdin or "")

    def datagram_socket(self):
        """In its network, whose settings say how long the queue of such a socket is."""
        made = []

        def enter():
            with open(f"/proc/{self.first}/ns/net", "rb") as network:
                checked(LIBC.setns(network.fileno(), CLONE_NEWNET))
            made.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))

        thread = threading.Thread(target=enter)  # it changes this thread alone
        thread.start()
        thread.join()
        return made[0]


if __name__ == "__main__":
    inside(*json.loads(sys.argv[1]))
