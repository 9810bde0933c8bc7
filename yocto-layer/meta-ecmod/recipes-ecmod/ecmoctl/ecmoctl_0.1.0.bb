# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "Command line and terminal dashboard of an ECMO console"
DESCRIPTION = "Shows and changes the state of the ecmod daemon over D-Bus."

require recipes-ecmod/ecmod/ecmod.inc

CARGO_BUILD_FLAGS += "--package ecmoctl"

do_install() {
    install -D -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/ecmoctl ${D}${bindir}/ecmoctl
}

FILES:${PN} = "${bindir}/ecmoctl"
