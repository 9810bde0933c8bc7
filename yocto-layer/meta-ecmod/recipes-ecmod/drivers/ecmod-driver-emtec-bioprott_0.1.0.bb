# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ecmod driver: em-tec BioProTT ultrasonic flow meter"

ECMOD_DRIVER = "emtec-bioprott"

require recipes-ecmod/drivers/ecmod-driver.inc
