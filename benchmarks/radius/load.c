/* A fleet of NASes in one process: as many requests as a window or a rate allows, every reply verified,
 * retransmission as a NAS does it, and a ledger of what the server has acknowledged.
 *
 * Each session is a chain: (login) → Start → interims → Stop, one request at a time, so that what was acknowledged
 * last is the truth about it. Run without options for the list of them. The result is one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "md5.h"

enum {
    ACCESS_REQUEST = 1, ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCOUNTING_REQUEST = 4, ACCOUNTING_RESPONSE = 5,
    START = 1, STOP = 2, INTERIM = 3,
    PACKET_MAX = 640, REPLY_MAX = 4096, CLASS_MAX = 253, SOCKETS_MAX = 256, GHOST = -1,
};
#define MICRO 1000000ULL

typedef struct {
    const char *name;
    const uint8_t *proof; /* ready attributes, when the file brings them */
    const char *password;
    unsigned proof_size;
    uint32_t sessions, seconds;
    uint64_t in, out;
    bool uncertain; /* something was sent and never answered */
} user_t;

typedef struct {
    user_t *user;
    uint32_t number, seconds;
    uint64_t in, out, started;
    uint64_t acked_in, acked_out;
    uint32_t acked_seconds;
    int step;   /* -1 login, 0 Start, then interims, then Stop */
    int passes; /* turns it lets go by at first, so that at any time each step has its share */
    bool acked;
    uint8_t class_size, class_value[CLASS_MAX];
} session_t;

typedef struct {
    int session; /* index, GHOST for a second copy of a report, or -2 when free */
    int tries;
    uint64_t planned, due;
    unsigned size;
    uint8_t octets[PACKET_MAX];
} pending_t;

typedef struct {
    int fd;
    unsigned next, busy;
    pending_t pending[256];
} port_t;

static struct {
    const char *host, *secret, *users, *acked, *mix, *from;
    int auth_port, acct_port, window, sockets, sessions, interims, tries, users_max;
    enum { UNSIGNED, SIGNED, SIGNED_FIRST } signing;
    double seconds, warmup, rate, dup, retry, drain;
    uint64_t octets_step;
    unsigned seed;
} opt = {
    .host = "127.0.0.1", .mix = "mixed", .auth_port = 1812, .acct_port = 1813, .window = 64, .sockets = 32,
    .sessions = 700, .interims = 4, .tries = 8, .signing = SIGNED_FIRST, .seconds = 4, .warmup = 1, .retry = 3,
    .drain = 15, .octets_step = 1200000000, .seed = 1,
};

static hmac_key key;
static size_t secret_size;
static user_t *users;
static size_t users_count, users_next;
static session_t *sessions;
static int *ready; /* a ring of sessions that may send */
static size_t ready_head, ready_count;
static port_t *ports[2][SOCKETS_MAX]; /* authentication, accounting */
static size_t port_next[2];
static uint32_t sessions_made, run_number;
static int outstanding, poller, login_step;
static bool measuring;
static uint32_t *latencies;
static size_t latencies_count, latencies_room;
static struct {
    uint64_t answered, auth, acct, rejected, retransmitted, timed_out, bad, unsigned_replies, signed_late, doubled, stalled;
} count;

static uint64_t now_micro(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * MICRO + t.tv_nsec / 1000;
}

static uint64_t dice(void) { /* xorshift: quick, and the same again for a seed */
    static uint64_t x;
    if (!x) x = 88172645463325252ULL ^ ((uint64_t)opt.seed << 32);
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    exit(2);
}

/* ---- packets ---- */

static uint8_t *put(uint8_t *at, int type, const void *value, size_t size) {
    at[0] = type, at[1] = size + 2;
    memcpy(at + 2, value, size);
    return at + size + 2;
}

static uint8_t *put_number(uint8_t *at, int type, uint32_t value) {
    value = htonl(value);
    return put(at, type, &value, 4);
}

static uint8_t *put_text(uint8_t *at, int type, const char *text) { return put(at, type, text, strlen(text)); }

static uint8_t *put_password(uint8_t *at, const char *password, const uint8_t *authenticator) {
    uint8_t hidden[128] = {0}, stream[16];
    size_t size = strlen(password), padded = size ? (size + 15) / 16 * 16 : 16;
    memcpy(hidden, password, size);
    for (size_t block = 0; block < padded; block += 16) {
        md5_state state;
        md5_start(&state), md5_add(&state, opt.secret, secret_size);
        md5_add(&state, block ? hidden + block - 16 : authenticator, 16), md5_end(&state, stream);
        for (int i = 0; i < 16; i++) hidden[block + i] ^= stream[i];
    }
    return put(at, 2, hidden, padded);
}

