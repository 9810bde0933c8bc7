# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: alarm lamps and sounder on GPIO lines"

ECMOD_DRIVER = "annunciator"

require recipes-ecmod/drivers/ecmod-driver.inc
