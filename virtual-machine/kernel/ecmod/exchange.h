/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One transfer at a time, answered by a program: what spi-ecmod and i2c-ecmod have in common.
 *
 * A bus is a misc device, /dev/NAME. A read() takes the request that waits, whole; a write() answers it, whole:
 *
 *   request: u32 sequence, then what the bus says
 *   answer:  u32 sequence, s32 status (0, or the errno that the transfer ends with, negative), then the bytes read
 *
 * Everything is in the machine's byte order. Who holds no open file, or does not answer in time, has not answered: the transfer
 * ends with -ETIMEDOUT, and an answer that comes later is refused with -ESTALE.
 */
#ifndef ECMOD_EXCHANGE_H
#define ECMOD_EXCHANGE_H

#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#define ECMOD_EXCHANGE_BYTES 16384

enum ecmod_exchange_state { ECMOD_IDLE, ECMOD_ASKED, ECMOD_TAKEN, ECMOD_ANSWERED };

struct ecmod_exchange {
	struct miscdevice misc;
	struct mutex bus;		/* one transfer at a time */
	struct mutex lock;		/* everything below */
	wait_queue_head_t changed;
	enum ecmod_exchange_state state;
	u32 sequence;
	s32 status;
	size_t request_bytes;		/* of request, which begins with the sequence */
	size_t answer_bytes;		/* of answer, without sequence and status */
	u8 *request;
	u8 *answer;
};

int ecmod_exchange_register(struct ecmod_exchange *x, const char *name);

/*
 * The bus is the caller's until ecmod_exchange_end(). Between the two: ecmod_exchange_put() as often as needed, then
 * ecmod_exchange_ask(), then the answer's bytes are in x->answer.
 */
void ecmod_exchange_begin(struct ecmod_exchange *x);
int ecmod_exchange_put(struct ecmod_exchange *x, const void *bytes, size_t count);
int ecmod_exchange_ask(struct ecmod_exchange *x, unsigned int limit_ms, size_t expected);
void ecmod_exchange_end(struct ecmod_exchange *x);

#endif
