// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be measured or commanded, each with its one canonical unit.

macro_rules! quantities {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $ucum:literal, $unit:literal;)*) => {
        /// What a signal or command is. The numbers are those of the driver ABI and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Quantity { $($(#[$doc])* $variant = $code,)* }

        impl Quantity {
            /// Every quantity, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The quantity with this ABI number, if there is one.
            #[must_use]
            pub const fn from_code(code: u32) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The quantity with this name, as configuration files write it.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The ABI number.
            #[must_use]
            pub const fn code(self) -> u32 { self as u32 }

            /// The name used in configuration files, on D-Bus and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The UCUM code of the canonical unit (<https://ucum.org>), as the ABI header and D-Bus give it.
            #[must_use]
            pub const fn ucum(self) -> &'static str {
                match self { $(Self::$variant => $ucum,)* }
            }

            /// The canonical unit as a person reads it.
            #[must_use]
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }
        }
    };
}

quantities! {
    /// Blood flow, positive towards the patient.
    BloodFlow = 1, "blood_flow", "L/min", "L/min";
    /// Gauge pressure.
    Pressure = 2, "pressure", "mm[Hg]", "mmHg";
    /// Rotational speed.
    Speed = 3, "speed", "{rpm}", "rpm";
    /// Temperature.
    Temperature = 4, "temperature", "Cel", "degC";
    /// A fraction in percent: saturation, haematocrit, FdO2, load, signal quality, charge.
    Fraction = 5, "fraction", "%", "%";
    /// Gas flow at the device's standard conditions.
    GasFlow = 6, "gas_flow", "L/min", "L/min";
    /// Electric current.
    Current = 7, "current", "A", "A";
    /// Electric potential.
    Voltage = 8, "voltage", "V", "V";
    /// Yes or no: 0 or 1.
    State = 9, "state", "1", "";
    /// A code of the device, whose meanings its driver documents (alarm code, status word).
    Code = 10, "code", "1", "";
    /// A count that only grows while the device runs.
    Count = 11, "count", "{count}", "";
    /// A duration.
    Duration = 12, "duration", "s", "s";
    /// Absolute pressure of a gas supply.
    GasPressure = 13, "gas_pressure", "bar", "bar";
    /// Torque of a motor, relative to rated torque.
    Torque = 14, "torque", "%", "%";
    /// Mass concentration, for example of haemoglobin.
    Concentration = 15, "concentration", "g/dL", "g/dL";
    /// Acidity.
    Ph = 16, "ph", "[pH]", "pH";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_go_there_and_back() {
        for quantity in Quantity::ALL {
            assert_eq!(Quantity::from_code(quantity.code()), Some(*quantity));
            assert_eq!(Quantity::from_name(quantity.name()), Some(*quantity));
        }
        assert_eq!(Quantity::from_code(0), None);
        assert_eq!(Quantity::from_name("litres"), None);
    }
}
