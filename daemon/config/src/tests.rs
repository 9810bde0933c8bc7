// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a configuration may and may not say. The corpus of malformed files is in `tests/malformed`.

use super::*;

fn load_text(text: &str) -> Result<Configuration, Errors> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecmod.toml");
    std::fs::write(&file, text).unwrap();
    load(&Paths::at(&file))
}

#[test]
fn the_default_configuration_loads_and_equals_an_empty_file() {
    let text = default_toml();
    assert!(text.contains("# Period of the control loop in ms, 1 to 20.\nperiod_ms = 10\n"), "{text}");
    assert_eq!(load_text(&text), load_text(""));
    assert!(load_text("").is_ok());
}

#[test]
fn the_example_in_the_default_configuration_loads_when_its_comment_marks_are_taken_off() {
    let example: String = default_toml()
        .lines()
        .skip_while(|line| !line.starts_with("# [ports"))
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect();
    let configuration = load_text(&example).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(configuration.drivers["pump"].priority, Priority::High);
    assert!((configuration.signals["venous_pressure"].sources[0].offset + 2.5).abs() < 1e-12);
}

#[test]
fn later_files_win_and_their_errors_are_reported_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    write("ecmod.toml", "[console]\nperiod_ms = 5\n[log]\nlevel = \"debug\"\n");
    write("conf.d/10-slow.toml", "[console]\nperiod_ms = 20\n");
    write("conf.d/ignored.conf", "not toml at all");
    let configuration = load(&Paths::at(folder.path())).unwrap();
    assert_eq!(configuration.console.period, ecmod_quantities::Span::from_millis(20));
    assert_eq!(configuration.log.level, LogLevel::Debug);

    write("conf.d/20-wrong.toml", "\n[console]\n  period_ms = 50\n");
    let errors = load(&Paths::at(folder.path())).unwrap_err();
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert!(problem.file.ends_with("conf.d/20-wrong.toml"));
    assert_eq!((problem.line, problem.column), (3, 3));
}

#[test]
fn all_errors_come_at_once() {
    let errors = load_text(
        "[console]\nperiod_ms = 2.5\nrealtime = 3\n[log]\nlevel = \"loud\"\n[ports.a]\nkind = \"can\"\n\
         [drivers.p]\nport = \"nowhere\"\n[control]\nslew_rpm_per_s = \"fast\"\n",
    )
    .unwrap_err();
    let keys: Vec<&str> = errors.problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "console.period_ms",
            "console.realtime",
            "log.level",
            "ports.a.kind",
            "drivers.p",
            "drivers.p.port",
            "control.slew_rpm_per_s"
        ],
        "{errors}"
    );
}

#[test]
fn nothing_is_converted_silently() {
    for wrong in [
        "period_ms = 3.7",
        "period_ms = \"5\"",
        "lock_memory = \"yes\"",
        "lock_memory = 1",
        "period_ms = true",
    ] {
        let errors = load_text(&format!("[console]\n{wrong}\n")).unwrap_err();
        assert!(errors.to_string().contains("invalid type"), "{wrong}: {errors}");
    }
}

#[test]
fn a_drivers_own_configuration_reaches_it_unchanged() {
    let configuration = load_text(
        "[ports.p]\nkind = \"serial\"\ndevice = \"/dev/null\"\n[drivers.d]\ndriver = \"x\"\nport = \"p\"\n\
         config = { Upper = \"CDAB\", \"a.b\" = [1, { X = 2.5 }], on = true, large = 9007199254740993 }\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        configuration.drivers["d"].config,
        serde_json::json!({"Upper": "CDAB", "a.b": [1, {"X": 2.5}], "on": true, "large": 9_007_199_254_740_993_u64})
    );
    assert_eq!(
        configuration.drivers["d"].library,
        std::path::Path::new("/usr/lib/ecmod/drivers/libecmod_driver_x.so")
    );
}

