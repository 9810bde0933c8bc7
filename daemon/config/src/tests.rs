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
    let with_pressures =
        format!("{example}[drivers.pressures]\ndriver = \"modbus-map\"\nport = \"pump_line\"\n");
    let configuration = load_text(&with_pressures).unwrap_or_else(|errors| panic!("{errors}"));
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
    for table in ["console", "log", "dbus", "control", "ports", "drivers", "signals", "commands"] {
        assert!(schema.pointer(&format!("/properties/{table}")).is_some(), "{table}");
    }
    assert_eq!(schema["additionalProperties"], serde_json::json!(false));
}