static uint8_t *put_place(uint8_t *at, const session_t *session) {
    char mac[32], id[32];
    uint32_t who = session->user - users;
    snprintf(mac, sizeof mac, "02-00-%02X-%02X-%02X-%02X", who >> 24 & 255, who >> 16 & 255, who >> 8 & 255, who & 255);
    snprintf(id, sizeof id, "%08x%08x", run_number, session->number);
    at = put_text(at, 44, id);
    at = put_number(at, 4, 0x7f000001);
    at = put_number(at, 5, session->number & 0xffff);
    at = put_number(at, 61, 19);
    at = put_text(at, 30, "02-00-00-00-00-01:load");
    return put_text(at, 31, mac);
}

static unsigned build_login(uint8_t *packet, int identifier, const session_t *session) {
    uint8_t digest[16], *at = packet + 38;
    for (int i = 0; i < 2; i++) {
        uint64_t random = dice();
        memcpy(packet + 4 + 8 * i, &random, 8);
    }
    at = put_text(at, 1, session->user->name);
    if (session->user->proof) {
        memcpy(at, session->user->proof, session->user->proof_size);
        at += session->user->proof_size;
    } else {
        at = put_password(at, session->user->password, packet + 4);
    }
    at = put_place(at, session);
    at = put_number(at, 6, 1);
    unsigned size = at - packet;
    packet[0] = ACCESS_REQUEST, packet[1] = identifier, packet[2] = size >> 8, packet[3] = size & 255;
    packet[20] = 80, packet[21] = 18;
    memset(packet + 22, 0, 16);
    hmac(&key, packet, size, digest);
    memcpy(packet + 22, digest, 16);
    return size;
}

static void sign_record(uint8_t *packet, unsigned size) {
    md5_state state;
    memset(packet + 4, 0, 16);
    md5_start(&state), md5_add(&state, packet, size), md5_add(&state, opt.secret, secret_size);
    md5_end(&state, packet + 4);
}

static unsigned build_record(uint8_t *packet, int identifier, const session_t *session) {
    uint8_t *at = packet + 20;
    int kind = session->step == 0 ? START : session->step > opt.interims ? STOP : INTERIM;
    at = put_number(at, 40, kind);
    at = put_text(at, 1, session->user->name);
    at = put_place(at, session);
    at = put_number(at, 8, 0x0a000000 | (session->number & 0xffffff));
    at = put_number(at, 45, 1);
    at = put_number(at, 55, session->started + session->seconds);
    if (kind != START) {
        at = put_number(at, 46, session->seconds);
        at = put_number(at, 42, session->in), at = put_number(at, 52, session->in >> 32);
        at = put_number(at, 43, session->out), at = put_number(at, 53, session->out >> 32);
        at = put_number(at, 47, session->in / 1000), at = put_number(at, 48, session->out / 1000);
    }
    if (kind == STOP) at = put_number(at, 49, 1);
    if (session->class_size) at = put(at, 25, session->class_value, session->class_size);
    unsigned size = at - packet;
    packet[0] = ACCOUNTING_REQUEST, packet[1] = identifier, packet[2] = size >> 8, packet[3] = size & 255;
    sign_record(packet, size);
    return size;
}

/* ---- replies ---- */

/* Whether the reply is genuine. In a login's answer Message-Authenticator must come first (CVE-2024-3596), unless
 * --signing anywhere or no: FreeRADIUS before 3.2.5 puts it where it likes. */
static bool is_genuine(const uint8_t *request, uint8_t *reply, unsigned size) {
    uint8_t digest[16], authenticator[16], sent[16];
    md5_state state;
    memcpy(authenticator, reply + 4, 16);
    memcpy(reply + 4, request + 4, 16);
    md5_start(&state), md5_add(&state, reply, size), md5_add(&state, opt.secret, secret_size);
    md5_end(&state, digest);
    if (memcmp(digest, authenticator, 16)) return false;
    if (request[0] != ACCESS_REQUEST) return true;
    for (unsigned at = 20; at + 2 <= size && reply[at + 1] >= 2; at += reply[at + 1]) {
        if (reply[at] != 80 || reply[at + 1] != 18 || at + 18 > size) continue;
        memcpy(sent, reply + at + 2, 16);
        memset(reply + at + 2, 0, 16);
        hmac(&key, reply, size, digest);
        count.signed_late += at != 20;
        return !memcmp(digest, sent, 16) && (at == 20 || opt.signing < SIGNED_FIRST);
    }
    count.unsigned_replies++;
    return opt.signing == UNSIGNED;
}

