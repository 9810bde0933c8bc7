/* SPDX-License-Identifier: MIT OR Apache-2.0
 * A whole driver on one page: the flow of a meter that keeps it in one holding register, in mL/min.
 * cc -std=c99 -shared -fPIC -I ../include hello.c -o libhello.so */
#include <stdlib.h>
#include "ecmod_driver.h"

#define FLOW_REGISTER 0x10u
#define MS 1000000ull

typedef struct {
    const ecmod_host *host;
    uint32_t unit;
} hello;

static int32_t read_flow(const hello *self, double *litres_per_minute)
{
    uint16_t reg = 0;
    int32_t result = self->host->modbus_read(self->host->context, self->unit, ECMOD_MODBUS_HOLDING_REGISTERS,
                                             FLOW_REGISTER, 1, &reg, 0);
    *litres_per_minute = (reg < 0x8000u ? (double)reg : (double)reg - 65536.0) / 1000.0;
    return result;
}

static int32_t read_unit(const ecmod_host *host, uint32_t *unit)
{
    static const char complaint[] = "configuration: /unit must be 1 to 247";
    char text[16] = {0};
    char *end = text;
    uint32_t length = 0;
    int32_t result = host->config_get(host->context, "/unit", text, sizeof text - 1, &length);
    unsigned long value = result == ECMOD_OK ? strtoul(text, &end, 10) : 0;
    if (end == text || *end != '\0' || value < 1 || value > 247) {
        host->log(host->context, ECMOD_LOG_ERROR, complaint, sizeof complaint - 1);
        return ECMOD_E_CONFIG;
    }
    *unit = (uint32_t)value;
    return ECMOD_OK;
}

static int32_t hello_open(const ecmod_host *host, void **instance)
{
    double flow;
    hello opened = {host, 0};
    hello *self;
    int32_t result = read_unit(host, &opened.unit);
    if (result == ECMOD_OK) result = read_flow(&opened, &flow); /* is it there? */
    if (result != ECMOD_OK) return result;
    self = malloc(sizeof *self);
    if (self == NULL) return ECMOD_E_IO;
    *self = opened;
    *instance = self;
    return ECMOD_OK;
}

static int32_t hello_cycle(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples)
{
    const hello *self = instance;
    double flow;
    int32_t result = read_flow(self, &flow);
    (void)now_ns;
    (void)demands;
    if (result != ECMOD_OK) return result; /* the host makes the signal BAD, with the cause */
    samples[0].value = flow;
    samples[0].t_ns = self->host->now_ns(self->host->context);
    samples[0].quality = flow >= -10.0 && flow <= 10.0 ? ECMOD_QUALITY_GOOD : ECMOD_QUALITY_BAD;
    samples[0].cause = samples[0].quality == ECMOD_QUALITY_GOOD ? ECMOD_CAUSE_NONE : ECMOD_CAUSE_OUT_OF_RANGE;
    return ECMOD_OK;
}

static void hello_close(void *instance) { free(instance); }

static const ecmod_signal signals[] = {{sizeof(ecmod_signal), ECMOD_BLOOD_FLOW, "flow", "Blood flow",
                                        -10.0, 10.0, 0.0, 300 * MS, 0, 0}};

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver), .abi = ECMOD_ABI,
    .id = "example,hello", .version = "0.1.0", .licence = "MIT OR Apache-2.0", .description = "One flow meter",
    .config_schema = "{\"type\":\"object\",\"required\":[\"unit\"],"
                     "\"properties\":{\"unit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":247}}}",
    .buses = ECMOD_BUS_MODBUS, .period_ns = 100 * MS, .budget_ns = 60 * MS,
    .table = {.struct_size = sizeof(ecmod_table), .n_signals = 1, .signals = signals},
    .open = hello_open, .cycle = hello_cycle, .close = hello_close,
};

const ecmod_driver *ecmod_driver_v1(void) { return &driver; }
