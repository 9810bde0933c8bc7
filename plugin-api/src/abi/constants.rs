// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers of the ABI, under the names the header gives them. They never change.

/// The major version: in the name of the symbol.
pub const ECMOD_ABI_MAJOR: u32 = 1;
/// The minor version: fields are only ever appended.
pub const ECMOD_ABI_MINOR: u32 = 1;
/// Both, as the `abi` fields carry them.
pub const ECMOD_ABI: u32 = (ECMOD_ABI_MAJOR << 16) | ECMOD_ABI_MINOR;
/// The name of the only exported symbol.
pub const ECMOD_SYMBOL: &core::ffi::CStr = c"ecmod_driver_v1";
/// Success.
pub const ECMOD_OK: i32 = 0;
/// The bus or the device failed.
pub const ECMOD_E_IO: i32 = -1;
/// No answer in time.
pub const ECMOD_E_TIMEOUT: i32 = -2;
/// An answer came, but damaged or of the wrong length.
pub const ECMOD_E_CORRUPT: i32 = -3;
/// This port has no such bus; this driver has no such function.
pub const ECMOD_E_UNSUPPORTED: i32 = -4;
/// An argument is out of range.
pub const ECMOD_E_INVALID: i32 = -5;
/// The configuration is wrong; the log says where.
pub const ECMOD_E_CONFIG: i32 = -6;
/// The device answered, and it is the wrong device or in a fault state.
pub const ECMOD_E_DEVICE: i32 = -7;
/// No such key, line or device.
pub const ECMOD_E_NOT_FOUND: i32 = -8;
/// Does not fit into the buffer; `*length` says how much would.
pub const ECMOD_E_TOO_LONG: i32 = -9;
/// Not in this state (for example: after a panic).
pub const ECMOD_E_STATE: i32 = -10;
/// The host's configuration forbids this access.
pub const ECMOD_E_DENIED: i32 = -11;
/// The driver's code panicked; the instance is dead.
pub const ECMOD_E_PANIC: i32 = -71;
/// Minus the exception code: -257 to -511.
pub const ECMOD_E_MODBUS_EXCEPTION: i32 = -256;
/// The driver needs Modbus.
pub const ECMOD_BUS_MODBUS: u32 = 0x01;
/// The driver needs a serial line.
pub const ECMOD_BUS_SERIAL: u32 = 0x02;
/// The driver needs SPI.
pub const ECMOD_BUS_SPI: u32 = 0x04;
/// The driver needs I2C.
pub const ECMOD_BUS_I2C: u32 = 0x08;
/// The driver needs GPIO lines.
pub const ECMOD_BUS_GPIO: u32 = 0x10;
/// The driver needs files of a kernel driver. Since 1.1.
pub const ECMOD_BUS_ATTRIBUTES: u32 = 0x20;
/// Blood flow in L/min, positive towards the patient.
pub const ECMOD_BLOOD_FLOW: u32 = 1;
/// Gauge pressure in `mm[Hg]`.
pub const ECMOD_PRESSURE: u32 = 2;
/// Speed in `{rpm}`.
pub const ECMOD_SPEED: u32 = 3;
/// Temperature in `Cel`.
pub const ECMOD_TEMPERATURE: u32 = 4;
/// A fraction in %: saturation, haematocrit, FdO2, load, signal quality, charge.
pub const ECMOD_FRACTION: u32 = 5;
/// Gas flow in L/min at the device's standard conditions.
pub const ECMOD_GAS_FLOW: u32 = 6;
/// Current in A.
pub const ECMOD_CURRENT: u32 = 7;
/// Voltage in V.
pub const ECMOD_VOLTAGE: u32 = 8;
/// Yes or no: 1 or 0.
pub const ECMOD_STATE: u32 = 9;
/// A code of the device.
pub const ECMOD_CODE: u32 = 10;
/// A count that only grows.
pub const ECMOD_COUNT: u32 = 11;
/// Duration in s.
pub const ECMOD_DURATION: u32 = 12;
/// Gas pressure in bar, absolute.
pub const ECMOD_GAS_PRESSURE: u32 = 13;
/// Torque in % of rated torque.
pub const ECMOD_TORQUE: u32 = 14;
/// Concentration in g/dL.
pub const ECMOD_CONCENTRATION: u32 = 15;
/// Acidity in `[pH]`.
pub const ECMOD_PH: u32 = 16;
/// Quality: nothing new in this cycle.
pub const ECMOD_QUALITY_NONE: u32 = 0;
/// Quality: good.
pub const ECMOD_QUALITY_GOOD: u32 = 1;
/// Quality: uncertain.
pub const ECMOD_QUALITY_UNCERTAIN: u32 = 2;
/// Quality: there is no value; `value` is ignored.
pub const ECMOD_QUALITY_BAD: u32 = 3;
/// Why a sample is not good: none.
pub const ECMOD_CAUSE_NONE: u32 = 0;
/// Why a sample is not good: no data.
pub const ECMOD_CAUSE_NO_DATA: u32 = 1;
/// Why a sample is not good: stale.
pub const ECMOD_CAUSE_STALE: u32 = 2;
/// Why a sample is not good: timeout.
pub const ECMOD_CAUSE_TIMEOUT: u32 = 3;
/// Why a sample is not good: communication.
pub const ECMOD_CAUSE_COMMUNICATION: u32 = 4;
/// Why a sample is not good: device error.
pub const ECMOD_CAUSE_DEVICE_ERROR: u32 = 5;
/// Why a sample is not good: disconnected.
pub const ECMOD_CAUSE_DISCONNECTED: u32 = 6;
/// Why a sample is not good: signal lost.
pub const ECMOD_CAUSE_SIGNAL_LOST: u32 = 7;
/// Why a sample is not good: out of range.
pub const ECMOD_CAUSE_OUT_OF_RANGE: u32 = 8;
/// Why a sample is not good: not finite.
pub const ECMOD_CAUSE_NOT_FINITE: u32 = 9;
/// Why a sample is not good: rate.
pub const ECMOD_CAUSE_RATE: u32 = 10;
/// Why a sample is not good: disagreement.
pub const ECMOD_CAUSE_DISAGREEMENT: u32 = 11;
/// Why a sample is not good: bad time.
pub const ECMOD_CAUSE_BAD_TIME: u32 = 12;
/// Why a sample is not good: driver fault.
pub const ECMOD_CAUSE_DRIVER_FAULT: u32 = 13;
/// Why a sample is not good: host lost.
pub const ECMOD_CAUSE_HOST_LOST: u32 = 14;
/// Why a sample is not good: not calibrated.
pub const ECMOD_CAUSE_NOT_CALIBRATED: u32 = 15;
/// Why a sample is not good: near zero.
pub const ECMOD_CAUSE_NEAR_ZERO: u32 = 16;
/// Why a sample is not good: estimated.
pub const ECMOD_CAUSE_ESTIMATED: u32 = 17;
/// Why a sample is not good: redundant.
pub const ECMOD_CAUSE_REDUNDANT: u32 = 18;
/// Why a sample is not good: not ready.
pub const ECMOD_CAUSE_NOT_READY: u32 = 19;
/// Why a sample is not good: saturated.
pub const ECMOD_CAUSE_SATURATED: u32 = 20;
/// Why a sample is not good: frozen.
pub const ECMOD_CAUSE_FROZEN: u32 = 21;
/// Log level: error.
pub const ECMOD_LOG_ERROR: u32 = 1;
/// Log level: warning.
pub const ECMOD_LOG_WARNING: u32 = 2;
/// Log level: info.
pub const ECMOD_LOG_INFO: u32 = 3;
/// Log level: debug.
pub const ECMOD_LOG_DEBUG: u32 = 4;
/// Longest duration of `open`, in ns.
pub const ECMOD_OPEN_BUDGET_NS: u64 = 5_000_000_000;
/// Longest duration of `self_test`, in ns.
pub const ECMOD_SELF_TEST_BUDGET_NS: u64 = 10_000_000_000;
/// Longest duration of `close`, in ns.
pub const ECMOD_CLOSE_BUDGET_NS: u64 = 1_000_000_000;
/// The command moves the blood: nothing but the control loop may own it.
pub const ECMOD_COMMAND_PUMP: u32 = 0x1;
/// Modbus table: coils.
pub const ECMOD_MODBUS_COILS: u32 = 1;
/// Modbus table: discrete inputs.
pub const ECMOD_MODBUS_DISCRETE_INPUTS: u32 = 2;
/// Modbus table: holding registers.
pub const ECMOD_MODBUS_HOLDING_REGISTERS: u32 = 3;
/// Modbus table: input registers.
pub const ECMOD_MODBUS_INPUT_REGISTERS: u32 = 4;
/// On loss of the link: there is no output that matters.
pub const ECMOD_HOLD_NOT_APPLICABLE: u32 = 0;
/// On loss of the link: the output stops or changes.
pub const ECMOD_HOLD_NO: u32 = 1;
/// On loss of the link: should hold; nobody has looked at this device.
pub const ECMOD_HOLD_UNVERIFIED: u32 = 2;
/// On loss of the link: holds; read back from the device in `open`.
pub const ECMOD_HOLD_VERIFIED: u32 = 3;