static void keep_class(session_t *session, const uint8_t *reply, unsigned size) {
    session->class_size = 0;
    for (unsigned at = 20; at + 2 <= size && reply[at + 1] >= 2; at += reply[at + 1]) {
        if (reply[at] != 25) continue;
        session->class_size = reply[at + 1] - 2;
        memcpy(session->class_value, reply + at + 2, session->class_size);
        return;
    }
}

/* ---- sessions ---- */

static void begin_session(session_t *session) {
    uint32_t stride = 7919; /* a prime, so that neighbours in time are no neighbours in a table */
    memset(session, 0, offsetof(session_t, class_value));
    session->user = &users[users_next];
    users_next = (users_next + stride) % users_count;
    session->number = sessions_made++;
    session->step = login_step;
    session->started = time(NULL);
}

static void book(session_t *session) {
    user_t *user = session->user;
    user->sessions += !session->acked;
    user->seconds += session->seconds - session->acked_seconds;
    user->in += session->in - session->acked_in;
    user->out += session->out - session->acked_out;
    session->acked = true;
    session->acked_seconds = session->seconds, session->acked_in = session->in, session->acked_out = session->out;
}

static void go_on(session_t *session) {
    bool only_logins = !strcmp(opt.mix, "auth");
    if (only_logins || session->step > opt.interims) return begin_session(session);
    session->step++;
    if (session->step > 0) {
        session->seconds++;
        session->in += dice() % opt.octets_step / 4;
        session->out += dice() % opt.octets_step;
    }
}

static void make_ready(int session) {
    ready[(ready_head + ready_count++) % opt.sessions] = session;
}

/* ---- sending ---- */

static pending_t *free_place(int kind, port_t **found) {
    for (int tried = 0; tried < opt.sockets; tried++) {
        port_t *port = ports[kind][port_next[kind]++ % opt.sockets];
        if (port->busy >= 200) continue;
        while (port->pending[port->next & 255].session != -2) port->next++;
        *found = port;
        return &port->pending[port->next++ & 255];
    }
    return NULL;
}

static void transmit(port_t *port, pending_t *pending) {
    if (send(port->fd, pending->octets, pending->size, 0) < 0 && errno != EAGAIN && errno != ECONNREFUSED) die("send failed");
    pending->due = now_micro() + opt.retry * MICRO;
    pending->tries++;
}

static void take_place(port_t *port, pending_t *pending, int session, uint64_t planned) {
    pending->session = session;
    pending->planned = planned;
    pending->tries = 0;
    port->busy++;
    outstanding++;
}

/* The same report once more under another identifier: a server must know it by what it says. */
static void send_ghost(const pending_t *original) {
    port_t *port;
    pending_t *ghost = free_place(1, &port);
    if (!ghost) return;
    take_place(port, ghost, GHOST, original->planned);
    memcpy(ghost->octets, original->octets, original->size);
    ghost->size = original->size;
    ghost->octets[1] = ghost - port->pending;
    sign_record(ghost->octets, ghost->size);
    transmit(port, ghost);
}

static void let_newcomers_pass(void) {
    while (ready_count && sessions[ready[ready_head]].passes) {
        int index = ready[ready_head];
        sessions[index].passes--;
        ready_head = (ready_head + 1) % opt.sessions, ready_count--;
        make_ready(index);
    }
}

static bool send_next(uint64_t planned) {
    let_newcomers_pass();
    int index = ready[ready_head];
    session_t *session = &sessions[index];
    int kind = session->step >= 0;
    port_t *port;
    pending_t *pending = free_place(kind, &port);
    if (!pending) return false;
    ready_head = (ready_head + 1) % opt.sessions, ready_count--;
    take_place(port, pending, index, planned);
    int identifier = pending - port->pending;
    pending->size = kind ? build_record(pending->octets, identifier, session) : build_login(pending->octets, identifier, session);
    transmit(port, pending);
    if (opt.dup > 0 && dice() % 10000 < opt.dup * 100) {
        count.doubled++;
        if (kind && dice() & 1) send_ghost(pending);
        else if (send(port->fd, pending->octets, pending->size, 0) < 0 && errno != EAGAIN) die("send failed");
    }
    return true;
}

