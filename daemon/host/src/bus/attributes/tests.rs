// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use std::fs::{create_dir, create_dir_all, write};
use std::os::unix::fs::symlink;

/// A class of two devices beside something that nobody may see, as sysfs lays them out.
fn sysfs() -> (tempfile::TempDir, Attributes, Attributes) {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    create_dir_all(at("devices/BAT0/hwmon")).unwrap();
    create_dir_all(at("devices/AC")).unwrap();
    create_dir_all(at("class/power")).unwrap();
    write(at("secret"), "s").unwrap();
    write(at("devices/BAT0/capacity"), "87\n").unwrap();
    write(at("devices/BAT0/limit"), "").unwrap();
    write(at("devices/AC/online"), "1\n").unwrap();
    symlink("../../devices/BAT0", at("class/power/BAT0")).unwrap();
    symlink("../../devices/AC", at("class/power/AC")).unwrap();
    symlink("../../class/power", at("devices/BAT0/subsystem")).unwrap();
    symlink("../../secret", at("devices/BAT0/out")).unwrap();
    symlink("capacity", at("devices/BAT0/level")).unwrap();
    let port = |path: &str| {
        Attributes::start(
            &at(path),
            None,
            Span::from_millis(50),
            Arc::new(Counters::of(crate::bus::Devices::Files)),
        )
        .unwrap()
    };
    let (class, device) = (port("class/power"), port("devices/BAT0"));
    (folder, class, device)
}

fn text(port: &Attributes, path: &str) -> Result<String> {
    let mut buffer = [0; 64];
    let length = port.read(path, &mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length.min(64)]).into_owned())
}

#[test]
fn a_class_leads_to_its_devices_and_no_further() {
    let (_folder, class, _) = sysfs();
    assert_eq!(class.list("").unwrap(), [b"AC".to_vec(), b"BAT0".to_vec()]);
    assert_eq!(text(&class, "BAT0/capacity").unwrap(), "87\n");
    assert_eq!(text(&class, "BAT0/level").unwrap(), "87\n", "a link inside the device");
    assert_eq!(class.list("AC").unwrap(), [b"online".to_vec()]);
    for outside in
        ["BAT0/subsystem/AC/online", "BAT0/out", "BAT0/../AC/online", "../../secret", "/etc/passwd"]
    {
        assert!(matches!(text(&class, outside), Err(BusError::Denied(_))), "{outside}");
        assert!(matches!(class.write(outside, b"1"), Err(BusError::Denied(_))), "{outside}");
    }
    assert!(matches!(class.list("BAT0/subsystem"), Err(BusError::Denied(_))));
}

#[test]
fn the_links_of_a_device_stay_closed() {
    let (_folder, _, device) = sysfs();
    assert_eq!(text(&device, "capacity").unwrap(), "87\n");
    assert!(matches!(device.list("subsystem"), Err(BusError::Denied(_))));
    assert!(matches!(text(&device, "subsystem/AC/online"), Err(BusError::Denied(_))));
    assert!(matches!(text(&device, "out"), Err(BusError::Denied(_))));
}

#[test]
fn a_class_with_anything_but_links_follows_none() {
    let (folder, class, _) = sysfs();
    write(folder.path().join("class/power/control"), "").unwrap();
    assert!(matches!(text(&class, "BAT0/capacity"), Err(BusError::Denied(_))));
}

#[test]
fn a_link_to_another_file_system_is_not_followed() {
    let (folder, class, _) = sysfs();
    symlink("/proc/self", folder.path().join("class/power/proc")).unwrap();
    assert!(matches!(text(&class, "proc/comm"), Err(BusError::Denied(_))));
}

#[test]
fn what_does_not_fit_is_told_with_its_length() {
    let (_folder, class, _) = sysfs();
    let mut short = [0; 2];
    assert_eq!(class.read("BAT0/capacity", &mut short), Ok(3));
    assert_eq!(&short, b"87");
    assert_eq!(class.read("BAT0/capacity", &mut []), Ok(3));
}

#[test]
fn a_write_reaches_the_file_and_makes_none() {
    let (folder, _, device) = sysfs();
    device.write("limit", b"80").unwrap();
    assert_eq!(std::fs::read(folder.path().join("devices/BAT0/limit")).unwrap(), b"80");
    assert_eq!(device.write("other", b"80"), Err(BusError::NotFound("file")));
    assert!(matches!(device.write("hwmon", b"80"), Err(BusError::Invalid(_))));
}

#[test]
fn no_path_is_taken_for_another() {
    let (_folder, _, device) = sysfs();
    for wrong in ["", ".", "./capacity", "hwmon//x", "capacity/"] {
        assert!(matches!(text(&device, wrong), Err(BusError::Invalid(_))), "{wrong:?}");
    }
    assert_eq!(text(&device, "hwmon/nothing"), Err(BusError::NotFound("file")));
    assert!(matches!(text(&device, "hwmon"), Err(BusError::Invalid(_))), "a folder");
}

#[test]
fn a_device_that_goes_away_is_not_found_until_it_is_back() {
    let (folder, class, device) = sysfs();
    std::fs::remove_dir_all(folder.path().join("devices/BAT0")).unwrap();
    assert_eq!(text(&class, "BAT0/capacity"), Err(BusError::NotFound("file")));
    assert_eq!(device.status().0, PortState::Lost);
    assert!(device.status().1.contains("devices/BAT0"), "{}", device.status().1);
    create_dir(folder.path().join("devices/BAT0")).unwrap();
    write(folder.path().join("devices/BAT0/capacity"), "86\n").unwrap();
    assert_eq!(text(&class, "BAT0/capacity").unwrap(), "86\n");
    assert_eq!(device.status().0, PortState::Connected);
}
