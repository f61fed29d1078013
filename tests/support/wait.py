"""For what comes when it comes: nobody knows how long a busy machine takes."""
import time


def eventually(holds, limit=60):
    """What `holds` returns as soon as that is true; after `limit` seconds what it returns last."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    return holds()
