// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarms, limits, interventions and the self-test, as a client has them: against a mock console on a private bus.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests stop at the first surprise"
)]

use std::{future::Future, io::Read as _, time::Duration};

use ecmod_client::{
    AlarmEvent, AlarmNews, Bus, Client, Error, Recording,
    mock::{Mock, MockAlarm, PrivateBus, Trouble},
};

/// No wait of these tests may be longer than this.
const LIMIT: Duration = Duration::from_secs(10);

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("took too long")
}

async fn console() -> (PrivateBus, Mock, Client) {
    let bus = PrivateBus::start().unwrap();
    let mock = Mock::serve(&bus.address()).await.unwrap();
    let client = Client::connect(&Bus::Address(bus.address())).await.unwrap();
    (bus, mock, client)
}

async fn next(news: &mut AlarmNews) -> AlarmEvent {
    in_time(news.next()).await.expect("stream ended").expect("in the form of the contract")
}

fn pump_stop() -> MockAlarm {
    MockAlarm::new("PUMP_STOP", "high", "Clamp the return line.").because("0 of 3000 rpm", 0.0, "rpm")
}

fn stale() -> MockAlarm {
    MockAlarm::new("SENSOR_STALE", "low", "Look at the sensor.").about_signal("venous_pressure")
}

async fn ranked(client: &Client) -> Vec<String> {
    let snapshot = in_time(client.snapshot()).await.unwrap();
    snapshot.ranked_alarms().into_iter().map(|(_, alarm)| alarm.id.clone()).collect()
}

#[tokio::test]
async fn a_snapshot_has_the_alarms_in_the_order_in_which_to_deal_with_them() {
    let (_bus, mock, client) = console().await;
    let quiet = client.snapshot().await.unwrap();
    let alarms = quiet.alarms.as_ref().unwrap();
    assert_eq!((alarms.highest_priority.as_str(), alarms.audio_state.as_str()), ("none", "silent"));
    assert!(quiet.ranked_alarms().is_empty());

    mock.raise(stale()).await.unwrap();
    mock.raise(pump_stop()).await.unwrap();
    let snapshot = client.snapshot().await.unwrap();
    let alarms = snapshot.alarms.as_ref().unwrap();
    assert_eq!((alarms.highest_priority.as_str(), alarms.audio_state.as_str()), ("high", "sounding"));
    assert_eq!((alarms.unreviewed_high, alarms.announced), (1, 2));
    let ranked = snapshot.ranked_alarms();
    assert_eq!(ranked[0].0, "/org/ecmod/alarms/PUMP_STOP");
    assert_eq!((ranked[0].1.cause_value.0, ranked[0].1.cause_unit.as_str()), (Some(0.0), "rpm"));
    assert_eq!(ranked[1].0, "/org/ecmod/alarms/SENSOR_STALE/venous_pressure");
    assert_eq!(
        (ranked[1].1.subject.as_str(), ranked[1].1.subject_kind.as_str()),
        ("venous_pressure", "signal")
    );

    mock.end("/org/ecmod/alarms/PUMP_STOP").await.unwrap();
    assert_eq!(self::ranked(&client).await, ["SENSOR_STALE"]);
}

#[tokio::test]
async fn that_an_alarm_comes_changes_and_leaves_is_heard_at_once() {
    let (_bus, mock, client) = console().await;
    let mut news = client.alarm_news().await.unwrap();
    mock.raise(pump_stop()).await.unwrap();
    let AlarmEvent::Raised { path, id, priority, text, .. } = next(&mut news).await else { panic!() };
    assert_eq!(
        (path.as_str(), id.as_str(), priority.as_str()),
        ("/org/ecmod/alarms/PUMP_STOP", "PUMP_STOP", "high")
    );
    assert_eq!(text, "Clamp the return line.");
    mock.latch(&path).await.unwrap();
    let AlarmEvent::Changed { phase, acknowledged, .. } = next(&mut news).await else { panic!() };
    assert_eq!((phase.as_str(), acknowledged), ("latched", false));
    let alarms = client.alarms().await.unwrap();
    alarms.acknowledge(&path.as_str().try_into().unwrap()).await.unwrap();
    assert_eq!(next(&mut news).await, AlarmEvent::Gone { path });
    assert!(ranked(&client).await.is_empty(), "a latched alarm leaves when it is acknowledged");
}

