/* SPDX-License-Identifier: MIT OR Apache-2.0
 * A plain libmodbus client: reads 10 holding registers of unit 1 as fast as answers come, and prints requests per second.
 *
 *   modbus_client rtu DEVICE REQUESTS
 *   modbus_client tcp PORT REQUESTS
 */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int count, char **arguments)
{
    uint16_t registers[10];
    if (count != 4)
        return 2;
    modbus_t *bus = strcmp(arguments[1], "rtu") == 0 ? modbus_new_rtu(arguments[2], 115200, 'N', 8, 1)
                                                     : modbus_new_tcp("127.0.0.1", atoi(arguments[2]));
    long requests = atol(arguments[3]);
    if (!bus || modbus_set_slave(bus, 1) || modbus_connect(bus))
        return 1;
    double start = now();
    for (long index = 0; index < requests; index++) {
        if (modbus_read_registers(bus, 0, 10, registers) != 10 || registers[3] != 3 * 257)
            return 1;
    }
    printf("%.1f\n", (double)requests / (now() - start));
    modbus_close(bus);
    modbus_free(bus);
    return 0;
}
