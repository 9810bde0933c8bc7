/* SPDX-License-Identifier: MIT OR Apache-2.0
 * A Modbus server on libmodbus, the same for all clients that are compared: on a pty of its own, or on a TCP port.
 *
 *   modbus_server rtu          prints the pty's path
 *   modbus_server tcp          prints the port
 *
 * 64 holding registers, unit 1. Ends when its standard input is closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <termios.h>
#include <unistd.h>

static void *end_with_input(void *unused)
{
    char byte;
    (void)unused;
    while (read(0, &byte, 1) > 0) {
    }
    _exit(0);
}

static void serve(modbus_t *bus, modbus_mapping_t *map)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        int length = modbus_receive(bus, query);
        if (length > 0) {
            modbus_reply(bus, query, length, map);
        } else if (length == -1 && errno != EMBBADCRC && errno != ETIMEDOUT && errno != EAGAIN) {
            return;
        }
    }
}

/* libmodbus wants a device to open: the other end of a pty, whose bytes are carried to the pty that is printed. */
static int raw_pty(char *path, size_t capacity)
{
    struct termios settings;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, path, capacity))
        return -1;
    int slave = open(path, O_RDWR | O_NOCTTY); /* kept open, so that clients may come and go */
    if (slave < 0 || tcgetattr(slave, &settings))
        return -1;
    cfmakeraw(&settings);
    return tcsetattr(slave, TCSANOW, &settings) ? -1 : master;
}

static int rtu(modbus_mapping_t *map)
{
    char path[128];
    int master = raw_pty(path, sizeof path);
    if (master < 0)
        return 1;
    /* The device name is never opened: the pty's master takes the place of the serial line. */
    modbus_t *bus = modbus_new_rtu("/dev/null", 115200, 'N', 8, 1);
    if (!bus || modbus_set_slave(bus, 1) || modbus_set_socket(bus, master))
        return 1;
    modbus_set_indication_timeout(bus, 3600, 0);
    printf("%s\n", path);
    fflush(stdout);
    for (;;)
        serve(bus, map);
}

static int tcp(modbus_mapping_t *map)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4) ||
        getsockname(listener, (struct sockaddr *)&address, &length))
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        modbus_t *bus = modbus_new_tcp("127.0.0.1", 1);
        if (!bus || modbus_tcp_accept(bus, &listener) < 0)
            return 1;
        modbus_set_indication_timeout(bus, 3600, 0);
        serve(bus, map);
        modbus_close(bus);
        modbus_free(bus);
    }
}

int main(int count, char **arguments)
{
    pthread_t watcher;
    modbus_mapping_t *map = modbus_mapping_new(0, 0, 64, 0);
    if (count != 2 || !map || pthread_create(&watcher, NULL, end_with_input, NULL))
        return 2;
    for (int index = 0; index < 64; index++)
        map->tab_registers[index] = (uint16_t)(index * 257);
    return strcmp(arguments[1], "rtu") == 0 ? rtu(map) : tcp(map);
}
