/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * ecmod driver ABI, version 1.
 *
 * A driver is a shared library with one exported symbol, ecmod_driver_v1(). It turns one device into signals
 * (what the device measures) and commands (what the device can be told). This header is the norm; everything
 * else, the Rust SDK included, follows it.
 *
 * RULES
 *  1. Fixed-width types only. Strings are UTF-8, end in NUL, and live as long as the library (in descriptors
 *     and tables) or for the call (in arguments). Nothing is freed across this edge.
 *  2. struct_size comes first in every struct but the three that are array elements of the fast path
 *     (ecmod_sample, ecmod_demand, ecmod_edge), which are frozen for version 1. Fields are only ever appended.
 *     Read a field only if it lies inside struct_size; what is missing counts as 0 or NULL. The elements of an
 *     array lie struct_size of its first element apart, so that a reader of another minor version can step.
 *  3. Major version: in the symbol's name. Minor version: in `abi`, higher 16 bits major, lower 16 bits minor.
 *  4. Results: 0 is success, errors are negative (ECMOD_E_*). An unknown negative number counts as ECMOD_E_IO.
 *  5. Threads: all calls for one instance come from one thread, never two at once. Call the host functions
 *     from that thread only, except now_ns and log. A driver starts no threads.
 *  6. Order: open, describe?, cycle*, (self_test between two cycles)*, close. Nothing after close.
 *  7. Time: every call has a budget, stated in the descriptor for cycle, fixed for the others
 *     (ECMOD_OPEN_BUDGET_NS, ...). When cycle takes longer, its samples are thrown away and the signals become
 *     BAD with ECMOD_CAUSE_TIMEOUT; when it does not come back, the host process is replaced.
 *  8. No constructors with side effects, no signal handlers, no exit, fork, chdir or setenv. A driver never
 *     opens a device node: its port's host has done so, and the host functions are the only way to it.
 *  9. open must not change what the device does. A pump that runs keeps running at its speed: read it first.
 *     A driver writes an output only when a valid demand says so. close must leave the device as it is.
 */
#ifndef ECMOD_DRIVER_H
#define ECMOD_DRIVER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ECMOD_ABI_MAJOR 1u
#define ECMOD_ABI_MINOR 1u
#define ECMOD_ABI ((ECMOD_ABI_MAJOR << 16) | ECMOD_ABI_MINOR)
#define ECMOD_SYMBOL "ecmod_driver_v1"

/* Results. Numbers are never used again for something else. */
#define ECMOD_OK 0
#define ECMOD_E_IO (-1)            /* the bus or the device failed */
#define ECMOD_E_TIMEOUT (-2)       /* no answer in time */
#define ECMOD_E_CORRUPT (-3)       /* an answer came, but damaged or of the wrong length */
#define ECMOD_E_UNSUPPORTED (-4)   /* this port has no such bus; this driver has no such function */
#define ECMOD_E_INVALID (-5)       /* an argument is out of range */
#define ECMOD_E_CONFIG (-6)        /* the configuration is wrong; the log says where */
#define ECMOD_E_DEVICE (-7)        /* the device answered, and it is the wrong device or in a fault state */
#define ECMOD_E_NOT_FOUND (-8)     /* no such key, line or device */
#define ECMOD_E_TOO_LONG (-9)      /* does not fit into the buffer; *length says how much would */
#define ECMOD_E_STATE (-10)        /* not in this state (for example: after a panic) */
#define ECMOD_E_DENIED (-11)       /* the host's configuration forbids this access */
#define ECMOD_E_PANIC (-71)        /* the driver's code panicked; the instance is dead */
#define ECMOD_E_MODBUS_EXCEPTION (-256) /* minus the exception code: -257 .. -511 */

/* Buses. A descriptor names what the driver needs as a bit set. What came with a later minor version says so; the
 * rest is of version 1.0. */
