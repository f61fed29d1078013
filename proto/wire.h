/* The packets between the shim and the daemon, and the layout of the spool they share.
 *
 * Plain C, so that the shim (C, musl) and the daemon (C++) include the same file. Nothing is sent as a
 * struct: each field is packed byte by byte, big-endian. README.md beside this file has the byte table.
 */
#ifndef ENRICHD_PROTO_WIRE_H
#define ENRICHD_PROTO_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_DEFAULT_SOCKET "/run/enrichd/intake.sock"
#define WIRE_DEFAULT_SPOOL "/var/spool/enrichd"

#define WIRE_MAGIC 0x454e5244u /* "ENRD" */
#define WIRE_VERSION 1u

#define WIRE_REQUEST_HEADER 24u
#define WIRE_REPLY_SIZE 8u
#define WIRE_MAX_PATH 4096u          /* bytes of path in a request */
#define WIRE_MAX_ALERT (128u * 1024) /* bytes of alert in a request */
#define WIRE_MAX_REQUEST (WIRE_REQUEST_HEADER + WIRE_MAX_PATH + WIRE_MAX_ALERT)

#define WIRE_SPOOL_NAME 16u /* a spooled alert is named after its id: 16 lower-case hexadecimal digits */
#define WIRE_SPOOL_ACTIVE_RESPONSE "-a" /* follows them when it is the line of an active response */

/* The spool's bytes are counted in a file beside tmp/ and new/, which shim and daemon change under a lock
 * (fcntl F_OFD_SETLK on all of it): host byte order. A writer adds the bytes of its alert first, and takes
 * them back when it does not write it. */
#define WIRE_SPOOL_SIZE_FILE "size"
#define WIRE_SPOOL_MAX_BYTES (1024u * 1024 * 1024) /* when no daemon has set a limit yet */

struct wire_spool_size {
    uint64_t used;    /* bytes of the alerts in new/, and of those on their way there */
    uint64_t limit;   /* 0: WIRE_SPOOL_MAX_BYTES */
    uint64_t refused; /* alerts that were not written because of it, or could not be, since ever */
};

/* Behind it in the same file, a uint64_t in host byte order: when a shim last waited for the daemon's answer
 * in vain, in nanoseconds of CLOCK_MONOTONIC. For so long the others do not wait. Read and written without
 * the lock, and nothing but a hint. */
#define WIRE_SPOOL_UNANSWERED_AT 24
#define WIRE_UNANSWERED_MILLISECONDS 1000

/* Kinds of packet. A receiver refuses a kind that it does not know. */
enum wire_kind {
    WIRE_KIND_RESERVED = 0,
    WIRE_KIND_ALERT = 1,           /* an alert as Wazuh's integrator wrote it */
    WIRE_KIND_ACTIVE_RESPONSE = 2, /* a line as Wazuh's execd wrote it; there is no path */
    WIRE_KIND_REPLY = 128
};

/* What a reply says. A sender takes a status that it does not know for WIRE_STATUS_BUSY. */
enum wire_status {
    WIRE_STATUS_SAFE = 0,        /* the alert is finished, or will be: forget it */
    WIRE_STATUS_BUSY = 1,        /* no room now: spool it */
    WIRE_STATUS_NOT_ALLOWED = 2, /* this peer may not hand alerts over: spool it */
    WIRE_STATUS_BAD_PACKET = 3,  /* magic, version, kind or lengths are wrong: spool it */
    WIRE_STATUS_NOT_AN_ALERT = 4 /* the bytes are no JSON and never will be: tell Wazuh */
};

struct wire_request {
    uint64_t id; /* names this alert: the same in the packet and in the spool, so that it is worked on once */
    uint8_t kind;
    uint32_t path_length;
    uint32_t alert_length;
};

/* Why a request is refused; WIRE_OK when it is not. */
enum wire_check {
    WIRE_OK = 0,
    WIRE_BAD_MAGIC,
    WIRE_BAD_VERSION,
    WIRE_BAD_KIND,
    WIRE_BAD_ID,
    WIRE_BAD_LENGTH
};

