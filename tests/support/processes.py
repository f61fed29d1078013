"""Programs that a Python test starts: none outlives it, however it ends."""
import contextlib
import http.server
import os
import signal
import socketserver
import subprocess


def start(command, **options):
    """Starts it as the first of a process group of its own. The kernel kills it when we end without stop()."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], start_new_session=True, **options)


def stop(process, patience=20):
    """Asks it to end, waits, and kills what is left of its process group. Returns its exit code."""
    try:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()
    return process.wait()


class HttpServer(http.server.ThreadingHTTPServer):
    """Without the question to the resolver what our own name is: it takes long where nobody knows."""

    allow_reuse_address = True
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]
