/* The least that can be done for an alert: accept, receive the packet, send one datagram of a given size,
 * reply, close. Nothing is read of the packet. What enrichd costs beyond this is enrichd.
 *
 * Usage: floor INTAKE-SOCKET QUEUE-SOCKET DATAGRAM-BYTES
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/wire.h"

static unsigned char packet[WIRE_MAX_REQUEST];
static char datagram[65535];

static struct sockaddr_un address_of(const char* path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}

static void need(int good, const char* what) {
    if (good) return;
    perror(what);
    exit(1);
}

int main(int argc, char** argv) {
    need(argc == 4, "arguments");
    const struct sockaddr_un intake = address_of(argv[1]);
    const struct sockaddr_un queue = address_of(argv[2]);
    const size_t size = strtoul(argv[3], NULL, 10);
    need(size <= sizeof datagram, "datagram");
    memset(datagram, 'x', size);

    const int out = socket(AF_UNIX, SOCK_DGRAM, 0);
    need(connect(out, (const struct sockaddr*)&queue, sizeof queue) == 0, "connect");
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    need(bind(listener, (const struct sockaddr*)&intake, sizeof intake) == 0, "bind");
    need(listen(listener, 4096) == 0, "listen");
    unsigned char reply[WIRE_REPLY_SIZE];
    wire_pack_reply(reply, WIRE_STATUS_SAFE);
    for (;;) {
        const int one = accept(listener, NULL, NULL);
        need(one >= 0, "accept");
        need(recv(one, packet, sizeof packet, 0) > 0, "recv");
        need(send(out, datagram, size, 0) > 0, "send");
        need(send(one, reply, sizeof reply, MSG_NOSIGNAL) > 0, "reply");
        close(one);
    }
}
