/* SPDX-License-Identifier: MIT OR Apache-2.0
 * A whole driver on one page: a pressure transmitter that keeps its value in one holding register.
 * cc -std=c99 -shared -fPIC -I ../include hello.c -o libhello.so */
#include <stdlib.h>
#include "ecmod_driver.h"

#define PRESSURE_REGISTER 4u /* int16 in 0.1 mmHg */
#define NO_SENSOR 0x8000u
#define MS 1000000ull

typedef struct {
    const ecmod_host *host;
    uint32_t unit;
} hello;

static int32_t read_register(const hello *self, uint16_t *reg)
{
    return self->host->modbus_read(self->host->context, self->unit, ECMOD_MODBUS_HOLDING_REGISTERS,
                                   PRESSURE_REGISTER, 1, reg, 0);
}

static int32_t read_unit(const ecmod_host *host, uint32_t *unit)
{
    static const char complaint[] = "configuration: /unit must be 1 to 255";
    char text[16] = {0};
    char *end = text;
    uint32_t length = 0;
    int32_t result = host->config_get(host->context, "/unit", text, sizeof text - 1, &length);
    unsigned long value = result == ECMOD_OK ? strtoul(text, &end, 10) : 0;
    if (end == text || *end != '\0' || value < 1 || value > 255) {
        host->log(host->context, ECMOD_LOG_ERROR, complaint, sizeof complaint - 1);
        return ECMOD_E_CONFIG;
    }
    *unit = (uint32_t)value;
    return ECMOD_OK;
}

static int32_t hello_open(const ecmod_host *host, void **instance)
{
    uint16_t reg;
    hello opened = {host, 0};
    hello *self;
    int32_t result = read_unit(host, &opened.unit);
    if (result == ECMOD_OK) result = read_register(&opened, &reg); /* is it there? */
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
    uint16_t reg = NO_SENSOR;
    int32_t result = read_register(self, &reg);
    (void)now_ns;
    (void)demands;
    if (result != ECMOD_OK) return result; /* the host makes all signals BAD, with the cause */
    samples[0].t_ns = self->host->now_ns(self->host->context);
    if (reg == NO_SENSOR) {
        samples[0].quality = ECMOD_QUALITY_BAD;
        samples[0].cause = ECMOD_CAUSE_DISCONNECTED;
        return ECMOD_OK;
    }
    samples[0].value = (reg < 0x8000u ? (double)reg : (double)reg - 65536.0) / 10.0;
    samples[0].quality = ECMOD_QUALITY_GOOD;
    if (samples[0].value < -500.0 || samples[0].value > 900.0) {
        samples[0].quality = ECMOD_QUALITY_BAD;
        samples[0].cause = ECMOD_CAUSE_OUT_OF_RANGE;
    }
    return ECMOD_OK;
}

static void hello_close(void *instance) { free(instance); }

static const ecmod_signal signals[] = {{sizeof(ecmod_signal), ECMOD_PRESSURE, "pressure", "Pressure",
                                        -500.0, 900.0, 0.0, 300 * MS, 0, 0}};

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver), .abi = ECMOD_ABI,
    .id = "example,hello", .version = "0.1.0", .licence = "MIT OR Apache-2.0",
    .description = "One pressure transmitter",
    .config_schema = "{\"type\":\"object\",\"required\":[\"unit\"],"
                     "\"properties\":{\"unit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":255}}}",
    .buses = ECMOD_BUS_MODBUS, .period_ns = 100 * MS, .budget_ns = 60 * MS,
    .table = {.struct_size = sizeof(ecmod_table), .n_signals = 1, .signals = signals},
    .open = hello_open, .cycle = hello_cycle, .close = hello_close,
};

const ecmod_driver *ecmod_driver_v1(void) { return &driver; }
