# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: TI ADS1262/ADS1263: bridge pressure transducers"

ECMOD_DRIVER = "ads1262"

require recipes-ecmod/drivers/ecmod-driver.inc
