/* enrich-shim: hands one alert from Wazuh to enrichd and is gone.
 *
 * Wazuh's integrator runs it as `integrations/custom-dnsstats ALERT-FILE ...`, waits for its end and for the
 * end of its output, and deletes the file right after. So: read the file, send it in one packet, wait at most
 * 250 ms for the answer, otherwise write it into the spool. Exit 0 only when the alert is safe; else one line
 * on stderr, exit 1.
 *
 * Wazuh's execd runs it as `active-response/bin/enrich-otx` without arguments, writes one line to its stdin,
 * leaves that open, and takes whatever comes on stdout for a question. So: read one line, never to the end of
 * file, hand it over in the same way, print nothing on stdout. execd throws stderr away: errors go to syslog
 * too.
 *
 * A daemon that hangs, or whose disk does, would cost each alert the 250 ms. Whoever has waited in vain for
 * more than 150 of them leaves a mark in the spool, and for a second the others wait 2 ms only.
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
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../proto/wire.h"

enum {
    DAEMON_MILLISECONDS = 250,
    LEFT_MILLISECONDS = 100, /* of these, or less: then the shim has waited for too long */
    MOMENT_MILLISECONDS = 2, /* for a daemon that took too long lately */
    LINE_MILLISECONDS = 5000,
    LOOK_MICROSECONDS = 200,
    LOCK_MILLISECONDS = 5,
    FILE_NAME = WIRE_SPOOL_NAME + sizeof WIRE_SPOOL_ACTIVE_RESPONSE,
    MAX_NAMES = 8, /* tried for one alert */
    EXIT_SAFE = 0,
    EXIT_LOST = 1
};

/* One more byte than an alert may have, so that reading tells whether there is more. */
static unsigned char alert[WIRE_MAX_ALERT + 1];

static int called_by_execd; /* which throws stderr away */
static int waited_in_vain;  /* the daemon had most of its time */

/* Writes "enrich-shim: WHAT: WHY" as one line, with one call: Wazuh logs the last line of the output. */
static void complain(const char* what, const char* why) {
    enum { PRIORITY = 4 }; /* "<27>": a daemon's error, for the system's log alone */
    char line[512];
    size_t used = 0;
    const char* parts[] = {"<27>", "enrich-shim: ", what, ": ", why};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
        for (const char* at = parts[i]; *at && used < sizeof line - 1; ++at)
            line[used++] = *at < ' ' || *at > '~' ? '?' : *at;
    line[used++] = '\n';
    if (write(STDERR_FILENO, line + PRIORITY, used - PRIORITY) < 0) errno = 0; /* nobody left to tell */
    if (!called_by_execd) return;
    const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    sendto(fd, line, used - 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr*)&log, sizeof log);
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

/* Reads one line from stdin, which nobody closes; its length without its end, or -1 after a complaint. An end
 * of file ends it too; and so does the deadline when the line may be whole: then the daemon tells. */
static ssize_t read_line(uint64_t deadline) {
    const char* why = "nothing came within 5 seconds";
    size_t length = 0;
    while (length < sizeof alert) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
        int state = poll(&ready, 1, milliseconds_until(deadline));
        if (state < 0 && errno == EINTR) continue;
        if (state == 0 && length > 0 && alert[length - 1] == '}') return (ssize_t)length;
        if (state == 0 && length > 0) why = "its end did not come within 5 seconds";
        if (state <= 0) break;
        ssize_t step = read(STDIN_FILENO, alert + length, sizeof alert - length);
        if (step < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        unsigned char* end = step > 0 ? memchr(alert + length, '\n', (size_t)step) : NULL;
        if (step > 0 && !end) {
            length += (size_t)step;
            continue;
        }
        if (end) length = (size_t)(end - alert);
        if (step >= 0 && length > 0 && length <= WIRE_MAX_ALERT) return (ssize_t)length;
        why = step < 0 ? strerror(errno) : "it is empty";
        break;
    }
    if (length > WIRE_MAX_ALERT) why = "it is longer than 131072 bytes";
    complain("no active response can be read from stdin", why);
    return -1;
}

/* Opens a directory, making it when no package has. */
static int open_directory(int parent, const char* name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && errno == ENOENT && (mkdirat(parent, name, 0770) == 0 || errno == EEXIST))
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    return fd;
}

static const char* spool_directory(void) {
    const char* root = getenv("ENRICHD_SPOOL");
    return root ? root : WIRE_DEFAULT_SPOOL;
}