#define ECMOD_BUS_MODBUS 0x01u
#define ECMOD_BUS_SERIAL 0x02u
#define ECMOD_BUS_SPI 0x04u
#define ECMOD_BUS_I2C 0x08u
#define ECMOD_BUS_GPIO 0x10u
#define ECMOD_BUS_ATTRIBUTES 0x20u /* 1.1: files of a kernel driver, and perhaps its stream of records */

/* Quantities: each has one canonical unit (UCUM code behind it). Values cross this edge in no other unit. */
#define ECMOD_BLOOD_FLOW 1u     /* L/min, positive towards the patient */
#define ECMOD_PRESSURE 2u       /* mm[Hg], gauge */
#define ECMOD_SPEED 3u          /* {rpm} */
#define ECMOD_TEMPERATURE 4u    /* Cel */
#define ECMOD_FRACTION 5u       /* % : saturation, haematocrit, FdO2, load, signal quality, charge */
#define ECMOD_GAS_FLOW 6u       /* L/min at the device's standard conditions */
#define ECMOD_CURRENT 7u        /* A */
#define ECMOD_VOLTAGE 8u        /* V */
#define ECMOD_STATE 9u          /* 1 : 0 or 1 */
#define ECMOD_CODE 10u          /* 1 : a code of the device */
#define ECMOD_COUNT 11u         /* {count} : only grows */
#define ECMOD_DURATION 12u      /* s */
#define ECMOD_GAS_PRESSURE 13u  /* bar, absolute */
#define ECMOD_TORQUE 14u        /* % of rated torque */
#define ECMOD_CONCENTRATION 15u /* g/dL */
#define ECMOD_PH 16u            /* [pH] */

/* Quality of a sample. NONE means "nothing new in this cycle": the last one stays and grows older. */
#define ECMOD_QUALITY_NONE 0u
#define ECMOD_QUALITY_GOOD 1u
#define ECMOD_QUALITY_UNCERTAIN 2u
#define ECMOD_QUALITY_BAD 3u /* there is no value; `value` is ignored */

/* Why a sample is not good. */
#define ECMOD_CAUSE_NONE 0u
#define ECMOD_CAUSE_NO_DATA 1u
#define ECMOD_CAUSE_STALE 2u
#define ECMOD_CAUSE_TIMEOUT 3u
#define ECMOD_CAUSE_COMMUNICATION 4u
#define ECMOD_CAUSE_DEVICE_ERROR 5u
#define ECMOD_CAUSE_DISCONNECTED 6u
#define ECMOD_CAUSE_SIGNAL_LOST 7u
#define ECMOD_CAUSE_OUT_OF_RANGE 8u
#define ECMOD_CAUSE_NOT_FINITE 9u
#define ECMOD_CAUSE_RATE 10u
#define ECMOD_CAUSE_DISAGREEMENT 11u
#define ECMOD_CAUSE_BAD_TIME 12u
#define ECMOD_CAUSE_DRIVER_FAULT 13u
#define ECMOD_CAUSE_HOST_LOST 14u
#define ECMOD_CAUSE_NOT_CALIBRATED 15u
#define ECMOD_CAUSE_NEAR_ZERO 16u
#define ECMOD_CAUSE_ESTIMATED 17u
#define ECMOD_CAUSE_REDUNDANT 18u
#define ECMOD_CAUSE_NOT_READY 19u
#define ECMOD_CAUSE_SATURATED 20u
#define ECMOD_CAUSE_FROZEN 21u

/* Log levels. */
#define ECMOD_LOG_ERROR 1u
#define ECMOD_LOG_WARNING 2u
#define ECMOD_LOG_INFO 3u
#define ECMOD_LOG_DEBUG 4u

/* Budgets that are the same for all drivers, in nanoseconds. */
#define ECMOD_OPEN_BUDGET_NS 5000000000ull
#define ECMOD_SELF_TEST_BUDGET_NS 10000000000ull
#define ECMOD_CLOSE_BUDGET_NS 1000000000ull

