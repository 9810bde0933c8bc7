# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: TI ADS1220: bridge pressure transducers"

ECMOD_DRIVER = "ads1220"

require recipes-ecmod/drivers/ecmod-driver.inc
