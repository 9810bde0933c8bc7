# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: tubing clamp with two coils and two position switches on GPIO lines"

ECMOD_DRIVER = "gpio-clamp"

require recipes-ecmod/drivers/ecmod-driver.inc
