/* Preloaded into a program: its wall clock is off by what the file that $CLOCK_JUMP names says, in seconds.
 * The steady clock is left alone, as by whoever sets a clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* out) {
    static int (*real)(clockid_t, struct timespec*);
    if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out);
    const char* path = getenv("CLOCK_JUMP");
    if (clock != CLOCK_REALTIME || !path) return result;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return result;
    char text[32] = {0};
    if (read(fd, text, sizeof text - 1) > 0) out->tv_sec += strtol(text, NULL, 10);
    close(fd);
    return result;
}
