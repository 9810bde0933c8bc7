# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: sensors that the Linux kernel has an IIO driver for"

ECMOD_DRIVER = "linux-iio"

require recipes-ecmod/drivers/ecmod-driver.inc
