// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header is the norm: its Rust twin agrees with it in every size, alignment, offset and number.
//!
//! A C program is written from what stands in the header, so that a field or macro which is missing in Rust is found as
//! well as one that differs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

mod support;

use ecmod_plugin::abi;
use std::collections::BTreeMap;
use std::mem::{align_of, offset_of, size_of};
use std::process::Command;

/// What C or Rust says of itself: `size ecmod_sample` -> 24, `offset ecmod_sample.value` -> 0.
type Facts = BTreeMap<String, i128>;

fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! twins {
    ($facts:ident, $($rust:ident as $c:literal { $($field:ident),* },)*) => {$(
        // Does not compile when a field of the Rust struct is missing in this list.
        let _ = |whole: abi::$rust| { let abi::$rust { $($field: _),* } = whole; };
        $facts.insert(format!("size {}", $c), size_of::<abi::$rust>() as i128);
        $facts.insert(format!("align {}", $c), align_of::<abi::$rust>() as i128);
        $(
            let field = concat!($c, ".", stringify!($field));
            $facts.insert(format!("offset {field}"), offset_of!(abi::$rust, $field) as i128);
            $facts.insert(format!("width {field}"), size_of_field(|whole: &abi::$rust| &whole.$field) as i128);
        )*
    )*};
}

macro_rules! numbers {
    ($facts:ident, $($name:ident)*) => {$(
        $facts.insert(concat!("number ", stringify!($name)).to_owned(), i128::from(abi::$name));
    )*};
}

fn rust() -> Facts {
    let mut facts = Facts::new();
    twins! { facts,
        Signal as "ecmod_signal" { struct_size, quantity, name, label, min, max, max_slew, longest_age_ns, flags, reserved },
        Command as "ecmod_command" { struct_size, quantity, name, label, min, max, flags, reserved },
        Sample as "ecmod_sample" { value, t_ns, quality, cause },
        Demand as "ecmod_demand" { value, t_ns, sequence, valid, reserved },
        Table as "ecmod_table" { struct_size, n_signals, signals, commands, n_commands, reserved },
        SpiOp as "ecmod_spi_op" { struct_size, length, tx, rx, delay_ns, reserved },
        I2cOp as "ecmod_i2c_op" { struct_size, length, tx, rx },
        Edge as "ecmod_edge" { t_ns, rising, sequence },
        Host as "ecmod_host" { struct_size, abi, context, now_ns, log, config_get, modbus_read, modbus_write, serial_read, serial_write, spi_transfer, i2c_transfer, gpio_get, gpio_set, gpio_edges, delay_ns, attribute_read, attribute_write, attribute_list, stream_read, gpio_wake, urgent },
        Finding as "ecmod_finding" { struct_size, passed, item, detail },
        Driver as "ecmod_driver" { struct_size, abi, id, version, licence, description, config_schema, reserved, buses, flags, period_ns, budget_ns, table, open, describe, cycle, self_test, holds_on_link_loss, close },
    }
    numbers! { facts,
        ECMOD_ABI_MAJOR ECMOD_ABI_MINOR ECMOD_ABI ECMOD_OK ECMOD_E_IO ECMOD_E_TIMEOUT ECMOD_E_CORRUPT
        ECMOD_E_UNSUPPORTED ECMOD_E_INVALID ECMOD_E_CONFIG ECMOD_E_DEVICE ECMOD_E_NOT_FOUND
        ECMOD_E_TOO_LONG ECMOD_E_STATE ECMOD_E_DENIED ECMOD_E_PANIC ECMOD_E_MODBUS_EXCEPTION
        ECMOD_BUS_MODBUS ECMOD_BUS_SERIAL ECMOD_BUS_SPI ECMOD_BUS_I2C ECMOD_BUS_GPIO ECMOD_BUS_ATTRIBUTES ECMOD_BLOOD_FLOW
        ECMOD_PRESSURE ECMOD_SPEED ECMOD_TEMPERATURE ECMOD_FRACTION ECMOD_GAS_FLOW ECMOD_CURRENT
        ECMOD_VOLTAGE ECMOD_STATE ECMOD_CODE ECMOD_COUNT ECMOD_DURATION ECMOD_GAS_PRESSURE ECMOD_TORQUE
        ECMOD_CONCENTRATION ECMOD_PH ECMOD_QUALITY_NONE ECMOD_QUALITY_GOOD ECMOD_QUALITY_UNCERTAIN
        ECMOD_QUALITY_BAD ECMOD_CAUSE_NONE ECMOD_CAUSE_NO_DATA ECMOD_CAUSE_STALE ECMOD_CAUSE_TIMEOUT
        ECMOD_CAUSE_COMMUNICATION ECMOD_CAUSE_DEVICE_ERROR ECMOD_CAUSE_DISCONNECTED
        ECMOD_CAUSE_SIGNAL_LOST ECMOD_CAUSE_OUT_OF_RANGE ECMOD_CAUSE_NOT_FINITE ECMOD_CAUSE_RATE
        ECMOD_CAUSE_DISAGREEMENT ECMOD_CAUSE_BAD_TIME ECMOD_CAUSE_DRIVER_FAULT ECMOD_CAUSE_HOST_LOST
        ECMOD_CAUSE_NOT_CALIBRATED ECMOD_CAUSE_NEAR_ZERO ECMOD_CAUSE_ESTIMATED ECMOD_CAUSE_REDUNDANT
        ECMOD_CAUSE_NOT_READY ECMOD_CAUSE_SATURATED ECMOD_CAUSE_FROZEN ECMOD_LOG_ERROR ECMOD_LOG_WARNING
        ECMOD_LOG_INFO ECMOD_LOG_DEBUG ECMOD_OPEN_BUDGET_NS ECMOD_SELF_TEST_BUDGET_NS
        ECMOD_CLOSE_BUDGET_NS ECMOD_COMMAND_PUMP ECMOD_MODBUS_COILS ECMOD_MODBUS_DISCRETE_INPUTS
        ECMOD_MODBUS_HOLDING_REGISTERS ECMOD_MODBUS_INPUT_REGISTERS ECMOD_HOLD_NOT_APPLICABLE
        ECMOD_HOLD_NO ECMOD_HOLD_UNVERIFIED ECMOD_HOLD_VERIFIED
    }
    facts
}