/* A signal: something the device measures. */
typedef struct ecmod_signal {
    uint32_t struct_size;
    uint32_t quantity;       /* ECMOD_BLOOD_FLOW ... */
    const char *name;        /* [a-z][a-z0-9_]*, unique in the driver; its meaning never changes */
    const char *label;       /* one line for a person */
    double min;              /* range of values; a value outside becomes BAD / OUT_OF_RANGE */
    double max;
    double max_slew;         /* fastest physical change per second; 0: not stated */
    uint64_t longest_age_ns; /* an older sample is STALE */
    uint32_t flags;          /* 0 */
    uint32_t reserved;
} ecmod_signal;

/* A command: something the device can be told. */
typedef struct ecmod_command {
    uint32_t struct_size;
    uint32_t quantity;
    const char *name;  /* as above; a command and its feedback signal may not share a name */
    const char *label;
    double min;        /* a demand outside is never passed to the driver */
    double max;
    uint32_t flags;    /* ECMOD_COMMAND_* */
    uint32_t reserved;
} ecmod_command;

/* The command moves the blood: nothing but the control loop may own it. */
#define ECMOD_COMMAND_PUMP 0x1u

/* What one cycle delivers for one signal. Frozen. */
typedef struct ecmod_sample {
    double value;   /* in the quantity's unit */
    uint64_t t_ns;  /* CLOCK_MONOTONIC when it was acquired, not when it was sent */
    uint32_t quality;
    uint32_t cause;
} ecmod_sample;

/* What the console demands of one command. Frozen. */
typedef struct ecmod_demand {
    double value;      /* meaningful only if valid is 1: finite and inside min..max */
    uint64_t t_ns;     /* when it was decided */
    uint64_t sequence; /* grows with every decision, also when the value stays */
    uint32_t valid;    /* 0: nothing has been demanded yet; change nothing */
    uint32_t reserved;
} ecmod_demand;

/* Signals and commands of an instance. */
typedef struct ecmod_table {
    uint32_t struct_size;
    uint32_t n_signals;
    const ecmod_signal *signals;
    const ecmod_command *commands;
    uint32_t n_commands;
    uint32_t reserved;
} ecmod_table;

/* One step of an SPI transaction: full duplex; tx or rx may be NULL. The steps of a call share one chip select. */
typedef struct ecmod_spi_op {
    uint32_t struct_size;
    uint32_t length;
    const uint8_t *tx;
    uint8_t *rx;
    uint32_t delay_ns; /* wait behind this step */
    uint32_t reserved;
} ecmod_spi_op;

/* One step of an I2C transaction: a write (tx) or a read (rx), the other one NULL. */
typedef struct ecmod_i2c_op {
    uint32_t struct_size;
    uint32_t length;
    const uint8_t *tx;
    uint8_t *rx;
} ecmod_i2c_op;

/* An edge of a GPIO line with the kernel's time stamp. Frozen. */
typedef struct ecmod_edge {
    uint64_t t_ns;     /* CLOCK_MONOTONIC */
    uint32_t rising;   /* 1: rising, 0: falling */
    uint32_t sequence; /* counts the line's edges; a gap means that edges were lost */
} ecmod_edge;

/* Modbus functions for modbus_read and modbus_write. */
#define ECMOD_MODBUS_COILS 1u
#define ECMOD_MODBUS_DISCRETE_INPUTS 2u
#define ECMOD_MODBUS_HOLDING_REGISTERS 3u
#define ECMOD_MODBUS_INPUT_REGISTERS 4u