static void release(port_t *port, pending_t *pending) {
    pending->session = -2;
    port->busy--;
    outstanding--;
}

static void remember_latency(uint64_t micro) {
    if (latencies_count == latencies_room) {
        latencies_room = latencies_room ? latencies_room * 2 : 1 << 16;
        latencies = realloc(latencies, latencies_room * sizeof *latencies);
        if (!latencies) die("no memory");
    }
    latencies[latencies_count++] = micro > UINT32_MAX ? UINT32_MAX : micro;
}

static void answered(pending_t *pending, const uint8_t *reply, unsigned size) {
    session_t *session = &sessions[pending->session];
    if (measuring) {
        remember_latency(now_micro() - pending->planned);
        count.answered++;
        count.auth += reply[0] != ACCOUNTING_RESPONSE, count.acct += reply[0] == ACCOUNTING_RESPONSE;
    }
    int index = pending->session;
    if (reply[0] == ACCESS_ACCEPT) keep_class(session, reply, size);
    if (reply[0] == ACCESS_REJECT) count.rejected++, begin_session(session);
    else if (reply[0] == ACCOUNTING_RESPONSE) book(session), go_on(session);
    else go_on(session);
    make_ready(index);
}

static void receive(port_t *port) {
    uint8_t reply[REPLY_MAX];
    ssize_t size;
    while ((size = recv(port->fd, reply, sizeof reply, 0)) >= 0) {
        pending_t *pending = &port->pending[reply[1]];
        if (size < 20 || (reply[2] << 8 | reply[3]) != size) { count.bad++; continue; }
        if (pending->session == -2) continue; /* the answer to a duplicate */
        bool fits = pending->octets[0] == ACCESS_REQUEST ? reply[0] == ACCESS_ACCEPT || reply[0] == ACCESS_REJECT : reply[0] == ACCOUNTING_RESPONSE;
        if (!fits || !is_genuine(pending->octets, reply, size)) { count.bad++; continue; }
        if (pending->session != GHOST) answered(pending, reply, size);
        release(port, pending);
    }
}

static void give_up(port_t *port, pending_t *pending) {
    count.timed_out++;
    if (pending->session != GHOST) {
        session_t *session = &sessions[pending->session];
        session->user->uncertain |= session->step >= 0;
        int index = pending->session;
        begin_session(session);
        make_ready(index);
    }
    release(port, pending);
}

static void retransmit(void) {
    uint64_t now = now_micro();
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < opt.sockets; i++) {
            port_t *port = ports[kind][i];
            for (int id = 0; port->busy && id < 256; id++) {
                pending_t *pending = &port->pending[id];
                if (pending->session == -2 || pending->due > now) continue;
                if (pending->tries >= opt.tries) { give_up(port, pending); continue; }
                count.retransmitted++;
                transmit(port, pending);
            }
        }
}

static void turn(uint64_t wait_micro) {
    static uint64_t looked;
    struct epoll_event events[64];
    struct timespec wait = {.tv_nsec = wait_micro * 1000};
    int found = epoll_pwait2(poller, events, 64, &wait, NULL);
    for (int i = 0; i < found; i++) receive(events[i].data.ptr);
    uint64_t now = now_micro();
    if (now - looked > MICRO / 20) looked = now, retransmit();
}

static void run_closed(uint64_t until) {
    while (now_micro() < until) {
        while (outstanding < opt.window && ready_count && send_next(now_micro())) {}
        turn(5000);
    }
}

/* Requests leave when they are planned, whatever the server does; latency counts from the plan. */
static void run_paced(uint64_t until) {
    static uint64_t next;
    if (!next) next = now_micro();
    double gap = MICRO / opt.rate;
    static double fraction;
    while (now_micro() < until) {
        while (next <= now_micro()) {
            if (!ready_count || !send_next(next)) { count.stalled++; break; }
            fraction += gap;
            next += (uint64_t)fraction;
            fraction -= (uint64_t)fraction;
        }
        int64_t rest = next - now_micro();
        turn(rest > 5000 ? 5000 : rest > 0 ? rest : 0);
    }
}

static void run(double seconds) {
    uint64_t until = now_micro() + seconds * MICRO;
    opt.rate > 0 ? run_paced(until) : run_closed(until);
}

/* ---- files and options ---- */

static unsigned from_hex(const char *text, uint8_t *octets) {
    unsigned size = 0, value;
    for (; sscanf(text + 2 * size, "%2x", &value) == 1; size++) octets[size] = value;
    return size;
}

