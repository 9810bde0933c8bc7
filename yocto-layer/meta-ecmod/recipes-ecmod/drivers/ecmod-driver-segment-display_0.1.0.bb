# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: seven-segment display behind a MAX7219 or MAX7221 on three GPIO lines"

ECMOD_DRIVER = "segment-display"

require recipes-ecmod/drivers/ecmod-driver.inc
