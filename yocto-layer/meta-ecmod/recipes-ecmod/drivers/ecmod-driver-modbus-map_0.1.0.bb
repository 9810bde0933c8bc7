# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: Any Modbus device, described in configuration alone"

ECMOD_DRIVER = "modbus-map"

require recipes-ecmod/drivers/ecmod-driver.inc
