// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * An I2C bus whose chips are a program: /dev/i2c-1 on one side, /dev/ecmod-i2c on the other (exchange.h). The kernel's own
 * i2c-stub knows SMBus commands only; embedded-hal speaks whole I2C transfers.
 *
 * A request, after its sequence, is one transfer (start, repeated starts, one stop):
 *   u32 number of messages, per message: u16 address, u16 flags (I2C_M_RD = 1 reads), u32 bytes,
 *   then the bytes of every message that writes, one after the other.
 * The answer's bytes are those of every message that reads, likewise. No acknowledge is the status -ENXIO.
 */
#include <linux/i2c.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/module.h>

#include "exchange.h"

struct message_header {
	u16 address;
	u16 flags;
	u32 bytes;
};

static unsigned int answer_ms = 100;
module_param(answer_ms, uint, 0644);
MODULE_PARM_DESC(answer_ms, "how long a transfer waits for its answer");

static struct ecmod_exchange exchange;

static int put_messages(const struct i2c_msg *messages, u32 count, size_t *expected)
{
	int result = ecmod_exchange_put(&exchange, &count, sizeof(count));
	u32 i;

	*expected = 0;
	for (i = 0; i < count; i++) {
		struct message_header header = {
			.address = messages[i].addr,
			.flags = messages[i].flags & I2C_M_RD,
			.bytes = messages[i].len,
		};

		if (header.flags & I2C_M_RD)
			*expected += header.bytes;
		if (!result)
			result = ecmod_exchange_put(&exchange, &header, sizeof(header));
	}
	for (i = 0; i < count; i++)
		if (!result && !(messages[i].flags & I2C_M_RD))
			result = ecmod_exchange_put(&exchange, messages[i].buf, messages[i].len);
	return *expected > ECMOD_EXCHANGE_BYTES ? -EMSGSIZE : result;
}

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	size_t expected, taken = 0;
	int result, i;

	ecmod_exchange_begin(&exchange);
	result = put_messages(messages, count, &expected);
	if (!result)
		result = ecmod_exchange_ask(&exchange, answer_ms, expected);
	for (i = 0; !result && i < count; i++) {
		if (messages[i].flags & I2C_M_RD) {
			memcpy(messages[i].buf, exchange.answer + taken, messages[i].len);
			taken += messages[i].len;
		}
	}
	ecmod_exchange_end(&exchange);
	return result ? result : count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = {
	.xfer = transfer,
	.functionality = functionality,
};

static struct i2c_adapter adapter = {
	.owner = THIS_MODULE,
	.name = "ecmod",
	.nr = 1,
	.algo = &algorithm,
};

static int __init i2c_ecmod_init(void)
{
	int result = ecmod_exchange_register(&exchange, "ecmod-i2c");

	return result ? result : i2c_add_numbered_adapter(&adapter);
}
late_initcall(i2c_ecmod_init);

MODULE_DESCRIPTION("I2C bus whose chips are a program");
MODULE_LICENSE("Dual MIT/GPL");
