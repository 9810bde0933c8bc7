// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * An SPI host whose chips are a program: /dev/spidevN.M on one side, /dev/ecmod-spi on the other (exchange.h).
 *
 * A request, after its sequence, is one message:
 *   u8 chip select, u8 mode (SPI_MODE_X_MASK), u16 number of steps,
 *   per step: u32 bytes, u32 clock in Hz, u16 delay after it in us, u8 flags (1 writes, 2 reads, 4 chip select ends after it), u8 bits
 *   per word,
 *   then the bytes of every step that writes, one step after the other.
 * The answer's bytes are those of every step that reads, likewise.
 *
 * The chip select is active for the whole message; what the wires do in time is the program's affair.
 */
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/spi/spi.h>

#include "exchange.h"

#define STEP_WRITES 1
#define STEP_READS 2
#define STEP_ENDS_SELECT 4

struct message_header {
	u8 chip_select;
	u8 mode;
	u16 steps;
};

struct step_header {
	u32 bytes;
	u32 speed_hz;
	u16 delay_us;
	u8 flags;
	u8 bits_per_word;
};

static unsigned int chip_selects = 4;
module_param(chip_selects, uint, 0444);
MODULE_PARM_DESC(chip_selects, "how many chips, each with its own spidev");

static unsigned int answer_ms = 100;
module_param(answer_ms, uint, 0644);
MODULE_PARM_DESC(answer_ms, "how long a transfer waits for its answer");

static struct ecmod_exchange exchange;

static u16 delay_us_of(const struct spi_transfer *step)
{
	if (step->delay.unit != SPI_DELAY_UNIT_USECS)
		return 0;
	return step->delay.value;
}

static int put_message(struct spi_message *message, size_t *expected)
{
	struct message_header header = {
		.chip_select = spi_get_chipselect(message->spi, 0),
		.mode = message->spi->mode & SPI_MODE_X_MASK,
	};
	struct spi_transfer *step;
	int result;

	*expected = 0;
	list_for_each_entry(step, &message->transfers, transfer_list)
		header.steps++;
	result = ecmod_exchange_put(&exchange, &header, sizeof(header));

	list_for_each_entry(step, &message->transfers, transfer_list) {
		struct step_header of_step = {
			.bytes = step->len,
			.speed_hz = step->speed_hz,
			.delay_us = delay_us_of(step),
			.flags = (step->tx_buf ? STEP_WRITES : 0) | (step->rx_buf ? STEP_READS : 0) |
				 (step->cs_change ? STEP_ENDS_SELECT : 0),
			.bits_per_word = step->bits_per_word,
		};

		if (step->rx_buf)
			*expected += step->len;
		if (!result)
			result = ecmod_exchange_put(&exchange, &of_step, sizeof(of_step));
	}
	list_for_each_entry(step, &message->transfers, transfer_list)
		if (!result && step->tx_buf)
			result = ecmod_exchange_put(&exchange, step->tx_buf, step->len);
	return *expected > ECMOD_EXCHANGE_BYTES ? -EMSGSIZE : result;
}

static int transfer_one_message(struct spi_controller *controller, struct spi_message *message)
{
	struct spi_transfer *step;
	size_t expected, taken = 0;

	ecmod_exchange_begin(&exchange);
	message->status = put_message(message, &expected);
	if (!message->status)
		message->status = ecmod_exchange_ask(&exchange, answer_ms, expected);
	if (!message->status) {
		list_for_each_entry(step, &message->transfers, transfer_list) {
			if (step->rx_buf) {
				memcpy(step->rx_buf, exchange.answer + taken, step->len);
				taken += step->len;
			}
			message->actual_length += step->len;
		}
	}
	ecmod_exchange_end(&exchange);
	spi_finalize_current_message(controller);
	return 0;
}

/* spidev binds only to names that it knows; "spi-petra" is one of them and has no driver of its own here. */
static int add_chip(struct spi_controller *controller, unsigned int chip_select)
{
	struct spi_board_info info = {
		.modalias = "spi-petra",
		.max_speed_hz = 10000000,
		.chip_select = chip_select,
		.mode = SPI_MODE_0,
	};

	return spi_new_device(controller, &info) ? 0 : -ENODEV;
}

static int __init spi_ecmod_init(void)
{
	struct platform_device *parent;
	struct spi_controller *controller;
	unsigned int chip_select;
	int result;

	parent = platform_device_register_simple("spi-ecmod", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	controller = spi_alloc_host(&parent->dev, 0);
	if (!controller) {
		result = -ENOMEM;
		goto no_controller;
	}
	controller->bus_num = 0;
	controller->num_chipselect = chip_selects;
	controller->mode_bits = SPI_CPOL | SPI_CPHA | SPI_CS_HIGH | SPI_LSB_FIRST;
	controller->bits_per_word_mask = SPI_BPW_MASK(8);
	controller->max_speed_hz = 10000000;
	controller->transfer_one_message = transfer_one_message;

	result = ecmod_exchange_register(&exchange, "ecmod-spi");
	if (result)
		goto no_exchange;
	result = spi_register_controller(controller);
	if (result)
		goto no_exchange;
	for (chip_select = 0; !result && chip_select < chip_selects; chip_select++)
		result = add_chip(controller, chip_select);
	return result;

no_exchange:
	spi_controller_put(controller);
no_controller:
	platform_device_unregister(parent);
	return result;
}
late_initcall(spi_ecmod_init);

MODULE_DESCRIPTION("SPI host whose chips are a program");
MODULE_LICENSE("Dual MIT/GPL");
