// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the two generations of the controller keep their values. Addresses are those of the protocol (from 0); the
//! maker's tables count registers from 1.
//!
//! - **Gen 1** `[S143, S144]`: status flags at 1200, then one float every two registers: pressure, temperature,
//!   volumetric flow, mass flow, and in controllers the setpoint. The setpoint is written at 1009.
//! - **Gen 2** (newer firmware) [K, S145, S146]: one block from 1349: setpoint, valve drive, three pressures,
//!   temperature, volumetric flow, mass flow. The setpoint is written where it is read. No status flags are known.
//!
//! A value is a single-precision float in two registers. Which devices give which block in one request is
//! found out by probing, so every generation has a few [`Variant`]s.

/// Which register map a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Registers around 1200.
    One,
    /// Registers around 1350.
    Two,
}

/// With which function the values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Function 3.
    Holding,
    /// Function 4.
    Input,
}

/// One way to read a device: which blocks, and where in them the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Whose map it is.
    pub generation: Generation,
    /// How the blocks are read.
    pub function: Function,
    /// What is read: address and count. At most [`MOST_REGISTERS`] in all.
    pub blocks: &'static [(u16, u16)],
    /// Pressure, absolute.
    pub pressure: u16,
    /// Temperature.
    pub temperature: u16,
    /// Mass flow.
    pub mass_flow: u16,
    /// The setpoint that the device follows, if this variant can read it.
    pub setpoint: Option<u16>,
    /// Status flags, two registers, if this variant has them.
    pub status: Option<u16>,
    /// Where a setpoint is written.
    pub setpoint_write: u16,
}

/// Most registers of all blocks of a variant.
pub const MOST_REGISTERS: usize = 16;

const GEN_2: Variant = Variant {
    generation: Generation::Two,
    function: Function::Holding,
    blocks: &[(1349, 16)],
    pressure: 1353,
    temperature: 1359,
    mass_flow: 1363,
    setpoint: Some(1349),
    status: None,
    setpoint_write: 1349,
};

const GEN_1: Variant = Variant {
    generation: Generation::One,
    function: Function::Input,
    blocks: &[(1200, 12)],
    pressure: 1202,
    temperature: 1204,
    mass_flow: 1208,
    setpoint: Some(1210),
    status: Some(1200),
    setpoint_write: 1009,
};

/// All variants in the order in which they are tried: the fullest of a generation first.
pub const VARIANTS: [Variant; 8] = [
    GEN_2,
    Variant { blocks: &[(1349, 2), (1353, 2), (1359, 2), (1363, 2)], ..GEN_2 },
    GEN_1,
    Variant { blocks: &[(1200, 10)], setpoint: None, ..GEN_1 },
    Variant { blocks: &[(1202, 8)], setpoint: None, status: None, ..GEN_1 },
    Variant { function: Function::Holding, ..GEN_1 },
    Variant { function: Function::Holding, blocks: &[(1200, 10)], setpoint: None, ..GEN_1 },
    Variant { function: Function::Holding, blocks: &[(1202, 8)], setpoint: None, status: None, ..GEN_1 },
];

/// Where a gen 2 device says in which unit its mass flow is `[K]`.
pub const GEN_2_FLOW_UNIT: u16 = 1733;
/// Where a gen 2 device says in which unit its pressure is `[K]`.
pub const GEN_2_PRESSURE_UNIT: u16 = 1673;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_variant_lies_in_one_of_its_blocks() {
        for variant in VARIANTS {
            let total: u16 = variant.blocks.iter().map(|(_, count)| count).sum();
            assert!(usize::from(total) <= MOST_REGISTERS, "{variant:?}");
            let places = [
                Some(variant.pressure),
                Some(variant.temperature),
                Some(variant.mass_flow),
                variant.setpoint,
                variant.status,
            ];
            for place in places.into_iter().flatten() {
                let inside = |(first, count): &(u16, u16)| place >= *first && place + 2 <= first + count;
                assert!(variant.blocks.iter().any(inside), "{place} of {variant:?}");
            }
        }
    }

    #[test]
    fn the_addresses_are_one_below_the_register_numbers_of_the_maker() {
        assert_eq!((GEN_1.pressure, GEN_1.temperature, GEN_1.mass_flow), (1203 - 1, 1205 - 1, 1209 - 1));
        assert_eq!((GEN_1.status, GEN_1.setpoint_write), (Some(1201 - 1), 1010 - 1));
    }
}
