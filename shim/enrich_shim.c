/* enrich-shim: hands one alert from Wazuh to enrichd and is gone.
 *
 * Wazuh's integrator runs it as `integrations/custom-dnsstats ALERT-FILE ...`, waits for its end and for the
 * end of its output, and deletes the file right after. So: read the file, send it in one packet, wait at most
 * 250 ms for the answer, otherwise write it into the spool. Exit 0 only when the alert is safe; else one line
 * on stderr, exit 1.
 *
 * Wazuh's execd runs it as `active-response/bin/enrich-otx` without arguments, writes one line to its stdin,
 * leaves that open, and takes whatever comes on stdout for a question. So: read one line, never to the end of
 * file, hand it over in the same way, print nothing.
 *
 * Static against musl, no heap, no stdio: its start must cost no more than that of an empty program. It never
 * runs another program, so no descriptor needs the close-on-exec flag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../proto/wire.h"

enum {
    DAEMON_MILLISECONDS = 250,
    LINE_MILLISECONDS = 200,
    LOOK_MICROSECONDS = 200,
    LOCK_MILLISECONDS = 5,
    EXIT_SAFE = 0,
    EXIT_LOST = 1
};

/* One more byte than an alert may have, so that reading tells whether there is more. */
static unsigned char alert[WIRE_MAX_ALERT + 1];

/* Writes "enrich-shim: WHAT: WHY" as one line, with one call: Wazuh logs the last line of the output. */
static void complain(const char* what, const char* why) {
    char line[512];
    size_t used = 0;
    const char* parts[] = {"enrich-shim: ", what, ": ", why};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
        for (const char* at = parts[i]; *at && used < sizeof line - 1; ++at)
            line[used++] = (unsigned char)*at < ' ' ? '?' : *at;
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) < 0) return; /* nobody left to tell */
}

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Reads the alert; its length, or -1 after a complaint. Nothing but a regular file is opened for long. */
static ssize_t read_alert(const char* path) {
    if (!*path) {
        complain("Wazuh gave no alert file", "is /tmp full?");
        return -1;
    }
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) {
        complain("cannot open the alert file", strerror(errno));
        return -1;
    }
    struct stat status;
    const char* why = NULL;
    ssize_t length = -1;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        why = "not a regular file";
    else if (status.st_size > WIRE_MAX_ALERT)
        complain("the alert is too long", "more than 131072 bytes");
    else if ((length = read(fd, alert, sizeof alert)) < 0)
        why = strerror(errno);
    else if (length != status.st_size) /* one read gives all that is there; half an alert is none */
        why = "it is still being written";
    else if (length == 0)
        complain("the alert file is empty", "is /tmp full?");
    if (why) complain("cannot read the alert file", why);
    close(fd);
    return length > 0 && !why ? length : -1;
}

/* Milliseconds from now until `deadline`, rounded up; 0 when it is past. */
static int milliseconds_until(uint64_t deadline) {
    uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    return now < deadline ? (int)((deadline - now + 999999u) / 1000000u) : 0;
}

/* Reads one line from stdin, which nobody closes; its length without its end, or -1. An end of file ends it
 * too. */
static ssize_t read_line(uint64_t deadline) {
    size_t length = 0;
    while (length < sizeof alert) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
        int state = poll(&ready, 1, milliseconds_until(deadline));
        if (state < 0 && errno == EINTR) continue;
        if (state <= 0) return -1;
        ssize_t step = read(STDIN_FILENO, alert + length, sizeof alert - length);
        if (step < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (step < 0) return -1;
        unsigned char* end = memchr(alert + length, '\n', (size_t)step);
        if (end) return end - alert;
        length += (size_t)step;
        if (step == 0) return (ssize_t)length;
    }
    return -1; /* too long */
}

/* Lets the socket's next call wait until `deadline` and no longer; 0 when that is already past. */
static int limit_wait(int fd, int option, uint64_t deadline) {
    uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (now + 1000 > deadline) return 0;
    uint64_t left = deadline - now;
    struct timeval wait = {.tv_sec = (time_t)(left / 1000000000u),
                           .tv_usec = (suseconds_t)(left % 1000000000u / 1000)};
    return setsockopt(fd, SOL_SOCKET, option, &wait, sizeof wait) == 0;
}

/* Waits for the reply. A daemon that is there answers within microseconds, less than it takes to fall asleep
 * and be woken: so look for a moment first, leaving the processor to the daemon in between. */
