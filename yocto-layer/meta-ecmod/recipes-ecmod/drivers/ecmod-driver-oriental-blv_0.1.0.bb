# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: Oriental Motor BLV pump drive over Modbus RTU"

ECMOD_DRIVER = "oriental-blv"

require recipes-ecmod/drivers/ecmod-driver.inc
