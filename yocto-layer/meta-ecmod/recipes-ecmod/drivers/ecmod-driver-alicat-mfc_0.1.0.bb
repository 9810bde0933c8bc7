# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: Alicat mass flow controller for sweep gas"

ECMOD_DRIVER = "alicat-mfc"

require recipes-ecmod/drivers/ecmod-driver.inc