static ssize_t receive(int fd, unsigned char* reply, size_t size, uint64_t deadline) {
    uint64_t looking_ends = nanoseconds(CLOCK_MONOTONIC) + LOOK_MICROSECONDS * 1000u;
    do {
        ssize_t received = recv(fd, reply, size, MSG_DONTWAIT);
        if (received >= 0 || errno != EAGAIN) return received;
        sched_yield(); /* on a busy host this alone can take milliseconds */
    } while (nanoseconds(CLOCK_MONOTONIC) < looking_ends);
    return limit_wait(fd, SO_RCVTIMEO, deadline) ? recv(fd, reply, size, 0) : -1;
}

/* A connection to the daemon, or -1. */
static int call_daemon(uint64_t deadline) {
    const char* name = getenv("ENRICHD_SOCKET");
    if (!name) name = WIRE_DEFAULT_SOCKET;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(name) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (fd >= 0 && limit_wait(fd, SO_SNDTIMEO, deadline) &&
        connect(fd, (struct sockaddr*)&address, sizeof address) == 0)
        return fd;
    return -1;
}

/* Asks the daemon to take the alert. WIRE_STATUS_BUSY stands for every way in which it did not answer in
 * time. */
static enum wire_status hand_over(int fd, enum wire_kind kind, const char* path, size_t length, uint64_t id,
                                  uint64_t deadline) {
    size_t path_length = strlen(path);
    if (fd < 0 || path_length > WIRE_MAX_PATH) return WIRE_STATUS_BUSY;
    unsigned char header[WIRE_REQUEST_HEADER];
    struct wire_request request = {id, (uint8_t)kind, (uint32_t)path_length, (uint32_t)length};
    wire_pack_request(header, &request);
    struct iovec parts[] = {{header, sizeof header}, {(void*)path, path_length}, {alert, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    unsigned char reply[WIRE_REPLY_SIZE + 1];
    enum wire_status status = WIRE_STATUS_BUSY;
    ssize_t received;
    if (sendmsg(fd, &message, MSG_NOSIGNAL) > 0 &&
        (received = receive(fd, reply, sizeof reply, deadline)) > 0)
        status = wire_unpack_reply(reply, (size_t)received);
    close(fd);
    return status;
}

/* Opens a directory, making it when no package has. */
static int open_directory(int parent, const char* name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && errno == ENOENT && (mkdirat(parent, name, 0770) == 0 || errno == EEXIST))
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    return fd;
}

static int write_all(int fd, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t step = write(fd, alert + done, length - done);
        if (step <= 0) return 0;
        done += (size_t)step;
    }
    return 1;
}

/* The shared count of the spool's bytes, locked; -1 when it cannot be had, and then nothing is counted. */
static int lock_size(int directory) {
    int fd = openat(directory, WIRE_SPOOL_SIZE_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0660);
    if (fd < 0) return -1;
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    uint64_t limit = nanoseconds(CLOCK_MONOTONIC) + LOCK_MILLISECONDS * 1000000u;
    do { /* whoever holds it needs microseconds, or was stopped */
        if (fcntl(fd, F_OFD_SETLK, &all) == 0) return fd;
        sched_yield();
    } while (nanoseconds(CLOCK_MONOTONIC) < limit);
    close(fd);
    return -1;
}

/* Adds an alert's bytes to the count. 0 when they do not fit. */
static int reserve(int directory, size_t length) {
    int fd = lock_size(directory);
    if (fd < 0) return 1;
    struct wire_spool_size size = {0};
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || pread(fd, &size, sizeof size, 0) < 0) {
        close(fd);
        return 1;
    }
    if (status.st_size == 0) fchmod(fd, 0660); /* whatever the umask, the daemon counts too */
    int fits = size.used + length <= (size.limit ? size.limit : WIRE_SPOOL_MAX_BYTES);
    if (fits)
        size.used += length;
    else
        ++size.refused;
    if (pwrite(fd, &size, sizeof size, 0) < 0)
        errno = 0; /* a full disk: then the alert will not fit either */
    close(fd);
    return fits;
}

static void give_back(int directory, size_t length) {
    int fd = lock_size(directory);
    if (fd < 0) return;
    struct wire_spool_size size = {0};
    if (pread(fd, &size, sizeof size, 0) == sizeof size && size.used >= length) {
        size.used -= length;
        if (pwrite(fd, &size, sizeof size, 0) < 0) errno = 0; /* the daemon counts anew when it starts */
    }
    close(fd);
}

