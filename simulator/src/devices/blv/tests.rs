// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drive, as its manual and public user code have it.

use super::*;

fn run(drive: &mut Blv, seconds: f64) -> MotorDemand {
    let mut demand = MotorDemand::Coast;
    for _ in 0..crate::words::u64_of(seconds * 1000.0) {
        demand = drive.step(0.001);
        if let MotorDemand::Run(speed) = demand {
            drive.observe(speed, 0.3);
        }
    }
    demand
}

fn read(drive: &mut Blv, address: u16) -> u32 {
    let mut words = [0; 2];
    drive.read_holding(address, &mut words).unwrap();
    join(words[0], words[1])
}

fn started(rpm: u16) -> Blv {
    let mut drive = Blv::new(Blv::MAXIMUM_RPM);
    drive.write(0x0480, &[0, rpm]).unwrap();
    drive.write(0x007D, &[0x28]).unwrap();
    run(&mut drive, 2.0);
    drive
}

#[test]
fn it_runs_at_speed_no_0_and_reports_it() {
    let mut drive = started(3200);
    assert_eq!(read(&mut drive, 0x00C8), 3200);
    assert_eq!(read(&mut drive, 0x00CE), 3200);
    assert_eq!(read(&mut drive, 0x0108), 30);
    let mut block = [0; 5];
    drive.read_holding(0x007D, &mut block).unwrap();
    assert_eq!(block, [0x28, 0, 0x28, 0, 0]);
}

#[test]
fn it_holds_its_speed_when_nobody_speaks_to_it() {
    let mut drive = started(3200);
    assert_eq!(run(&mut drive, 60.0), MotorDemand::Run(Rpm(3200.0)));
}

#[test]
fn a_wrongly_configured_drive_stops_with_alarm_85_on_silence() {
    let mut drive = started(3200);
    drive.set_fault(BlvFault { stops_on_silence_s: Some(1.0), ..BlvFault::default() });
    assert_eq!(run(&mut drive, 1.5), MotorDemand::Coast);
    assert_eq!(read(&mut drive, 0x0080), 0x85);
}

#[test]
fn speeds_it_cannot_regulate_are_refused_and_change_nothing() {
    let mut drive = started(3200);
    for rpm in [1, 79, 4001, 65_535] {
        assert_eq!(drive.write(0x0480, &[0, rpm]), Err(Exception::IllegalDataValue));
    }
    assert_eq!(drive.write(0x0480, &[3200, 0]), Err(Exception::IllegalDataValue), "words swapped");
    assert_eq!(drive.write(0x0480, &[0, 3300, 0, 7]), Err(Exception::IllegalDataValue), "the second one");
    assert_eq!(drive.commanded(), 3200);
    assert_eq!(drive.write(0x3000, &[0]), Err(Exception::IllegalDataAddress));
}

#[test]
fn an_alarm_stops_it_until_reset_and_a_new_edge_of_the_run_bit() {
    let mut drive = started(3200);
    drive.set_fault(BlvFault { alarm: Some(0x30), ..BlvFault::default() });
    assert_eq!(run(&mut drive, 0.1), MotorDemand::Coast);
    drive.write(0x0180, &[0, 1]).unwrap();
    assert_eq!(read(&mut drive, 0x0080), 0x30, "the cause is still there");
    drive.write(0x0180, &[0, 0]).unwrap();
    drive.set_fault(BlvFault::default());
    assert_eq!(read(&mut drive, 0x0080), 0x30, "latched");
    drive.write(0x0180, &[0, 1]).unwrap();
    assert_eq!(read(&mut drive, 0x0080), 0);
    drive.write(0x007D, &[0x28]).unwrap();
    run(&mut drive, 5.0);
    assert_eq!(read(&mut drive, 0x00C8), 0, "the level of the bit is not enough");
    drive.write(0x007D, &[0x20]).unwrap();
    drive.write(0x007D, &[0x28]).unwrap();
    assert_eq!(run(&mut drive, 2.0), MotorDemand::Run(Rpm(3200.0)));
}

#[test]
fn a_dip_of_its_supply_loses_the_commands_and_may_leave_alarm_46() {
    let mut drive = started(3200);
    drive.power_cycle(StartAfterDip::Allowed);
    assert_eq!((drive.commanded(), drive.alarm()), (0, 0));
    assert_eq!(drive.step(0.001), MotorDemand::Run(Rpm(0.0)));
    drive.power_cycle(StartAfterDip::Inhibited);
    assert_eq!(read(&mut drive, 0x0080), 0x46);
}

#[test]
fn stop_mode_decides_between_ramp_and_at_once() {
    let mut drive = started(3000);
    drive.write(0x007D, &[0x20]).unwrap();
    let MotorDemand::Run(speed) = run(&mut drive, 0.1) else { panic!("coasting") };
    assert!(speed > Rpm(2000.0), "{speed}");
    drive.write(0x007D, &[0x00]).unwrap();
    assert_eq!(drive.step(0.001), MotorDemand::Run(Rpm(0.0)));
}

#[test]
fn the_speed_source_counts_when_it_has_been_applied() {
    let mut drive = started(3000);
    drive.write(0x10E3, &[0]).unwrap();
    assert_eq!(run(&mut drive, 1.0), MotorDemand::Run(Rpm(3000.0)));
    drive.write(0x018D, &[1]).unwrap();
    assert_eq!(run(&mut drive, 2.0), MotorDemand::Run(Rpm(0.0)));
}
