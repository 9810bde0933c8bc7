/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A flow meter that shows another flow while a GPIO line is active. With "fast": true in its configuration an edge wakes
 * it and does not wait for the control loop's next tick; otherwise both take their time. When the line falls it says on
 * standard error when it rose, "edge" and the edge's own time, CLOCK_MONOTONIC in ns.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ecmod_driver.h"

#define LINE "bubble"
#define USUAL 4.0 /* L/min */
#define STEP 0.1

static const ecmod_host *host;
static int fast;
static double flow = USUAL;
static uint32_t rises;
static uint64_t rose;

static const ecmod_signal signals[] = {{
    .struct_size = sizeof(ecmod_signal),
    .quantity = ECMOD_BLOOD_FLOW,
    .name = "flow",
    .label = "Flow",
    .min = -10.0,
    .max = 10.0,
    .longest_age_ns = 300000000ull,
}};

static int32_t open_meter(const ecmod_host *its, void **instance)
{
    char text[8] = "";
    uint32_t length = 0;
    host = its;
    fast = host->config_get(host->context, "/fast", text, sizeof text, &length) == ECMOD_OK &&
           strncmp(text, "true", 4) == 0;
    *instance = &flow;
    return fast ? host->gpio_wake(host->context, LINE, 1) : ECMOD_OK;
}

static int32_t cycle(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples)
{
    ecmod_edge edges[16];
    uint32_t count = 0;
    (void)instance;
    (void)demands;
    int32_t result = host->gpio_edges(host->context, LINE, edges, 16, &count, 1);
    if (result != ECMOD_OK && result != ECMOD_E_TIMEOUT)
        return result;
    for (uint32_t i = 0; i < count; i++) {
        rises += edges[i].rising;
        if (edges[i].rising)
            rose = edges[i].t_ns;
        else if (rose != 0)
            fprintf(stderr, "edge %" PRIu64 "\n", rose);
        /* By turns more and less, so that the loop's integral goes nowhere. */
        flow = !edges[i].rising ? USUAL : rises % 2 ? USUAL - STEP : USUAL + STEP;
    }
    if (fast && count > 0)
        host->urgent(host->context);
    samples[0] = (ecmod_sample){.value = flow, .t_ns = now_ns, .quality = ECMOD_QUALITY_GOOD};
    return ECMOD_OK;
}

static void close_meter(void *instance)
{
    (void)instance;
}

static const ecmod_driver driver = {
    .struct_size = sizeof(ecmod_driver),
    .abi = ECMOD_ABI,
    .id = "bench,edge",
    .version = "1.0.0",
    .licence = "MIT OR Apache-2.0",
    .description = "A flow that follows a GPIO line",
    .config_schema = "",
    .buses = ECMOD_BUS_GPIO,
    .period_ns = 10000000ull,
    .budget_ns = 5000000ull,
    .table = {.struct_size = sizeof(ecmod_table), .n_signals = 1, .signals = signals},
    .open = open_meter,
    .cycle = cycle,
    .close = close_meter,
};

const ecmod_driver *ecmod_driver_v1(void)
{
    return &driver;
}
