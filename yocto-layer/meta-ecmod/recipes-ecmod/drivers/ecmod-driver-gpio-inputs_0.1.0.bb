# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: level, bubble and key inputs on GPIO lines"

ECMOD_DRIVER = "gpio-inputs"

require recipes-ecmod/drivers/ecmod-driver.inc