fn c() -> Facts {
    let header = support::header();
    let structs = support::structs(&header);
    assert_eq!(structs.len(), 11, "the header has eleven structs");
    let mut program = String::from(
        "#include <stddef.h>\n#include <stdio.h>\n#include \"ecmod_driver.h\"\nint main(void) {\n",
    );
    let mut print = |what: &str, expression: &str| {
        program.push_str(&format!("  printf(\"{what} %lld\\n\", (long long)({expression}));\n"));
    };
    for (name, fields) in &structs {
        print(&format!("size {name}"), &format!("sizeof({name})"));
        print(&format!("align {name}"), &format!("offsetof(struct {{ char c; {name} whole; }}, whole)"));
        for field in fields {
            print(&format!("offset {name}.{field}"), &format!("offsetof({name}, {field})"));
            print(&format!("width {name}.{field}"), &format!("sizeof((({name} *)0)->{field})"));
        }
    }
    for name in support::macros(&header).iter().filter(|name| *name != "ECMOD_SYMBOL") {
        print(&format!("number {name}"), name);
    }
    program.push_str("  return 0;\n}\n");

    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("facts.c"), folder.path().join("facts"));
    std::fs::write(&source, program).unwrap();
    support::compile("cc", &["-std=c99"], &source, &binary);
    let output = Command::new(&binary).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let fact = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    text.lines().map(fact).collect()
}

#[test]
fn header_and_twin_agree_in_every_size_alignment_offset_and_number() {
    let (c, rust) = (c(), rust());
    assert!(c.len() > 250, "the reader of the header found only {} facts", c.len());
    for name in c.keys().chain(rust.keys()) {
        assert_eq!(c.get(name), rust.get(name), "{name}: header and Rust differ (None: missing there)");
    }
}

#[test]
fn the_symbol_is_the_headers() {
    let header = support::header();
    let symbol = abi::ECMOD_SYMBOL.to_str().unwrap();
    assert!(header.contains(&format!("#define ECMOD_SYMBOL \"{symbol}\"\n")));
    assert!(header.contains(&format!("const ecmod_driver *{symbol}(void);")));
}
