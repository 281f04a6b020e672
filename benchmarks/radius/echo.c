/* A responder that does nothing but what RADIUS makes every server do: read, sign, send. It is the ceiling.
 *
 *   echo PORT SECRET     both kinds of request on one port; every login is accepted, every record acknowledged
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "md5.h"

enum { BATCH = 64, OCTETS_MAX = 4096, ACCESS_REQUEST = 1, ACCESS_ACCEPT = 2, ACCOUNTING_RESPONSE = 5 };

static hmac_key key;
static const char *secret;

static unsigned answer(uint8_t *packet) {
    uint8_t reply[38] = {packet[0] == ACCESS_REQUEST ? ACCESS_ACCEPT : ACCOUNTING_RESPONSE, packet[1]};
    unsigned size = packet[0] == ACCESS_REQUEST ? 38 : 20;
    md5_state state;
    reply[3] = size;
    memcpy(reply + 4, packet + 4, 16);
    if (size == 38) {
        uint8_t digest[16];
        reply[20] = 80, reply[21] = 18;
        hmac(&key, reply, size, digest);
        memcpy(reply + 22, digest, 16);
    }
    md5_start(&state), md5_add(&state, reply, size), md5_add(&state, secret, strlen(secret));
    md5_end(&state, reply + 4);
    memcpy(packet, reply, size);
    return size;
}

int main(int count, char **words) {
    static uint8_t octets[BATCH][OCTETS_MAX];
    static struct sockaddr_in from[BATCH];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    if (count != 3) return fprintf(stderr, "echo PORT SECRET\n"), 2;
    secret = words[2];
    md5_prepare();
    hmac_prepare(&key, (const uint8_t *)secret, strlen(secret));
    int port = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(port, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(port, (struct sockaddr *)&here, sizeof here)) return perror("bind"), 1;
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){octets[i], OCTETS_MAX};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int received = recvmmsg(port, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < received; i++) parts[i].iov_len = answer(octets[i]);
        for (int sent = 0; sent < received;) {
            int now = sendmmsg(port, messages + sent, received - sent, 0);
            sent += now > 0 ? now : 1;
        }
    }
}
