"""TCP ports for programs that a test starts. See free_port.hpp: this gives none that it gives."""
import random
import socket

_taken = []


def free_port():
    for port in random.sample(range(10_000, 32_000), 1_000):
        held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            held.bind(f"\0enrichd test port {port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        _taken.append(held)
        return port
    raise RuntimeError("no port is free")
