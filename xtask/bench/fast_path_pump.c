/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A pump that writes each new demand to its serial line, and behind it when that write was done: "#", then a line with the
 * time of the decision and the time of the write, both CLOCK_MONOTONIC in ns.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ecmod_driver.h"

static const ecmod_host *host;
static double speed = 3000.0;
static uint64_t sequence;

static const ecmod_signal signals[] = {{
    .struct_size = sizeof(ecmod_signal),
    .quantity = ECMOD_SPEED,
    .name = "actual_speed",
    .label = "Speed",
    .min = 0.0,
    .max = 5000.0,
    .longest_age_ns = 300000000ull,
}};

static const ecmod_command commands[] = {{
    .struct_size = sizeof(ecmod_command),
    .quantity = ECMOD_SPEED,
    .name = "speed",
    .label = "Speed",
    .min = 0.0,
    .max = 5000.0,
    .flags = ECMOD_COMMAND_PUMP,
}};

static int32_t open_pump(const ecmod_host *its, void **instance)
{
    host = its;
    *instance = &speed;
    return ECMOD_OK;
}

static int32_t cycle(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples)
{
    (void)instance;
    if (demands[0].valid && demands[0].sequence != sequence) {
        char line[48];
        int32_t result = host->serial_write(host->context, (const uint8_t *)"#", 1, 0);
        uint64_t written = host->now_ns(host->context);
        if (result != ECMOD_OK)
            return result;
        sequence = demands[0].sequence;
        speed = demands[0].value;
        int length = snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 "\n", demands[0].t_ns, written);
        result = host->serial_write(host->context, (const uint8_t *)line, (uint32_t)length, 0);
        if (result != ECMOD_OK)
            return result;
    }
    samples[0] = (ecmod_sample){.value = speed, .t_ns = now_ns, .quality = ECMOD_QUALITY_GOOD};
    return ECMOD_OK;
}

static void close_pump(void *instance)
{
    (void)instance;
}

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver),
    .abi = ECMOD_ABI,
    .id = "bench,pump",
    .version = "1.0.0",
    .licence = "MIT OR Apache-2.0",
    .description = "A pump that says when it was told",
    .config_schema = "",
    .buses = ECMOD_BUS_SERIAL,
    .period_ns = 10000000ull,
    .budget_ns = 5000000ull,
    .table = {.struct_size = sizeof(ecmod_table),
              .n_signals = 1,
              .signals = signals,
              .commands = commands,
              .n_commands = 1},
    .open = open_pump,
    .cycle = cycle,
    .close = close_pump,
};

const ecmod_driver *ecmod_driver_v1(void)
{
    return &driver;
}
