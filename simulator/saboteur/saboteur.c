/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A driver that is as good as another one until it is told to do harm. It loads the driver INNER, passes everything on to it, and looks
 * at the file ORDERS before each cycle. What stands there it does, in that cycle and in every one as long as it stands there; with `once`
 * before it, in one cycle alone. README.md lists the orders.
 *
 * Built by the tests for one place: cc -shared -fPIC -DINNER='"..."' -DORDERS='"..."' saboteur.c. It breaks the rules of the ABI on purpose:
 * it opens a file, and much more if told so.
 */
#define _GNU_SOURCE
#include "ecmod_driver.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_LEAK = 16, LONGEST_LINE = 200 };

/* An instance of the good driver, and what it is asked through. */
struct instance {
    const ecmod_host *host;
    void *good;
    uint32_t n_signals;
    uint64_t cycles;
    ecmod_sample *last; /* what it delivered when it began to freeze */
};

/* An order: a word and up to two numbers. */
struct order {
    char word[24];
    double first, second;
};

static const ecmod_driver *good;

static int is(const struct order *order, const char *word) {
    return strcmp(order->word, word) == 0;
}

/* The order that stands in the file; "" if there is none. */
static struct order read_order(void) {
    struct order order = {"", 0.0, 0.0};
    char text[128], *words = text;
    int file = open(ORDERS, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return order;
    }
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    if (strncmp(words, "once ", 5) == 0) {
        words += 5;
        unlink(ORDERS);
    }
    sscanf(words, "%23s %lf %lf", order.word, &order.first, &order.second);
    return order;
}

static void sleep_until(uint64_t t_ns) {
    const struct timespec time = {(time_t)(t_ns / 1000000000), (long)(t_ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) {
    }
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Takes this much memory and uses it; where that much is not to be had, whatever is left. */
static void leak(size_t bytes) {
    for (size_t piece = bytes; piece >= LEAST_LEAK; piece /= 2) {
        for (size_t taken = 0; taken < bytes; taken += piece) {
            volatile char *memory = malloc(piece);
            if (memory == NULL) {
                break;
            }
            for (size_t byte = 0; byte < piece; byte += 1024) {
                memory[byte] = 1;
            }
            if (piece == bytes) {
                return;
            }
        }
    }
}

static void flood_log(const struct instance *self, unsigned lines) {
    char text[LONGEST_LINE];
    for (unsigned line = 0; line < lines; line += 1) {
        int length = snprintf(text, sizeof text, "line %u of %u, and nobody needs it: %0100u", line, lines, line);
        self->host->log(self->host->context, ECMOD_LOG_ERROR, text, (uint32_t)length);
    }
}

static void flood_bus(const struct instance *self, unsigned requests) {
    const ecmod_host *host = self->host;
    for (unsigned request = 0; request < requests; request += 1) {
        uint16_t item = 0;
        const uint8_t bytes[16] = "\x55\xAAnobody asked\n";
        if (host->modbus_read(host->context, 1, ECMOD_MODBUS_HOLDING_REGISTERS, 0, 1, &item, 0) == ECMOD_E_UNSUPPORTED) {
            host->serial_write(host->context, bytes, sizeof bytes, 0);
        }
    }
}

/* What it does before the good driver has its turn. */
static void harm(const struct instance *self, const struct order *order) {
    if (is(order, "hang")) {
        sleep_until((uint64_t)order->first);
    } else if (is(order, "compute")) {
        while (now_ns() < (uint64_t)order->first) {
        }
    } else if (is(order, "slow")) {
        sleep_until(now_ns() + (uint64_t)(order->first * 1e6));
    } else if (is(order, "leak")) {
        leak((size_t)order->first);
    } else if (is(order, "log")) {
        flood_log(self, (unsigned)order->first);
    } else if (is(order, "bus")) {
        flood_bus(self, (unsigned)order->first);
    } else if (is(order, "abort")) {
        abort();
    } else if (is(order, "fault")) {
        raise(SIGSEGV);
    } else if (is(order, "exit")) {
        exit(0);
    }
}

/* Bytes that mean nothing, the same in each run. */
static void garbage(struct instance *self, ecmod_sample *samples) {
    uint64_t state = self->cycles * 0x9E3779B97F4A7C15u + 1;
    unsigned char *bytes = (unsigned char *)samples;
    for (size_t byte = 0; byte < self->n_signals * sizeof *samples; byte += 1) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        bytes[byte] = (unsigned char)state;
    }
}

/* What it makes of one sample of the good driver. */
static void lie_of(const struct order *order, ecmod_sample *sample, const ecmod_sample *other, uint64_t now) {
    if (is(order, "value")) {
        const ecmod_sample lie = {order->second, now, ECMOD_QUALITY_GOOD, ECMOD_CAUSE_NONE};
        *sample = lie;
    } else if (is(order, "add")) {
        sample->value += order->second;
    } else if (is(order, "scale")) {
        sample->value *= order->second;
    } else if (is(order, "swap")) {
        sample->value = other->value;
    } else if (is(order, "nan")) {
        const ecmod_sample lie = {NAN, now, ECMOD_QUALITY_GOOD, ECMOD_CAUSE_NONE};
        *sample = lie;
    } else if (is(order, "shift")) {
        sample->t_ns += (uint64_t)(int64_t)(order->second * 1e6);
    }
}

static void freeze(struct instance *self, ecmod_sample *samples, uint64_t now) {
    for (uint32_t signal = 0; signal < self->n_signals; signal += 1) {
        if (samples[signal].quality == ECMOD_QUALITY_GOOD && self->last[signal].quality != ECMOD_QUALITY_GOOD) {
            self->last[signal] = samples[signal];
        }
        samples[signal] = self->last[signal];
        samples[signal].t_ns = now;
    }
}

/* What it makes of what the good driver delivered; the cycle's result. */
static int32_t lie(struct instance *self, const struct order *order, ecmod_sample *samples, int32_t result) {
    uint32_t signal = (uint32_t)order->first;
    uint64_t now = now_ns();
    if (is(order, "mute")) {
        memset(samples, 0, self->n_signals * sizeof *samples);
        return ECMOD_OK;
    }
    if (is(order, "garbage")) {
        garbage(self, samples);
        return ECMOD_OK;
    }
    if (is(order, "result")) {
        return (int32_t)order->first;
    }
    if (is(order, "flap")) {
        return self->cycles / 4 % 2 == 0 ? ECMOD_OK : ECMOD_E_IO;
    }
    if (is(order, "urgent")) {
        self->host->urgent(self->host->context);
    }
    if (is(order, "freeze")) {
        freeze(self, samples, now);
        return ECMOD_OK;
    }
    memset(self->last, 0, self->n_signals * sizeof *self->last);
    if (signal < self->n_signals && (is(order, "value") || is(order, "nan") || samples[signal].quality == ECMOD_QUALITY_GOOD)) {
        lie_of(order, &samples[signal], &samples[(uint32_t)order->second % self->n_signals], now);
    }
    return result;
}

static int32_t saboteur_open(const ecmod_host *host, void **instance) {
    struct instance *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return ECMOD_E_IO;
    }
    self->host = host;
    int32_t result = good->open(host, &self->good);
    if (result != ECMOD_OK) {
        free(self);
        return result;
    }
    const ecmod_table *table = NULL;
    if (good->describe != NULL && good->describe(self->good, &table) != ECMOD_OK) {
        table = NULL;
    }
    self->n_signals = table != NULL ? table->n_signals : good->table.n_signals;
    self->last = calloc(self->n_signals + 1, sizeof *self->last);
    *instance = self;
    return ECMOD_OK;
}