static void read_users(void) {
    FILE *file = fopen(opt.users, "r");
    char *line = NULL;
    size_t room = 0;
    if (!file) die("--users FILE cannot be read");
    for (size_t held = 0; getline(&line, &room, file) > 0 && (!opt.users_max || users_count < (size_t)opt.users_max);) {
        line[strcspn(line, "\r\n")] = 0;
        char *comma = strchr(line, ',');
        if (!comma) continue;
        if (users_count == held) users = realloc(users, (held = held ? held * 2 : 1024) * sizeof *users);
        if (!users) die("no memory");
        *comma = 0;
        user_t *user = &users[users_count++];
        *user = (user_t){.name = strdup(line), .password = strdup(comma + 1)};
        if (strncmp(comma + 1, "hex:", 4)) continue;
        uint8_t *proof = malloc(strlen(comma + 1));
        user->proof_size = from_hex(comma + 5, proof);
        user->proof = proof;
    }
    fclose(file);
    if (!users_count) die("--users FILE names nobody");
}

static void write_acked(void) {
    FILE *file = fopen(opt.acked, "w");
    if (!file) die("--acked FILE cannot be written");
    for (size_t i = 0; i < users_count; i++) {
        const user_t *user = &users[i];
        if (!user->sessions && !user->uncertain) continue;
        fprintf(file, "%s,%u,%u,%lu,%lu,%d\n", user->name, user->sessions, user->seconds, user->in, user->out, user->uncertain);
    }
    if (fclose(file)) die("--acked FILE cannot be written");
}

static port_t *open_port(int number) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(number)}, here = {.sin_family = AF_INET};
    port_t *port = calloc(1, sizeof *port);
    int room = 4 << 20;
    port->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(port->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (inet_pton(AF_INET, opt.host, &there.sin_addr) != 1) die("--host is no IPv4 address");
    if (opt.from && (inet_pton(AF_INET, opt.from, &here.sin_addr) != 1 || bind(port->fd, (struct sockaddr *)&here, sizeof here))) die("--from cannot be bound");
    if (connect(port->fd, (struct sockaddr *)&there, sizeof there)) die("connect failed");
    for (int id = 0; id < 256; id++) port->pending[id].session = -2;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};
    epoll_ctl(poller, EPOLL_CTL_ADD, port->fd, &event);
    return port;
}

static const struct option OPTIONS[] = {
    {"host", 1, 0, 'h'}, {"auth-port", 1, 0, 'a'}, {"acct-port", 1, 0, 'c'}, {"secret", 1, 0, 's'}, {"users", 1, 0, 'u'},
    {"acked", 1, 0, 'k'}, {"mix", 1, 0, 'm'}, {"window", 1, 0, 'w'}, {"sockets", 1, 0, 'p'}, {"sessions", 1, 0, 'n'},
    {"interims", 1, 0, 'i'}, {"tries", 1, 0, 't'}, {"seconds", 1, 0, 'S'}, {"warmup", 1, 0, 'W'}, {"rate", 1, 0, 'r'},
    {"dup-pct", 1, 0, 'd'}, {"retry", 1, 0, 'y'}, {"drain", 1, 0, 'D'}, {"octets-step", 1, 0, 'o'}, {"seed", 1, 0, 'e'},
    {"signing", 1, 0, 'U'}, {"users-max", 1, 0, 'M'}, {"from", 1, 0, 'f'}, {0, 0, 0, 0},
};