#[tokio::test]
async fn acknowledging_silences_one_alarm_and_pausing_all_and_a_new_one_is_heard() {
    let (_bus, mock, client) = console().await;
    let alarms = client.alarms().await.unwrap();
    mock.raise(pump_stop()).await.unwrap();
    alarms.acknowledge(&"/org/ecmod/alarms/PUMP_STOP".try_into().unwrap()).await.unwrap();
    assert_eq!(alarms.audio_state().await.unwrap(), "silent");
    mock.raise(stale()).await.unwrap();
    assert_eq!(alarms.audio_state().await.unwrap(), "sounding");
    alarms.pause_audio().await.unwrap();
    assert_eq!(alarms.audio_state().await.unwrap(), "paused");
    assert!(alarms.audio_paused_until().await.unwrap() > ecmod_client::monotonic_now());
    mock.raise(MockAlarm::new("FLOW_LOW", "high", "Look at the tubes.")).await.unwrap();
    assert_eq!(alarms.audio_state().await.unwrap(), "sounding");
    alarms.acknowledge_all().await.unwrap();
    alarms.resume_audio().await.unwrap();
    assert_eq!(alarms.audio_state().await.unwrap(), "silent");
    assert_eq!(alarms.audio_paused_until().await.unwrap(), 0);
    assert_eq!(alarms.unreviewed_high().await.unwrap(), 0);
}

