/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A driver that does what its configuration says: {"mode": "echo" | "slow" | "hang" | "crash" | "garbage" | "dead" |
 * "refuse" | "loop" | "mute" | "frail" | "patient" | "asks" | "compute"}, "mute" and "frail" in its
 * self test, "compute" when something is demanded. Only "patient" and "asks" need a bus, a serial one. Built by the tests with
 * -DABI=... or -DNO_SYMBOL for a driver that is none, with -DID=... for another one.
 */
#include "ecmod_driver.h"

#include <stdlib.h>
#include <string.h>

#ifndef ABI
#define ABI ECMOD_ABI
#endif
#ifndef ID
#define ID "test,probe"
#endif

enum { GOOD_CYCLES = 5 };

struct instance {
    const ecmod_host *host;
    char mode[16];
    uint64_t cycles;
    int dead;
};

static void say(const struct instance *self, const char *text) {
    self->host->log(self->host->context, ECMOD_LOG_INFO, text, (uint32_t)strlen(text));
}

static int is(const struct instance *self, const char *mode) {
    return strcmp(self->mode, mode) == 0;
}

static int32_t probe_open(const ecmod_host *host, void **instance) {
    struct instance *self = calloc(1, sizeof *self);
    uint32_t length = 0;
    char mode[sizeof self->mode] = "\"echo\"";
    int32_t result = host->config_get(host->context, "/mode", mode, sizeof mode - 1, &length);
    if (self == NULL || (result != ECMOD_OK && result != ECMOD_E_NOT_FOUND)) {
        free(self);
        return ECMOD_E_CONFIG;
    }
    if (result == ECMOD_OK) {
        mode[length] = 0;
    }
    /* without the quotes of the JSON string */
    strncpy(self->mode, mode + 1, strlen(mode) - 2);
    self->host = host;
    if (is(self, "refuse")) {
        free(self);
        return ECMOD_E_TIMEOUT;
    }
    say(self, "opened");
    *instance = self;
    return ECMOD_OK;
}

static int32_t probe_cycle(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples) {
    struct instance *self = instance;
    const ecmod_sample good = {0.0, now_ns, ECMOD_QUALITY_GOOD, ECMOD_CAUSE_NONE};
    self->cycles += 1;
    samples[0] = good;
    samples[0].value = (double)(self->cycles % 1000);
    samples[1] = good;
    if (demands[0].valid) {
        samples[1].value = demands[0].value;
    } else {
        samples[1].quality = ECMOD_QUALITY_BAD;
        samples[1].cause = ECMOD_CAUSE_NO_DATA;
    }
    if (self->dead) {
        abort(); /* the host must not call a dead instance */
    }
    if (self->cycles <= GOOD_CYCLES) {
        return ECMOD_OK;
    }
    if (is(self, "slow")) {
        self->host->delay_ns(self->host->context, 60000000);
    } else if (is(self, "hang") || is(self, "loop")) {
        for (;;) {
            self->host->delay_ns(self->host->context, 1000000);
        }
    } else if (is(self, "patient") || is(self, "asks")) {
        uint8_t byte;
        uint32_t length;
        /* two seconds for one answer; or a tenth, again and again */
        uint32_t timeout_us = is(self, "patient") ? 2000000u : 100000u;
        do {
            self->host->serial_read(self->host->context, &byte, 1, &length, timeout_us);
        } while (is(self, "asks"));
    } else if (is(self, "compute") && demands[0].valid) {
        for (volatile uint64_t turns = 0;; turns++) {
        }
    } else if (is(self, "crash")) {
        *(volatile int *)NULL = 1;
    } else if (is(self, "garbage")) {
        switch (self->cycles % 5) {
        case 0: samples[0].value = 0.0 / 0.0; break;
        case 1: samples[0].value = 1e300; break;
        case 2: samples[0].t_ns = now_ns + 3600000000000ull; break;
        case 3: samples[0].quality = 77; break;
        default: samples[0].t_ns = 1; break;
        }
    } else if (is(self, "dead")) {
        self->dead = 1;
        return ECMOD_E_PANIC;
    }
    return ECMOD_OK;
}

static int32_t probe_self_test(void *instance, ecmod_finding *findings, uint32_t capacity, uint32_t *length) {
    struct instance *self = instance;
    if (is(self, "mute")) {
        return ECMOD_E_TIMEOUT;
    }
    if (is(self, "frail")) {
        self->dead = 1;
        return ECMOD_E_PANIC;
    }
    if (capacity < 2) {
        return ECMOD_E_INVALID;
    }
    findings[0].passed = 1;
    findings[0].item = "the probe answers";
    findings[1].passed = 0;
    findings[1].item = "the reference";
    findings[1].detail = "Out of tolerance: replace it.";
    *length = 2;
    return ECMOD_OK;
}

static void probe_close(void *instance) {
    struct instance *self = instance;
    if (self->dead) {
        abort();
    }
    say(self, "closed");
    free(self);
}

#define SIGNAL(n, l) {sizeof(ecmod_signal), ECMOD_SPEED, n, l, 0.0, 1000.0, 0.0, 1000000000ull, 0, 0}
static const ecmod_signal signals[] = {SIGNAL("cycles", "Cycles"), SIGNAL("echo", "What is demanded")};
static const ecmod_command commands[] = {
    {sizeof(ecmod_command), ECMOD_SPEED, "speed", "Speed", 0.0, 500.0, ECMOD_COMMAND_PUMP, 0}};

static uint32_t probe_hold(void *instance) {
    (void)instance;
    return ECMOD_HOLD_UNVERIFIED;
}

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver),
    .abi = ABI,
    .id = ID,
    .version = "1.2.3",
    .licence = "MIT",
    .description = "Does what its configuration says",
    .config_schema = "{}",
    .period_ns = 20000000,
    .budget_ns = 20000000,
    .table = {sizeof(ecmod_table), 2, signals, commands, 1, 0},
    .open = probe_open,
    .cycle = probe_cycle,
    .self_test = probe_self_test,
    .holds_on_link_loss = probe_hold,
    .close = probe_close,
};

#ifndef NO_SYMBOL
const ecmod_driver *ecmod_driver_v1(void) {
    return &driver;
}
#else
const void *something_else(void) {
    return &driver;
}
#endif
