# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: MAX31865 RTD-to-digital converter: temperatures by SPI"

ECMOD_DRIVER = "max31865"

require recipes-ecmod/drivers/ecmod-driver.inc