#[tokio::test]
async fn what_cannot_be_done_about_an_alarm_is_refused_with_the_reason() {
    let (_bus, mock, client) = console().await;
    let alarms = client.alarms().await.unwrap();
    let path = "/org/ecmod/alarms/PUMP_STOP";
    let error = Error::from(alarms.acknowledge(&path.try_into().unwrap()).await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.no_such_alarm"));
    mock.raise(pump_stop()).await.unwrap();
    let error = Error::from(alarms.reset(&path.try_into().unwrap()).await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.condition_lasts"));
    let error = Error::from(alarms.set_alarm_off("PUMP_STOP", true).await.unwrap_err());
    assert_eq!(error.to_string(), "refused: PUMP_STOP cannot be switched off.");
    mock.latch(path).await.unwrap();
    alarms.reset_all().await.unwrap();
    assert!(ranked(&client).await.is_empty());
    alarms.set_alarm_off("FLOW_HIGH", true).await.unwrap();
    assert_eq!(alarms.off().await.unwrap(), ["FLOW_HIGH"]);
    alarms.set_transport(true).await.unwrap();
    assert!(alarms.transport().await.unwrap());
}

#[tokio::test]
async fn the_alarm_log_is_read_whole_however_long_it_is() {
    let (_bus, mock, client) = console().await;
    assert!(client.alarm_log(0).await.unwrap().is_empty());
    mock.raise(pump_stop()).await.unwrap();
    mock.with(|model| {
        let first = model.log[0].clone();
        model.log = (1..=1234).map(|number| ecmod_client::LogRecord { number, ..first.clone() }).collect();
    });
    let records = in_time(client.alarm_log(0)).await.unwrap();
    assert_eq!(
        records.iter().map(|record| record.number).collect::<Vec<_>>(),
        (1..=1234).collect::<Vec<_>>()
    );
    assert_eq!((records[0].event.as_str(), records[0].value.0), ("appeared", Some(0.0)));
    assert_eq!(client.alarm_log(1232).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_limit_is_set_within_its_range_and_a_preset_sets_all() {
    let (_bus, mock, client) = console().await;
    let limits = client.limits().await.unwrap();
    limits.set("flow_low", 2.0).await.unwrap();
    let all = limits.limits().await.unwrap();
    let flow = all.iter().find(|limit| limit.name == "flow_low").unwrap();
    assert_eq!((flow.value.0, flow.preset.0, flow.unit.as_str()), (Some(2.0), Some(2.5), "L/min"));
    let error = Error::from(limits.set("flow_low", 20.0).await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.out_of_range"));
    let error = Error::from(limits.set("flow_lo", 2.0).await.unwrap_err());
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    limits.apply_preset("neonate").await.unwrap();
    let snapshot = client.snapshot().await.unwrap();
    let limits = snapshot.limits.unwrap();
    assert_eq!((limits.patient_class.as_str(), limits.limits[0].value.0), ("neonate", Some(0.3)));
    mock.with(|model| model.trouble = Trouble::NotAuthorised);
    let error = Error::from(client.limits().await.unwrap().apply_preset("adult").await.unwrap_err());
    assert!(matches!(error, Error::NotAuthorised(_)), "{error:?}");
}

#[tokio::test]
async fn one_call_takes_back_every_intervention_and_another_lets_them_act_again() {
    let (_bus, mock, client) = console().await;
    mock.with(|model| {
        let ends = model.monotonic + 23_000_000_000;
        let own = model.interventions.get_mut("venous_pressure_low").unwrap();
        (own.state, own.ends, own.bound) = ("active", ends, Some(2450.0));
    });
    let acting = &client.snapshot().await.unwrap().interventions["venous_pressure_low"];
    assert_eq!(
        (acting.state.as_str(), acting.bound.0, acting.remaining.0),
        ("active", Some(2450.0), Some(23.0))
    );

    let console = client.console().await.unwrap();
    console.override_().await.unwrap();
    let after = client.snapshot().await.unwrap().interventions;
    assert_eq!(
        (after["venous_pressure_low"].state.as_str(), after["venous_pressure_low"].bound.0),
        ("overridden", None)
    );
    console.release_override().await.unwrap();
    let released = client.snapshot().await.unwrap().interventions;
    assert_eq!(
        (released["backflow"].state.as_str(), released["suction"].state.as_str()),
        ("watching", "alarm_only")
    );

    let backflow = client.intervention("backflow").await.unwrap();
    backflow.override_().await.unwrap();
    assert_eq!(client.snapshot().await.unwrap().interventions["gross_air"].state, "watching");
    let error = in_time(client.recordings("nonesuch")).await.unwrap_err();
    assert!(matches!(error, Error::Missing(_)), "{error:?}");
    let error = client.intervention("no such").await.unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
}

#[tokio::test]
async fn a_recording_is_read_through_the_file_that_the_console_hands_over() {
    let (_bus, mock, client) = console().await;
    let recording = Recording { number: 7, time: 1_700_000_000_000, trigger: "air".to_owned(), size: 5 };
    mock.with(|model| {
        let own = model.interventions.get_mut("gross_air").unwrap();
        own.recordings = vec![(recording.clone(), b"hello".to_vec())];
    });
    assert_eq!(in_time(client.recordings("gross_air")).await.unwrap(), [recording]);
    let mut text = String::new();
    in_time(client.open_recording("gross_air", 7)).await.unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    let error = in_time(client.open_recording("gross_air", 8)).await.unwrap_err();
    assert_eq!(error.refusal(), Some("ecmod.refused.no_such_record"));
}

#[tokio::test]
async fn a_failed_self_test_blocks_a_new_case_until_it_is_overridden() {
    let (_bus, mock, client) = console().await;
    mock.with(|model| model.self_test.fail("driver_pump", "no answer", "Look at the cable."));
    let test = client.self_test().await.unwrap();
    assert!(test.blocks_start().await.unwrap() && !test.passed().await.unwrap());
    let console = client.console().await.unwrap();
    let error = Error::from(console.start().await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.self_test_failed"));
    let error = Error::from(test.override_(" ").await.unwrap_err());
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    test.override_("the backup pump stands by").await.unwrap();
    let shown = client.snapshot().await.unwrap().self_test.unwrap();
    assert!(shown.overridden && !shown.passed && !shown.blocks_start);
    console.start().await.unwrap();

    test.run().await.unwrap();
    assert_eq!(test.state().await.unwrap(), "running");
    let error = Error::from(test.run().await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.self_test_runs"));
    mock.frame().await.unwrap();
    assert_eq!(test.state().await.unwrap(), "finished");
}