static void read_options(int words_count, char **words) {
    for (int which; (which = getopt_long_only(words_count, words, "", OPTIONS, NULL)) != -1;) switch (which) {
        case 'h': opt.host = optarg; break;
        case 'a': opt.auth_port = atoi(optarg); break;
        case 'c': opt.acct_port = atoi(optarg); break;
        case 's': opt.secret = optarg; break;
        case 'u': opt.users = optarg; break;
        case 'k': opt.acked = optarg; break;
        case 'm': opt.mix = optarg; break;
        case 'w': opt.window = atoi(optarg); break;
        case 'p': opt.sockets = atoi(optarg); break;
        case 'n': opt.sessions = atoi(optarg); break;
        case 'i': opt.interims = atoi(optarg); break;
        case 't': opt.tries = atoi(optarg); break;
        case 'S': opt.seconds = atof(optarg); break;
        case 'W': opt.warmup = atof(optarg); break;
        case 'r': opt.rate = atof(optarg); break;
        case 'd': opt.dup = atof(optarg); break;
        case 'y': opt.retry = atof(optarg); break;
        case 'D': opt.drain = atof(optarg); break;
        case 'o': opt.octets_step = strtoull(optarg, NULL, 10); break;
        case 'e': opt.seed = strtoul(optarg, NULL, 10); break;
        case 'U': opt.signing = !strcmp(optarg, "no") ? UNSIGNED : !strcmp(optarg, "anywhere") ? SIGNED : SIGNED_FIRST; break;
        case 'M': opt.users_max = atoi(optarg); break;
        case 'f': opt.from = optarg; break;
        default: exit(2);
    }
    if (!opt.secret || !opt.users) {
        fprintf(stderr, "load --secret S --users FILE, and:");
        for (const struct option *each = OPTIONS; each->name; each++) fprintf(stderr, " --%s", each->name);
        fprintf(stderr, "\n");
        exit(2);
    }
    bool known = !strcmp(opt.mix, "auth") || !strcmp(opt.mix, "acct") || !strcmp(opt.mix, "mixed");
    if (!known || opt.sockets < 1 || opt.sockets > SOCKETS_MAX || opt.sessions < opt.window) die("--mix auth|acct|mixed, --sockets 1 … 256, --sessions at least --window");
}

static void set_up(void) {
    secret_size = strlen(opt.secret);
    run_number = time(NULL) * 1000 + getpid() % 1000;
    md5_prepare();
    hmac_prepare(&key, (const uint8_t *)opt.secret, secret_size);
    read_users();
    users_next = opt.seed % users_count;
    login_step = strcmp(opt.mix, "acct") ? -1 : 0;
    poller = epoll_create1(0);
    for (int i = 0; i < opt.sockets; i++) ports[0][i] = open_port(opt.auth_port), ports[1][i] = open_port(opt.acct_port);
    sessions = calloc(opt.sessions, sizeof *sessions);
    ready = calloc(opt.sessions, sizeof *ready);
    for (int i = 0; i < opt.sessions; i++) {
        begin_session(&sessions[i]);
        sessions[i].passes = strcmp(opt.mix, "auth") ? i % (opt.interims + 2 - login_step) : 0;
        make_ready(i);
    }
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static double percentile(double share) {
    if (!latencies_count) return 0;
    size_t at = share * latencies_count;
    return latencies[at < latencies_count ? at : latencies_count - 1] / 1000.0;
}

static double cpu_seconds(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void print_result(double seconds, double cpu) {
    qsort(latencies, latencies_count, sizeof *latencies, by_size);
    printf("{\"mix\": \"%s\", \"window\": %d, \"rate\": %g, \"seconds\": %.3f, \"requests\": %lu, \"auth\": %lu, \"acct\": %lu, ",
           opt.mix, opt.window, opt.rate, seconds, count.answered, count.auth, count.acct);
    printf("\"per_second\": %.1f, \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, ",
           count.answered / seconds, percentile(0.50), percentile(0.95), percentile(0.99), percentile(1));
    printf("\"retransmitted\": %lu, \"timed_out\": %lu, \"bad\": %lu, \"rejected\": %lu, \"doubled\": %lu, ",
           count.retransmitted, count.timed_out, count.bad, count.rejected, count.doubled);
    printf("\"unsigned\": %lu, \"signed_late\": %lu, \"unanswered\": %d, \"stalled\": %lu, \"client_cpu_us\": %.2f}\n",
           count.unsigned_replies, count.signed_late, outstanding, count.stalled, count.answered ? cpu * 1e6 / count.answered : 0);
}

/* What is still under way at the end is waited for, since the server may have booked it. */
static void drain(void) {
    uint64_t until = now_micro() + opt.drain * MICRO;
    while (outstanding && now_micro() < until) turn(5000);
    for (int i = 0; i < opt.sockets; i++)
        for (int id = 0; id < 256; id++) {
            int index = ports[1][i]->pending[id].session;
            if (index >= 0) sessions[index].user->uncertain = true;
        }
}

int main(int words_count, char **words) {
    read_options(words_count, words);
    set_up();
    run(opt.warmup);
    /* Whoever reads the CPU time of the server does it at these two lines. */
    fprintf(stderr, "measuring\n");
    measuring = true;
    double cpu = cpu_seconds();
    uint64_t begun = now_micro();
    run(opt.seconds);
    double seconds = (now_micro() - begun) / 1e6;
    cpu = cpu_seconds() - cpu;
    measuring = false;
    fprintf(stderr, "measured\n");
    drain();
    print_result(seconds, cpu);
    if (opt.acked) write_acked();
    return 0;
}