/* What the host offers. Every function takes `context` first. Timeouts in microseconds; 0 means the port's own. */
typedef struct ecmod_host {
    uint32_t struct_size;
    uint32_t abi;
    void *context;

    uint64_t (*now_ns)(void *context); /* CLOCK_MONOTONIC */
    void (*log)(void *context, uint32_t level, const char *text, uint32_t length);

    /* The driver's own configuration as JSON. `pointer` is a JSON Pointer (RFC 6901): "" is all of it.
     * Copies at most `capacity` bytes (no NUL); *length is the whole length. */
    int32_t (*config_get)(void *context, const char *pointer, char *buffer, uint32_t capacity, uint32_t *length);

    /* Modbus, RTU and TCP alike. Addresses as in the PDU (from 0). Bits are 0 or 1, one in each uint16_t.
     * table: ECMOD_MODBUS_*. A read delivers exactly `count` items or fails. */
    int32_t (*modbus_read)(void *context, uint32_t unit, uint32_t table, uint32_t address, uint32_t count,
                           uint16_t *items, uint32_t timeout_us);
    /* Writes coils (table 1) or holding registers (table 3), with function 5 or 6 for one item where
     * `count` is 1, and 15 or 16 for several. */
    int32_t (*modbus_write)(void *context, uint32_t unit, uint32_t table, uint32_t address, uint32_t count,
                            const uint16_t *items, uint32_t timeout_us);

    /* Serial line. read waits until at least one byte is there or the time is over (then ECMOD_E_TIMEOUT). */
    int32_t (*serial_read)(void *context, uint8_t *buffer, uint32_t capacity, uint32_t *length, uint32_t timeout_us);
    int32_t (*serial_write)(void *context, const uint8_t *bytes, uint32_t length, uint32_t timeout_us);

    /* SPI, I2C. `device` is the index of the chip in the port's configuration. A host takes at least 16
     * steps and 4096 bytes. An I2C chip that does not acknowledge is ECMOD_E_IO. */
    int32_t (*spi_transfer)(void *context, uint32_t device, const ecmod_spi_op *ops, uint32_t n_ops);
    int32_t (*i2c_transfer)(void *context, uint32_t address, const ecmod_i2c_op *ops, uint32_t n_ops);

    /* GPIO lines of the port, by their configured name. */
    int32_t (*gpio_get)(void *context, const char *line, uint32_t *level);
    int32_t (*gpio_set)(void *context, const char *line, uint32_t level);
    int32_t (*gpio_edges)(void *context, const char *line, ecmod_edge *edges, uint32_t capacity, uint32_t *length,
                          uint32_t timeout_us);

    void (*delay_ns)(void *context, uint64_t span_ns);

    /* From here on: version 1.1. A host of version 1.0 has a smaller struct_size.
     *
     * Attributes: the small text files of a kernel driver (sysfs). `path` is relative to the port's directory, without
     * `..`, empty or absolute parts; links may not lead out of it unless the port's directory itself consists of links
     * to devices, as a class of sysfs does. Whatever lies outside is ECMOD_E_DENIED.
     * Results by the kernel's error number: ENOENT, ENODEV, ENXIO: NOT_FOUND; ENODATA, EAGAIN: DEVICE (the kernel's
     * driver has no value now); ETIMEDOUT: TIMEOUT; EBUSY: STATE; EACCES, EPERM: DENIED; EINVAL, ERANGE: INVALID; all
     * others: IO.
     * attribute_read: the whole file, as the kernel gives it. Copies at most `capacity` bytes (no NUL); *length is the
     * whole length. attribute_write: all bytes in one write. attribute_list: the names in a folder ("" is the port's
     * directory) in ascending order, each followed by a NUL; *length is the length of all. */
    int32_t (*attribute_read)(void *context, const char *path, char *buffer, uint32_t capacity, uint32_t *length);
    int32_t (*attribute_write)(void *context, const char *path, const char *bytes, uint32_t length);
    int32_t (*attribute_list)(void *context, const char *path, char *buffer, uint32_t capacity, uint32_t *length);

    /* The port's stream of records (for example an IIO buffer). Waits until at least one byte is there or the time is
     * over (then ECMOD_E_TIMEOUT). One call reads once, with the whole capacity: what a device gives in whole records
     * comes in whole records. The end of the stream is ECMOD_E_IO. */
    int32_t (*stream_read)(void *context, uint8_t *buffer, uint32_t capacity, uint32_t *length, uint32_t timeout_us);

    /* on = 1: an edge of this line ends the pause before the next cycle; on = 0: no longer. ECMOD_E_INVALID for a line
     * whose edges are not configured. */
    int32_t (*gpio_wake)(void *context, const char *line, uint32_t on);

    /* What this cycle delivers must not wait for the control loop's next tick. For what happened (an edge, a fault),
     * not for what is measured regularly: the daemon limits how often it listens. Only during cycle. */
    int32_t (*urgent)(void *context);
} ecmod_host;

