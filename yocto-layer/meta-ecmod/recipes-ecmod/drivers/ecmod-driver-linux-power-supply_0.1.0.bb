# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: mains and batteries that the Linux kernel has a driver for"

ECMOD_DRIVER = "linux-power-supply"

require recipes-ecmod/drivers/ecmod-driver.inc
