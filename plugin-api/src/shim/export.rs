// SPDX-License-Identifier: MIT OR Apache-2.0
//! The macro that makes a library a driver.

/// Exports a [`Driver`](crate::Driver) as this library's one symbol, `ecmod_driver_v1`.
///
/// Say `ecmod_plugin::export_driver!(Hello);` once, at the top level of the crate, whose type is `cdylib` (and `rlib`,
/// so that other tests than its own can use it).
///
/// A driver's crate can be `#![forbid(unsafe_code)]`: the only unsafe thing here is the symbol's fixed name, and the
/// lint leaves what another crate's macro brings along to that crate. The danger would be a second function of the same
/// name in one program; a host loads each driver with `RTLD_LOCAL`, and nobody links two of them together.
///
/// A driver must be built with `panic = "unwind"`, the default: otherwise a panic would end the process that holds
/// the device.
#[macro_export]
macro_rules! export_driver {
    ($driver:ty) => {
        #[cfg(panic = "abort")]
        ::core::compile_error!(
            "a driver is built with panic = \"unwind\": its panics are caught, not deadly"
        );

        const _: () = {
            static DESCRIPTOR: $crate::abi::Driver = $crate::shim::descriptor::<$driver>();

            #[unsafe(no_mangle)]
            pub extern "C" fn ecmod_driver_v1() -> *const $crate::abi::Driver {
                &raw const DESCRIPTOR
            }
        };
    };
}
