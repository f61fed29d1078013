/* Preloaded into a program: its wall clock is off by what the file that $CLOCK_JUMP names says, in seconds.
 * The steady clock is left alone, as by whoever sets a clock. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* out) {
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    const char* path = clock == CLOCK_REALTIME ? getenv("CLOCK_JUMP") : NULL;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return result;
    char text[32] = {0};
    if (read(fd, text, sizeof text - 1) > 0) out->tv_sec += strtol(text, NULL, 10);
    close(fd);
    return result;
}
