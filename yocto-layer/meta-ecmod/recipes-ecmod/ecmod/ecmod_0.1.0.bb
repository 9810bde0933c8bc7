# SPDX-License-Identifier: MIT OR Apache-2.0
SUMMARY = "ECMO console daemon and the hosts of its ports"
DESCRIPTION = "Runs the control loop, loads sensor and pump drivers in host processes, and shows its state on D-Bus."

require recipes-ecmod/ecmod/ecmod.inc

CARGO_BUILD_FLAGS += "--package ecmod --package ecmod-host"

inherit systemd useradd

PACKAGES =+ "${PN}-host"
RDEPENDS:${PN} = "${PN}-host dbus"

USERADD_PACKAGES = "${PN} ${PN}-host"
GROUPADD_PARAM:${PN} = "--system ecmod-operator"
USERADD_PARAM:${PN} = "--system --home-dir /var/lib/ecmod --no-create-home --shell /sbin/nologin --user-group ecmod"
USERADD_PARAM:${PN}-host = "--system --home-dir / --no-create-home --shell /sbin/nologin --user-group --groups dialout ecmod-host"

SYSTEMD_PACKAGES = "${PN} ${PN}-host"
SYSTEMD_SERVICE:${PN} = "ecmod.service ecmod-hosts.socket"
# Instances, one for each port, are enabled by the image: systemctl enable ecmod-host@PORT.
SYSTEMD_SERVICE:${PN}-host = "ecmod-host@.service"
SYSTEMD_AUTO_ENABLE:${PN}-host = "disable"

do_install() {
    build="${B}/target/${CARGO_TARGET_SUBDIR}"
    install -d ${D}${bindir}
    install -m 0755 $build/ecmod ${D}${bindir}/ecmod
    install -m 0755 $build/ecmod-host ${D}${bindir}/ecmod-host

    install -d ${D}${systemd_system_unitdir}
    install -m 0644 ${S}/systemd/ecmod.service ${D}${systemd_system_unitdir}/ecmod.service
    install -m 0644 ${S}/systemd/ecmod-hosts.socket ${D}${systemd_system_unitdir}/ecmod-hosts.socket
    install -m 0644 ${S}/systemd/ecmod-host@.service ${D}${systemd_system_unitdir}/ecmod-host@.service

    install -D -m 0644 ${S}/systemd/ecmod.tmpfiles ${D}${nonarch_libdir}/tmpfiles.d/ecmod.conf
    install -D -m 0644 ${S}/systemd/90-ecmod.rules ${D}${nonarch_base_libdir}/udev/rules.d/90-ecmod.rules
    install -D -m 0644 ${S}/systemd/dbus/org.ecmod.conf ${D}${datadir}/dbus-1/system.d/org.ecmod.conf
    for interface in Console1 Signal1 Driver1 Port1; do
        install -D -m 0644 ${S}/dbus/org.ecmod.$interface.xml ${D}${datadir}/dbus-1/interfaces/org.ecmod.$interface.xml
    done
    install -d ${D}${sysconfdir}/ecmod/conf.d
}

FILES:${PN}-host = "${bindir}/ecmod-host ${systemd_system_unitdir}/ecmod-host@.service"
FILES:${PN} += " \
    ${systemd_system_unitdir} \
    ${nonarch_libdir}/tmpfiles.d/ecmod.conf \
    ${nonarch_base_libdir}/udev/rules.d/90-ecmod.rules \
    ${datadir}/dbus-1 \
    ${sysconfdir}/ecmod \
"