/* What a driver can say of how the device behaves when the link to it is lost. */
#define ECMOD_HOLD_NOT_APPLICABLE 0u /* has no output that matters */
#define ECMOD_HOLD_NO 1u             /* the output stops or changes */
#define ECMOD_HOLD_UNVERIFIED 2u     /* should hold; nobody has looked at this device */
#define ECMOD_HOLD_VERIFIED 3u       /* read back from the device in open */

/* One finding of a self test. */
typedef struct ecmod_finding {
    uint32_t struct_size;
    uint32_t passed;   /* 1 or 0 */
    const char *item;  /* what was tested; static */
    const char *detail; /* what was found and what to do; static or NULL */
} ecmod_finding;

/* The driver. */
typedef struct ecmod_driver {
    uint32_t struct_size;
    uint32_t abi;
    const char *id;            /* "vendor,model" */
    const char *version;       /* semantic version of the driver */
    const char *licence;       /* SPDX expression */
    const char *description;   /* one line */
    const char *config_schema; /* JSON Schema of its configuration; "" if it has none */
    const void *reserved;      /* NULL; no padding on 32-bit targets either */
    uint32_t buses;            /* ECMOD_BUS_* it needs */
    uint32_t flags;            /* 0 */
    uint64_t period_ns;        /* how often cycle wants to be called; 0: the port's default */
    uint64_t budget_ns;        /* longest regular duration of one cycle */
    ecmod_table table;         /* signals and commands; all zero if they depend on the configuration */

    /* Opens the device. *instance must be set on success. `host` stays valid until close returns (or until open
     * has failed). See rule 9. */
    int32_t (*open)(const ecmod_host *host, void **instance);
    /* Signals and commands of this instance, valid and unchanged until close. NULL, here or in *table: those of
     * the descriptor's `table`. */
    int32_t (*describe)(void *instance, const ecmod_table **table);
    /* One round: reads `demands` (n_commands), fills `samples` (n_signals, all NONE on entry). A negative
     * result makes all signals BAD, whatever `samples` holds: TIMEOUT after ECMOD_E_TIMEOUT, COMMUNICATION after
     * IO and CORRUPT, DEVICE_ERROR after DEVICE and a Modbus exception, DRIVER_FAULT after all others. */
    int32_t (*cycle)(void *instance, uint64_t now_ns, const ecmod_demand *demands, ecmod_sample *samples);
    /* Tests the device without disturbing what it does. At most `capacity` findings, whose struct_size the host has
     * set; *length says how many there are. NULL: none. */
    int32_t (*self_test)(void *instance, ecmod_finding *findings, uint32_t capacity, uint32_t *length);
    /* ECMOD_HOLD_*: asked after open and again when it may have changed. NULL: NOT_APPLICABLE. */
    uint32_t (*holds_on_link_loss)(void *instance);
    /* Ends the instance; the device goes on as it is. */
    void (*close)(void *instance);
} ecmod_driver;

/* The only exported symbol. Never NULL; valid for the life of the process; may be called at any time. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const ecmod_driver *ecmod_driver_v1(void);

#ifdef __cplusplus
}
#endif
#endif
