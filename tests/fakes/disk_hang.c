/* Preloaded into a program: its disk does not answer, when it is asked to sync, while the file that
 * $DISK_HANG names exists. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for_disk(void) {
    const char* path = getenv("DISK_HANG");
    const struct timespec moment = {0, 5000000};
    while (path && access(path, F_OK) == 0) nanosleep(&moment, NULL);
}

int fdatasync(int fd) {
    wait_for_disk();
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    wait_for_disk();
    return (int)syscall(SYS_fsync, fd);
}