static int32_t saboteur_describe(void *instance, const ecmod_table **table) {
    const struct instance *self = instance;
    return good->describe != NULL ? good->describe(self->good, table) : ECMOD_OK;
}

static int32_t saboteur_cycle(void *instance, uint64_t now, const ecmod_demand *demands, ecmod_sample *samples) {
    struct instance *self = instance;
    const struct order order = read_order();
    self->cycles += 1;
    harm(self, &order);
    return lie(self, &order, samples, good->cycle(self->good, now, demands, samples));
}

static int32_t saboteur_self_test(void *instance, ecmod_finding *findings, uint32_t capacity, uint32_t *length) {
    const struct instance *self = instance;
    return good->self_test != NULL ? good->self_test(self->good, findings, capacity, length) : ECMOD_OK;
}

static uint32_t saboteur_hold(void *instance) {
    const struct instance *self = instance;
    return good->holds_on_link_loss != NULL ? good->holds_on_link_loss(self->good) : ECMOD_HOLD_NOT_APPLICABLE;
}

static void saboteur_close(void *instance) {
    struct instance *self = instance;
    good->close(self->good);
    free(self->last);
    free(self);
}

const ecmod_driver *ecmod_driver_v1(void) {
    static ecmod_driver driver;
    if (good == NULL) {
        void *library = dlopen(INNER, RTLD_NOW | RTLD_LOCAL);
        const ecmod_driver *(*entry)(void) = NULL;
        if (library != NULL) {
            *(void **)&entry = dlsym(library, ECMOD_SYMBOL);
        }
        if (entry == NULL || (good = entry()) == NULL) {
            return NULL;
        }
        driver = *good;
        driver.struct_size = sizeof driver;
        driver.open = saboteur_open;
        driver.describe = saboteur_describe;
        driver.cycle = saboteur_cycle;
        driver.self_test = saboteur_self_test;
        driver.holds_on_link_loss = saboteur_hold;
        driver.close = saboteur_close;
    }
    return &driver;
}