/* Whether a shim waited for the daemon in vain a moment ago. By a clock that is never set. */
static int answered_nobody(uint64_t now) {
    uint64_t mark = 0;
    int directory = open(spool_directory(), O_PATH | O_DIRECTORY);
    int fd = openat(directory, WIRE_SPOOL_SIZE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    int marked = pread(fd, &mark, sizeof mark, WIRE_SPOOL_UNANSWERED_AT) == sizeof mark;
    return marked && mark <= now && now - mark < WIRE_UNANSWERED_MILLISECONDS * 1000000ull;
}

/* Tells the next shims. No lock: who holds it for long must not keep them waiting. */
static void leave_mark(int directory) {
    uint64_t mark = nanoseconds(CLOCK_MONOTONIC);
    int fd = openat(directory, WIRE_SPOOL_SIZE_FILE, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    if (pwrite(fd, &mark, sizeof mark, WIRE_SPOOL_UNANSWERED_AT) < 0) errno = 0; /* then they wait */
}

/* Until when to wait for the daemon: all of its time, or a moment. */
static uint64_t patience(uint64_t deadline) {
    uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    uint64_t soon = now + MOMENT_MILLISECONDS * 1000000u;
    return soon < deadline && answered_nobody(now) ? soon : deadline;
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
    uint64_t limit = patience(deadline);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int state;
    do state = poll(&ready, 1, milliseconds_until(limit));
    while (state < 0 && errno == EINTR);
    return state > 0 ? recv(fd, reply, size, MSG_DONTWAIT) : -1;
}

/* Connects. Where no place in line is free it waits for one: no poll can do that. */
static int connect_to(int fd, const struct sockaddr_un* address, uint64_t deadline) {
    const struct sockaddr* to = (const struct sockaddr*)address;
    if (connect(fd, to, sizeof *address) == 0) return 1;
    if (errno != EAGAIN) return 0;
    uint64_t limit = patience(deadline);
    uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (now + 1000 > limit) return 0;
    struct timeval wait = {.tv_usec = (suseconds_t)((limit - now) / 1000)};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0 || fcntl(fd, F_SETFL, 0) != 0)
        return 0;
    return connect(fd, to, sizeof *address) == 0;
}

/* A connection to the daemon, or -1. */
static int call_daemon(uint64_t deadline) {
    const char* name = getenv("ENRICHD_SOCKET");
    if (!name) name = WIRE_DEFAULT_SOCKET;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(name) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    return fd >= 0 && connect_to(fd, &address, deadline) ? fd : -1;
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
    if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 &&
        (received = receive(fd, reply, sizeof reply, deadline)) > 0)
        status = wire_unpack_reply(reply, (size_t)received);
    close(fd);
    return status;
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

/* Adds bytes to the count, or takes them off again of an alert that could not be written, which is refused
 * then. 0 when so many more do not fit. */
static int count(int directory, int64_t bytes) {
    int fits = 1;
    int fd = lock_size(directory);
    struct wire_spool_size size = {0};
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || pread(fd, &size, sizeof size, 0) < 0)
        return 1;                              /* nothing is counted then */
    if (status.st_size == 0) fchmod(fd, 0660); /* whatever the umask, the daemon counts too */
    if (bytes > 0) fits = size.used + (uint64_t)bytes <= (size.limit ? size.limit : WIRE_SPOOL_MAX_BYTES);
    if (!fits || bytes < 0) ++size.refused;
    if (fits && (bytes > 0 || size.used >= (uint64_t)-bytes)) size.used += (uint64_t)bytes;
    if (pwrite(fd, &size, sizeof size, 0) < 0) errno = 0; /* a full disk: the alert will not fit either */
    close(fd);
    return fits;
}

/* Milliseconds, then 22 random bits: spooled alerts sort by age, and shims of two containers that share a
 * spool do not choose the same. */
static uint64_t new_id(void) {
    uint32_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) < 0) bits = 0;
    return (nanoseconds(CLOCK_REALTIME) / 1000000u) << 22 | ((bits ^ (uint32_t)getpid()) & 0x3fffffu);
}

static void name_file(char* name, enum wire_kind kind, uint64_t id) {
    wire_spool_name(name, id);
    strcpy(name + WIRE_SPOOL_NAME, kind == WIRE_KIND_ACTIVE_RESPONSE ? WIRE_SPOOL_ACTIVE_RESPONSE : "");
}

