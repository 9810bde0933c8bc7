/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The plain ioctl that spi_rate.rs is compared with: `spi_rate_c DEVICE BYTES SECONDS` makes as many full-duplex transfers
 * of BYTES bytes as it can and prints one JSON object. Built with `cc -O2 -o spi_rate_c spi_rate.c`.
 */
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **words) {
    uint8_t out[4096], back[4096], mode = SPI_MODE_1;
    uint32_t speed = 4000000;
    if (count != 4) {
        fprintf(stderr, "usage: spi_rate_c DEVICE BYTES SECONDS\n");
        return 2;
    }
    int file = open(words[1], O_RDWR);
    unsigned length = (unsigned)atoi(words[2]);
    double seconds = atof(words[3]);
    if (file < 0 || length > sizeof out || ioctl(file, SPI_IOC_WR_MODE, &mode) < 0 ||
        ioctl(file, SPI_IOC_WR_MAX_SPEED_HZ, &speed) < 0) {
        perror(words[1]);
        return 1;
    }
    memset(out, 0x55, sizeof out);
    unsigned long transfers = 0, errors = 0;
    double used = now(CLOCK_THREAD_CPUTIME_ID), begun = now(CLOCK_MONOTONIC), then = begun;
    while (then - begun < seconds) {
        struct spi_ioc_transfer transfer;
        memset(&transfer, 0, sizeof transfer);
        transfer.tx_buf = (uintptr_t)out;
        transfer.rx_buf = (uintptr_t)back;
        transfer.len = length;
        errors += ioctl(file, SPI_IOC_MESSAGE(1), &transfer) < 0;
        transfers += 1;
        then = now(CLOCK_MONOTONIC);
    }
    used = now(CLOCK_THREAD_CPUTIME_ID) - used;
    printf("{\"transfers\":%lu,\"errors\":%lu,\"seconds\":%.6f,\"per_second\":%.1f,\"cpu_us_per_transfer\":%.3f}\n",
           transfers, errors, then - begun, (double)transfers / (then - begun), used * 1e6 / (double)transfers);
    return 0;
}
