// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * An interrupt for irq_work. gpio-sim raises its lines' interrupts by irq_work; User Mode Linux has no interrupt for it, so that
 * every edge would wait for the next timer tick, up to 10 ms, with a time stamp as late, and edges in between would become
 * one. Here a byte in a pipe to ourselves is the interrupt.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>

#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>

static int ends[2] = { -1, -1 };

/* Replaces the weak one in kernel/irq_work.c, which does nothing. Called in any context: takes no lock. */
void arch_irq_work_raise(void)
{
	/* A full pipe is an interrupt that is pending anyway. */
	if (ends[1] >= 0)
		os_write_file(ends[1], "", 1);
}

static irqreturn_t raised(int irq, void *unused)
{
	char bytes[64];

	while (os_read_file(ends[0], bytes, sizeof(bytes)) > 0)
		;
	irq_work_run();
	return IRQ_HANDLED;
}

static int __init irq_work_init(void)
{
	int pipe[2];
	int result = os_pipe(pipe, 1, 1);

	if (result)
		return result;
	os_set_fd_block(pipe[0], 0);
	os_set_fd_block(pipe[1], 0);
	ends[0] = pipe[0];
	result = um_request_irq(UM_IRQ_ALLOC, pipe[0], IRQ_READ, raised, 0, "irq-work", ends);
	if (result < 0)
		return result;
	ends[1] = pipe[1];
	return 0;
}
arch_initcall(irq_work_init);