/* Renames, but never over another alert. */
static int rename_beside(int from, const char* name, int to, const char* target) {
    enum { NO_REPLACE = 1 };
    struct stat there;
    long done = syscall(SYS_renameat2, from, name, to, target, NO_REPLACE);
    if (done == 0 || (errno != EINVAL && errno != ENOSYS)) return (int)done;
    if (fstatat(to, target, &there, AT_SYMLINK_NOFOLLOW) == 0) { /* a file system that cannot do it in one */
        errno = EEXIST;
        return -1;
    }
    return renameat(from, name, to, target);
}

/* Moves a finished file from tmp/ to new/, under a name that is free there. */
static int publish(int tmp, const char* name, int ready, enum wire_kind kind, uint64_t id) {
    char target[FILE_NAME];
    for (int tries = 0; tries < MAX_NAMES; ++tries) {
        name_file(target, kind, tries == 0 ? id : new_id());
        if (rename_beside(tmp, name, ready, target) == 0) return 1;
        if (errno != EEXIST) break;
    }
    return 0;
}

/* Writes tmp/ID, syncs it, moves it to new/ and syncs that. 1 when the alert is safe; else 0 with errno
 * set, to 0 when the spool has no room. */
static int spool(enum wire_kind kind, size_t length, uint64_t id) {
    int directory = open_directory(AT_FDCWD, spool_directory());
    if (directory < 0) return 0;
    int tmp = open_directory(directory, "tmp");
    int ready = open_directory(directory, "new");
    if (tmp < 0 || ready < 0) return 0;
    int fits = count(directory, (int64_t)length);
    if (waited_in_vain) leave_mark(directory);
    if (!fits) {
        errno = 0;
        return 0;
    }
    char name[FILE_NAME];
    int file = -1;
    for (int tries = 0; tries < MAX_NAMES && file < 0; ++tries) {
        if (tries > 0) id = new_id();
        name_file(name, kind, id);
        file = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
        if (file < 0 && errno != EEXIST) break;
    }
    /* An inherited umask of 0077 would hide the alert from the daemon's user. */
    if (file >= 0 && fchmod(file, 0640) == 0 && write_all(file, length) && fsync(file) == 0 &&
        publish(tmp, name, ready, kind, id)) {
        fsync(ready); /* or a power cut takes the name back; it is there all the same */
        return 1;
    }
    int cause = errno;
    if (file >= 0) unlinkat(tmp, name, 0);
    count(directory, -(int64_t)length);
    errno = cause;
    return 0;
}

/* To the daemon, else into the spool; the exit code. */
static int deliver(int daemon, enum wire_kind kind, const char* path, size_t length, uint64_t deadline) {
    uint64_t id = new_id();
    switch (hand_over(daemon, kind, path, length, id, deadline)) {
        case WIRE_STATUS_SAFE:
            return EXIT_SAFE;
        case WIRE_STATUS_NOT_AN_ALERT:
            complain("enrichd refused the alert",
                     "it is too long or not JSON (<alert_format>json</alert_format>?)");
            return EXIT_LOST;
        default: /* when it said so late, or nothing: its disk hangs, or itself */
            waited_in_vain = nanoseconds(CLOCK_MONOTONIC) + LEFT_MILLISECONDS * 1000000u > deadline;
            if (spool(kind, length, id)) return EXIT_SAFE;
            complain("enrichd did not take the alert and it cannot be spooled",
                     errno == 0 ? "the spool is full (intake.max_spool_bytes)" : strerror(errno));
            return EXIT_LOST;
    }
}

/* Called by execd. */
static int active_response(void) {
    called_by_execd = 1;
    ssize_t length = read_line(nanoseconds(CLOCK_MONOTONIC) + LINE_MILLISECONDS * 1000000ull);
    if (length < 0) return EXIT_LOST;
    uint64_t deadline = nanoseconds(CLOCK_MONOTONIC) + DAEMON_MILLISECONDS * 1000000u;
    return deliver(call_daemon(deadline), WIRE_KIND_ACTIVE_RESPONSE, "", (size_t)length, deadline);
}

/* Called by the integrator. */
static int integration(const char* path) {
    uint64_t deadline = nanoseconds(CLOCK_MONOTONIC) + DAEMON_MILLISECONDS * 1000000u;
    int daemon = call_daemon(deadline); /* which wakes up while the alert is read */
    ssize_t length = read_alert(path);
    if (length < 0) return EXIT_LOST;
    return deliver(daemon, WIRE_KIND_ALERT, path, (size_t)length, deadline);
}

int main(int argc, char** argv) {
    if (argc >= 2) return integration(argv[1]);
    if (!isatty(STDIN_FILENO)) return active_response();
    complain("usage",
             "enrich-shim ALERT-FILE as Wazuh's integrator runs it, or one line on stdin as its execd does");
    return EXIT_LOST;
}