#[test]
fn the_schema_names_every_table_and_refuses_others() {
    let schema: serde_json::Value = serde_json::from_str(&schema_json()).unwrap();
    for table in [
        "console",
        "log",
        "dbus",
        "control",
        "alarms",
        "interventions",
        "ports",
        "drivers",
        "signals",
        "commands",
    ] {
        assert!(schema.pointer(&format!("/properties/{table}")).is_some(), "{table}");
    }
    assert_eq!(schema["additionalProperties"], serde_json::json!(false));
}

#[test]
fn a_port_is_at_most_one_bus_with_the_lines_of_its_devices() {
    let configuration = load_text(
        r#"
        [ports.adc]
        kind = "spi"
        chips = [{ device = "/dev/spidev0.0", mode = 1, max_hz = 4000000 }, { device = "unix:/run/x.spi", max_hz = 1000 }]
        [ports.adc.lines.data_ready]
        chip = "/dev/gpiochip0"
        line = 5
        direction = "input"
        edge = "falling"
        bias = "pull_up"
        debounce_us = 20
        [ports.adc.lines.reset]
        chip = "unix:/run/lines"
        name = "ADC_RESET"
        direction = "output"
        drive = "open_drain"
        active_low = true
        initial = 0
        [ports.i2c1]
        kind = "i2c"
        device = "/dev/i2c-1"
        [ports.panel]
        kind = "gpio"
        lines = { lamp = { chip = "/dev/gpiochip0", line = 6, direction = "output" } }
        [ports.battery]
        kind = "attributes"
        directory = "/sys/class/power_supply"
        [ports.iio]
        kind = "attributes"
        directory = "/sys/bus/iio/devices/iio:device0"
        stream = "/dev/iio:device0"
        [drivers]
        a = { driver = "x", port = "adc", config = { chip = 1 } }
        b = { driver = "x", port = "i2c1" }
        c = { driver = "x", port = "panel" }
        d = { driver = "x", port = "battery" }
        e = { driver = "x", port = "iio" }
        [commands]
        return_clamp = { target = "c.return" }
        drainage_clamp = { target = "c.drainage" }
        alarm_lamp = { target = "c.lamp" }
        alarm_sound = { target = "c.sound" }
        "#,
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    let port = |name: &str| &configuration.ports[name];
    let chip = |device: &str, mode, max_hz| SpiChip { device: device.into(), mode, max_hz };
    let chips = vec![chip("/dev/spidev0.0", 1, 4_000_000), chip("unix:/run/x.spi", 0, 1000)];
    assert_eq!(port("adc").kind, PortKind::Spi(chips));
    assert_eq!(
        port("adc").lines["data_ready"],
        Line {
            chip: "/dev/gpiochip0".into(),
            select: LineSelect::Offset(5),
            direction: LineDirection::Input {
                edge: LineEdge::Falling,
                debounce: ecmod_quantities::Span::from_micros(20)
            },
            bias: LineBias::PullUp,
            active_low: false,
        }
    );
    assert_eq!(
        port("adc").lines["reset"],
        Line {
            chip: "unix:/run/lines".into(),
            select: LineSelect::Name("ADC_RESET".into()),
            direction: LineDirection::Output { initial: Some(false), drive: LineDrive::OpenDrain },
            bias: LineBias::AsIs,
            active_low: true,
        }
    );
    let lamp = &port("panel").lines["lamp"];
    assert_eq!(lamp.direction, LineDirection::Output { initial: None, drive: LineDrive::PushPull });
    assert!(port("adc").lines["data_ready"].has_edges() && !lamp.has_edges());
    assert_eq!(port("panel").device(), "/dev/gpiochip0", "what a person is told of a port without a bus");
    assert_eq!(port("adc").device(), "/dev/spidev0.0");
    let words: Vec<_> =
        configuration.ports.values().map(|port| (port.kind.name(), port.kind.device())).collect();
    assert_eq!(
        words,
        [
            ("spi", "/dev/spidev0.0"),
            ("attributes", "/sys/class/power_supply"),
            ("i2c", "/dev/i2c-1"),
            ("attributes", "/sys/bus/iio/devices/iio:device0"),
            ("gpio", ""),
        ]
    );
    assert_eq!(command_quantity("return_clamp"), Some(ecmod_quantities::Quantity::State));
    assert_eq!(command_quantity("alarm_sound"), Some(ecmod_quantities::Quantity::Code));
    assert_eq!(command_quantity("clamp"), None);
}

#[test]
fn presets_policies_and_who_may_change_limits_are_what_is_written() {
    let configuration = load_text(
        r#"
        [dbus]
        limits_group = "perfusion"
        [alarms]
        patient_class = "neonate"
        planned_transport = true
        audio_pause_s = 60
        neonate = { flow_low = 0.2, venous_pressure_low = -40 }
        [interventions]
        override_s = 120
        suction = { policy = "alarm_only", longest_s = 5 }
        "#,
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(configuration.dbus.limits_group.as_deref(), Some("perfusion"));
    let alarms = configuration.alarms;
    assert_eq!((alarms.patient_class, alarms.planned_transport), (PatientClass::Neonate, true));
    assert_eq!((alarms.audio_pause, alarms.delay_percent), (ecmod_quantities::Span::from_secs(60), 100));
    assert_eq!(alarms.presets[&PatientClass::Neonate].len(), 2);
    assert!((alarms.presets[&PatientClass::Neonate]["venous_pressure_low"] + 40.0).abs() < 1e-12);
    assert!(alarms.presets[&PatientClass::Adult].is_empty());
    let interventions = configuration.interventions;
    assert_eq!(interventions.override_lasts, Some(ecmod_quantities::Span::from_secs(120)));
    assert_eq!(
        interventions.by_name["suction"],
        Intervention {
            policy: Some(Policy::AlarmOnly),
            longest: Some(ecmod_quantities::Span::from_secs(5)),
            rearm: None
        }
    );
    let nothing = load_text("").unwrap();
    assert_eq!(nothing.dbus.limits_group, None);
    assert!(nothing.interventions.by_name.is_empty() && nothing.alarms.mains_expected);
}

#[test]
fn the_copy_of_several_files_says_the_same_as_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    let port = "[ports.p]\nkind = \"serial\"\ndevice = \"/dev/null\"\n";
    let driver =
        "[drivers.d]\ndriver = \"x\"\nport = \"p\"\nconfig = { Upper = [1, { X = 2.5 }], on = true }\n";
    write(
        "ecmod.toml",
        &format!("[console]\nperiod_ms = 5\nstate_directory = \"/somewhere\"\n{port}{driver}"),
    );
    write("conf.d/10.toml", "[console]\nperiod_ms = 20\n[alarms.neonate]\nflow_low = 0.2\n");
    let paths = Paths::at(folder.path());
    let (configuration, copy) = load_with_copy(&paths).unwrap();
    write("copy.toml", &copy);
    assert_eq!(load(&Paths::at(&folder.path().join("copy.toml"))), Ok(configuration));

    write("conf.d/20.toml", "[log]\nlevel = 7\n");
    assert!(load_with_copy(&paths).is_err());
    assert_eq!(state_directory(&paths), std::path::Path::new("/somewhere"), "though the rest is wrong");
    assert_eq!(
        state_directory(&Paths::at(&folder.path().join("none"))),
        std::path::Path::new("/var/lib/ecmod")
    );
    assert!(paths.exist() && !Paths::at(&folder.path().join("none")).exist());
}

#[test]
fn the_example_of_the_page_about_procedures_adds_one_and_changes_the_built_in_ones() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/procedures.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let configuration = load_text(example).unwrap_or_else(|errors| panic!("{errors}"));
    let of = |name: &str| configuration.procedures.iter().find(|procedure| procedure.id == name).unwrap();
    let hours = |hours: u64| Some(ecmod_quantities::Span::from_secs(hours * 3600));
    let (shift, drive) = (of("shift"), of("emergency_drive"));
    assert_eq!((shift.steps.len(), shift.validity.every), (5, hours(12)));
    assert_eq!((drive.validity.every, drive.validity.before_case), (hours(12), hours(24)));
    assert_eq!(drive.steps, ecmod_procedures::built_in::find("emergency_drive").unwrap().steps);
    assert_eq!(of("pre_use").validity, ecmod_procedures::Validity::NONE);
    assert_eq!(load_text("").unwrap().procedures, ecmod_procedures::built_in::ALL);
}
