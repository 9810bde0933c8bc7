/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A chip with a data-ready line: every falling edge wakes the driver, which reads the chip, answers on the lamp line
 * and says that it is urgent; when one of these fails, it does so in the next cycle. Its period is so long that nothing else
 * makes it run. Its budget is no chip's: the tests run beside builds, where a thread that works may have to wait for a second.
 * Built with -DCOMMANDS=1 it has a command, and so waits for the daemon's bell as well.
 */
#include "ecmod_driver.h"

#include <stdlib.h>

#ifndef COMMANDS
#define COMMANDS 0
#endif

struct instance {
    const ecmod_host *host;
    uint64_t edges;
    uint64_t answered;
    uint32_t last;
    uint64_t lost;
};

static int32_t board_open(const ecmod_host *host, void **instance) {
    struct instance *self = calloc(1, sizeof *self);
    int32_t result = host->gpio_wake(host->context, "data_ready", 1);
    if (self == NULL || result != ECMOD_OK) {
        free(self);
        return result;
    }
    self->host = host;
    *instance = self;
    return ECMOD_OK;
}

static int32_t board_cycle(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples) {
    struct instance *self = instance;
    const ecmod_host *host = self->host;
    ecmod_edge edges[64];
    uint32_t count = 0;
    uint8_t command[1] = {0x12};
    uint8_t data[2] = {0, 0};
    const ecmod_spi_op ops[2] = {
        {sizeof ops[0], 1, command, NULL, 0, 0},
        {sizeof ops[0], 2, NULL, data, 0, 0},
    };
    int32_t result;
    uint64_t t_ns = now_ns;
    (void)demands;
    result = host->gpio_edges(host->context, "data_ready", edges, 64, &count, 1);
    if (result != ECMOD_OK && result != ECMOD_E_TIMEOUT) {
        return result;
    }
    for (uint32_t at = 0; at < count; at++) {
        self->lost += edges[at].sequence - self->last - 1;
        self->last = edges[at].sequence;
        self->edges += 1;
        t_ns = edges[at].t_ns;
    }
    result = host->spi_transfer(host->context, 0, ops, 2);
    if (result != ECMOD_OK) {
        return result;
    }
    if (self->edges != self->answered) {
        result = host->gpio_set(host->context, "lamp", (uint32_t)(self->edges & 1));
        if (result == ECMOD_OK) {
            result = host->urgent(host->context);
        }
        if (result != ECMOD_OK) {
            return result;
        }
        self->answered = self->edges;
    }
    samples[0] = (ecmod_sample){(double)(data[0] * 256 + data[1]), t_ns, ECMOD_QUALITY_GOOD, 0};
    samples[1] = (ecmod_sample){(double)self->edges, t_ns, ECMOD_QUALITY_GOOD, 0};
    samples[2] = (ecmod_sample){(double)self->lost, t_ns, ECMOD_QUALITY_GOOD, 0};
    return ECMOD_OK;
}

static void board_close(void *instance) {
    free(instance);
}

#define SIGNAL(n, l) {sizeof(ecmod_signal), ECMOD_COUNT, n, l, 0.0, 1e9, 0.0, 60000000000ull, 0, 0}
static const ecmod_signal signals[] = {SIGNAL("value", "Value"), SIGNAL("edges", "Edges"), SIGNAL("lost", "Lost edges")};
static const ecmod_command commands[] = {
    {sizeof(ecmod_command), ECMOD_SPEED, "speed", "Speed", 0.0, 500.0, 0, 0}};

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver),
    .abi = ECMOD_ABI,
    .id = "test,board",
    .version = "1.0.0",
    .licence = "MIT",
    .description = "A chip with a data-ready line",
    .config_schema = "{}",
    .buses = ECMOD_BUS_SPI | ECMOD_BUS_GPIO,
    .period_ns = 600000000000ull,
    .budget_ns = 2000000000,
    .table = {sizeof(ecmod_table), 3, signals, commands, COMMANDS, 0},
    .open = board_open,
    .cycle = board_cycle,
    .close = board_close,
};

const ecmod_driver *ecmod_driver_v1(void) {
    return &driver;
}
