# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: LM75 and compatible I2C thermometers"

ECMOD_DRIVER = "lm75"

require recipes-ecmod/drivers/ecmod-driver.inc