/* Writes tmp/ID, syncs it, renames it to new/ID and syncs that. 1 when the alert is safe; else 0 with errno
 * set, to 0 when the spool has no room. */
static int spool(enum wire_kind kind, size_t length, uint64_t id) {
    const char* root = getenv("ENRICHD_SPOOL");
    char name[WIRE_SPOOL_NAME + sizeof WIRE_SPOOL_ACTIVE_RESPONSE] = {0};
    wire_spool_name(name, id);
    if (kind == WIRE_KIND_ACTIVE_RESPONSE) strcpy(name + WIRE_SPOOL_NAME, WIRE_SPOOL_ACTIVE_RESPONSE);
    int directory = open_directory(AT_FDCWD, root ? root : WIRE_DEFAULT_SPOOL);
    if (directory < 0) return 0;
    int tmp = open_directory(directory, "tmp");
    int ready = open_directory(directory, "new");
    if (tmp < 0 || ready < 0) return 0;
    if (!reserve(directory, length)) {
        errno = 0;
        return 0;
    }
    int file = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
    /* An inherited umask of 0077 would hide the alert from the daemon's user. */
    if (file >= 0 && fchmod(file, 0640) == 0 && write_all(file, length) && fsync(file) == 0 &&
        renameat(tmp, name, ready, name) == 0) {
        fsync(ready); /* or a power cut takes the name back; it is there all the same */
        return 1;
    }
    int cause = errno;
    if (file >= 0) unlinkat(tmp, name, 0);
    give_back(directory, length);
    errno = cause;
    return 0;
}

/* Milliseconds, then the pid (below 2^22 on Linux): no two shims of a host share both, and spooled alerts
 * sort by age. */
static uint64_t new_id(void) {
    return (nanoseconds(CLOCK_REALTIME) / 1000000u) << 22 | ((uint64_t)getpid() & 0x3fffffu);
}

/* Called by execd, to whom nothing may be said. */
static int active_response(void) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC);
    uint64_t deadline = start + DAEMON_MILLISECONDS * 1000000u;
    ssize_t length = read_line(start + LINE_MILLISECONDS * 1000000u); /* execd has written it already */
    if (length <= 0 || length > (ssize_t)WIRE_MAX_ALERT) return EXIT_LOST;
    uint64_t id = new_id();
    enum wire_status status =
        hand_over(call_daemon(deadline), WIRE_KIND_ACTIVE_RESPONSE, "", (size_t)length, id, deadline);
    if (status == WIRE_STATUS_SAFE) return EXIT_SAFE;
    if (status == WIRE_STATUS_NOT_AN_ALERT) return EXIT_LOST;
    return spool(WIRE_KIND_ACTIVE_RESPONSE, (size_t)length, id) ? EXIT_SAFE : EXIT_LOST;
}

/* Called by the integrator. */
static int integration(const char* path) {
    uint64_t deadline = nanoseconds(CLOCK_MONOTONIC) + DAEMON_MILLISECONDS * 1000000u;
    int daemon = call_daemon(deadline); /* which wakes up while the alert is read */
    ssize_t length = read_alert(path);
    if (length < 0) return EXIT_LOST;
    uint64_t id = new_id();
    switch (hand_over(daemon, WIRE_KIND_ALERT, path, (size_t)length, id, deadline)) {
        case WIRE_STATUS_SAFE:
            return EXIT_SAFE;
        case WIRE_STATUS_NOT_AN_ALERT:
            complain("enrichd refused the alert",
                     "it is too long or not JSON (<alert_format>json</alert_format>?)");
            return EXIT_LOST;
        default:
            if (spool(WIRE_KIND_ALERT, (size_t)length, id)) return EXIT_SAFE;
            complain("enrichd did not take the alert and it cannot be spooled",
                     errno == 0 ? "the spool is full (intake.max_spool_bytes)" : strerror(errno));
            return EXIT_LOST;
    }
}

int main(int argc, char** argv) {
    if (argc >= 2) return integration(argv[1]);
    if (!isatty(STDIN_FILENO)) return active_response();
    complain("usage",
             "enrich-shim ALERT-FILE as Wazuh's integrator runs it, or one line on stdin as its execd does");
    return EXIT_LOST;
}
