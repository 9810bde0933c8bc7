// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * See exchange.h. The transfer's side holds `bus` for the whole transfer; both sides hold `lock` only to look and to copy.
 */
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "exchange.h"

struct answer_header {
	u32 sequence;
	s32 status;
};

static struct ecmod_exchange *of(struct file *file)
{
	/* misc_open() leaves the miscdevice here. */
	return container_of(file->private_data, struct ecmod_exchange, misc);
}

static ssize_t exchange_read(struct file *file, char __user *to, size_t count, loff_t *where)
{
	struct ecmod_exchange *x = of(file);
	ssize_t result;

	for (;;) {
		mutex_lock(&x->lock);
		if (x->state == ECMOD_ASKED)
			break;
		mutex_unlock(&x->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		result = wait_event_interruptible(x->changed, READ_ONCE(x->state) == ECMOD_ASKED);
		if (result)
			return result;
	}
	if (count < x->request_bytes) {
		result = -EMSGSIZE;
	} else if (copy_to_user(to, x->request, x->request_bytes)) {
		result = -EFAULT;
	} else {
		x->state = ECMOD_TAKEN;
		result = x->request_bytes;
	}
	mutex_unlock(&x->lock);
	return result;
}

static ssize_t exchange_write(struct file *file, const char __user *from, size_t count, loff_t *where)
{
	struct ecmod_exchange *x = of(file);
	struct answer_header header;
	ssize_t result = count;

	if (count < sizeof(header) || count > sizeof(header) + ECMOD_EXCHANGE_BYTES)
		return -EINVAL;
	if (copy_from_user(&header, from, sizeof(header)))
		return -EFAULT;
	if (header.status > 0 || header.status < -MAX_ERRNO)
		return -EINVAL;

	mutex_lock(&x->lock);
	if (x->state != ECMOD_TAKEN || header.sequence != x->sequence) {
		result = -ESTALE;
	} else if (copy_from_user(x->answer, from + sizeof(header), count - sizeof(header))) {
		result = -EFAULT;
	} else {
		x->status = header.status;
		x->answer_bytes = count - sizeof(header);
		x->state = ECMOD_ANSWERED;
	}
	mutex_unlock(&x->lock);
	wake_up(&x->changed);
	return result;
}

static __poll_t exchange_poll(struct file *file, poll_table *table)
{
	struct ecmod_exchange *x = of(file);

	poll_wait(file, &x->changed, table);
	return EPOLLOUT | EPOLLWRNORM | (READ_ONCE(x->state) == ECMOD_ASKED ? EPOLLIN | EPOLLRDNORM : 0);
}

static const struct file_operations exchange_operations = {
	.owner = THIS_MODULE,
	.read = exchange_read,
	.write = exchange_write,
	.poll = exchange_poll,
	.llseek = noop_llseek,
};

int ecmod_exchange_register(struct ecmod_exchange *x, const char *name)
{
	x->request = kzalloc(ECMOD_EXCHANGE_BYTES, GFP_KERNEL);
	x->answer = kzalloc(ECMOD_EXCHANGE_BYTES, GFP_KERNEL);
	if (!x->request || !x->answer) {
		kfree(x->request);
		kfree(x->answer);
		return -ENOMEM;
	}
	mutex_init(&x->bus);
	mutex_init(&x->lock);
	init_waitqueue_head(&x->changed);
	x->misc.minor = MISC_DYNAMIC_MINOR;
	x->misc.name = name;
	x->misc.fops = &exchange_operations;
	return misc_register(&x->misc);
}

void ecmod_exchange_begin(struct ecmod_exchange *x)
{
	mutex_lock(&x->bus);
	x->sequence++;
	x->request_bytes = 0;
	ecmod_exchange_put(x, &x->sequence, sizeof(x->sequence));
}

int ecmod_exchange_put(struct ecmod_exchange *x, const void *bytes, size_t count)
{
	if (count > ECMOD_EXCHANGE_BYTES - x->request_bytes)
		return -EMSGSIZE;
	memcpy(x->request + x->request_bytes, bytes, count);
	x->request_bytes += count;
	return 0;
}

int ecmod_exchange_ask(struct ecmod_exchange *x, unsigned int limit_ms, size_t expected)
{
	int result;

	mutex_lock(&x->lock);
	x->state = ECMOD_ASKED;
	mutex_unlock(&x->lock);
	wake_up(&x->changed);

	wait_event_timeout(x->changed, READ_ONCE(x->state) == ECMOD_ANSWERED, msecs_to_jiffies(limit_ms) + 1);

	mutex_lock(&x->lock);
	if (x->state != ECMOD_ANSWERED)
		result = -ETIMEDOUT;
	else if (x->status)
		result = x->status;
	else
		result = x->answer_bytes == expected ? 0 : -EPROTO;
	x->state = ECMOD_IDLE;
	mutex_unlock(&x->lock);
	return result;
}

void ecmod_exchange_end(struct ecmod_exchange *x)
{
	mutex_unlock(&x->bus);
}