static inline void wire_put32(unsigned char* at, uint32_t value) {
    at[0] = (unsigned char)(value >> 24);
    at[1] = (unsigned char)(value >> 16);
    at[2] = (unsigned char)(value >> 8);
    at[3] = (unsigned char)value;
}

static inline uint32_t wire_get32(const unsigned char* at) {
    return ((uint32_t)at[0] << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | (uint32_t)at[3];
}

/* Writes the WIRE_REQUEST_HEADER bytes that stand before the path and the alert. */
static inline void wire_pack_request(unsigned char* out, const struct wire_request* request) {
    wire_put32(out, WIRE_MAGIC);
    out[4] = WIRE_VERSION;
    out[5] = request->kind;
    out[6] = 0;
    out[7] = 0;
    wire_put32(out + 8, (uint32_t)(request->id >> 32));
    wire_put32(out + 12, (uint32_t)request->id);
    wire_put32(out + 16, request->path_length);
    wire_put32(out + 20, request->alert_length);
}

/* Reads and checks the header of a packet of `size` bytes in all. The two reserved bytes are ignored. */
static inline enum wire_check wire_unpack_request(const unsigned char* packet, size_t size,
                                                  struct wire_request* out) {
    if (size < WIRE_REQUEST_HEADER) return WIRE_BAD_LENGTH;
    if (wire_get32(packet) != WIRE_MAGIC) return WIRE_BAD_MAGIC;
    if (packet[4] != WIRE_VERSION) return WIRE_BAD_VERSION;
    if (packet[5] != WIRE_KIND_ALERT && packet[5] != WIRE_KIND_ACTIVE_RESPONSE) return WIRE_BAD_KIND;
    out->kind = packet[5];
    out->id = ((uint64_t)wire_get32(packet + 8) << 32) | wire_get32(packet + 12);
    if (out->id == 0) return WIRE_BAD_ID;
    out->path_length = wire_get32(packet + 16);
    out->alert_length = wire_get32(packet + 20);
    if (out->path_length > WIRE_MAX_PATH || out->alert_length > WIRE_MAX_ALERT || out->alert_length == 0)
        return WIRE_BAD_LENGTH;
    if (size != (size_t)WIRE_REQUEST_HEADER + out->path_length + out->alert_length) return WIRE_BAD_LENGTH;
    return WIRE_OK;
}

/* Writes the WIRE_REPLY_SIZE bytes of a reply. */
static inline void wire_pack_reply(unsigned char* out, enum wire_status status) {
    wire_put32(out, WIRE_MAGIC);
    out[4] = WIRE_VERSION;
    out[5] = WIRE_KIND_REPLY;
    out[6] = (unsigned char)status;
    out[7] = 0;
}

/* The status of a reply, or WIRE_STATUS_BUSY when the packet is not one that this version understands. */
static inline enum wire_status wire_unpack_reply(const unsigned char* packet, size_t size) {
    if (size != WIRE_REPLY_SIZE || wire_get32(packet) != WIRE_MAGIC || packet[4] != WIRE_VERSION ||
        packet[5] != WIRE_KIND_REPLY || packet[6] > WIRE_STATUS_NOT_AN_ALERT)
        return WIRE_STATUS_BUSY;
    return (enum wire_status)packet[6];
}

/* Writes the WIRE_SPOOL_NAME digits of an id, without an end mark. */
static inline void wire_spool_name(char* out, uint64_t id) {
    for (unsigned i = 0; i < WIRE_SPOOL_NAME; ++i) {
        unsigned digit = (unsigned)(id >> (60 - 4 * i)) & 15u;
        out[i] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
}

/* The shim's name where Wazuh's execd runs it, below active-response/bin. */
#define WIRE_ACTIVE_RESPONSE_NAME "enrich-otx"

#endif
