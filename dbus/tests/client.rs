// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client against a mock console on a private bus.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests stop at the first surprise"
)]

use std::{future::Future, time::Duration};

use ecmod_client::{
    Bus, Client, Error, Frame, Frames, Quality, Reading,
    mock::{Mock, PrivateBus, Trouble},
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

async fn next(frames: &mut Frames) -> Frame {
    in_time(frames.next()).await.expect("stream ended").expect("frame in the form of the contract")
}

#[tokio::test]
async fn one_call_shows_every_object_with_every_property() {
    let (_bus, _mock, client) = console().await;
    let snapshot = in_time(client.snapshot()).await.unwrap();
    assert_eq!(snapshot.console.state, "standby");
    assert_eq!(snapshot.console.sweep_gas_setpoint.0, None);
    assert_eq!(snapshot.console.speed_range, (0.0, 4000.0));
    assert_eq!(snapshot.console.loop_.get("overruns"), Some(&0));
    assert_eq!(snapshot.signals.len(), 8);
    let flow = &snapshot.signals["blood_flow"];
    assert_eq!((flow.unit.as_str(), flow.reading.quality()), ("L/min", Quality::Good));
    assert_eq!(snapshot.signals["arterial_temperature"].reading.value(), None);
    assert_eq!(snapshot.drivers["pump"].port.as_str(), "/org/ecmod/ports/pump_line");
    assert_eq!(snapshot.drivers["pump"].commands[0].unit, "rpm");
    assert_eq!(snapshot.ports["pump_line"].device_counters["1"]["timeouts"], 2);
}

#[tokio::test]
async fn the_properties_of_the_proxies_can_be_read_one_by_one() {
    let (_bus, _mock, client) = console().await;
    let console = client.console().await.unwrap();
    assert_eq!(console.loop_().await.unwrap()["late_p50_ns"], 18_000);
    assert_eq!(console.frame_period().await.unwrap(), 100_000_000);
    let signal =
        ecmod_client::Signal1Proxy::builder(client.connection()).path("/org/ecmod/signals/blood_flow");
    assert_eq!(signal.build().await.unwrap().reading().await.unwrap().value(), Some(0.0));
    let port = ecmod_client::Port1Proxy::builder(client.connection()).path("/org/ecmod/ports/pump_line");
    assert_eq!(port.build().await.unwrap().pid().await.unwrap(), 4711);
    let samples = in_time(client.read_driver("flow_meter")).await.unwrap();
    assert_eq!(samples.keys().collect::<Vec<_>>(), ["flow", "p1", "p2", "p3"]);
}

#[tokio::test]
async fn frames_carry_every_reading_and_a_lost_one_is_counted() {
    let (_bus, mock, client) = console().await;
    let mut frames = client.frames().await.unwrap();
    mock.frame().await.unwrap();
    let first = next(&mut frames).await;
    assert_eq!((first.sequence, first.lost, first.readings.len()), (1, 0, 8));
    let age = first.readings["blood_flow"].age(first.monotonic);
    assert_eq!(age, Duration::ZERO);

    mock.with(|model| {
        let held = Reading::uncertain(3.1, "estimated", 5, 6);
        model.signals.get_mut("blood_flow").unwrap().fixed = Some(held);
    });
    mock.frame().await.unwrap();
    let second = next(&mut frames).await;
    assert_eq!(second.readings["blood_flow"].value(), Some(3.1));
    assert_eq!(second.readings["blood_flow"].cause(), "estimated");

    mock.with(|model| model.skip_frames(3));
    mock.frame().await.unwrap();
    assert_eq!(next(&mut frames).await.lost, 3);
}

#[tokio::test]
async fn frames_go_on_when_the_daemon_comes_back() {
    let (bus, mock, client) = console().await;
    let mut frames = client.frames().await.unwrap();
    mock.frame().await.unwrap();
    assert_eq!(next(&mut frames).await.sequence, 1);

    mock.leave().await.unwrap();
    let error = in_time(client.snapshot()).await.unwrap_err();
    assert!(matches!(error, Error::NotRunning), "{error:?}");

    let mock = Mock::serve(&bus.address()).await.unwrap();
    mock.frame().await.unwrap();
    let frame = next(&mut frames).await;
    assert_eq!((frame.sequence, frame.lost), (1, 0));
}

#[tokio::test]
async fn a_bus_without_the_daemon_says_so_at_once() {
    let bus = PrivateBus::start().unwrap();
    let client = Client::connect(&Bus::Address(bus.address())).await.unwrap();
    let error = in_time(client.snapshot()).await.unwrap_err();
    assert!(matches!(error, Error::NotRunning), "{error:?}");
}

#[tokio::test]
async fn frames_can_be_followed_before_the_daemon_is_there() {
    let bus = PrivateBus::start().unwrap();
    let client = Client::connect(&Bus::Address(bus.address())).await.unwrap();
    let mut frames = client.frames().await.unwrap();
    let mock = Mock::serve(&bus.address()).await.unwrap();
    mock.frame().await.unwrap();
    assert_eq!(next(&mut frames).await.sequence, 1);
}

#[tokio::test]
async fn when_the_bus_goes_away_the_frames_end_and_a_new_connection_works() {
    let (mut bus, mock, client) = console().await;
    let mut frames = client.frames().await.unwrap();
    mock.frame().await.unwrap();
    next(&mut frames).await;

    bus.stop();
    in_time(async { while frames.next().await.is_some() {} }).await;
    let error = in_time(client.snapshot()).await.unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    let error = Client::connect(&Bus::Address(bus.address())).await.unwrap_err();
    assert!(matches!(error, Error::NoBus { .. }), "{error:?}");
    assert!(error.to_string().contains(&bus.address()), "{error}");

    bus.restart().unwrap();
    let _mock = Mock::serve(&bus.address()).await.unwrap();
    let client = Client::connect(&Bus::Address(bus.address())).await.unwrap();
    assert_eq!(client.snapshot().await.unwrap().console.state, "standby");
}

#[tokio::test]
async fn a_change_is_made_or_refused_with_a_reason_and_a_code() {
    let (_bus, mock, client) = console().await;
    let console = client.console().await.unwrap();
    console.set_flow(3.5).await.unwrap();
    assert_eq!(console.flow_setpoint().await.unwrap(), 3.5);
    console.set_sweep_gas_flow(2.0).await.unwrap();
    assert_eq!(console.sweep_gas_setpoint().await.unwrap().0, Some(2.0));

    let error = Error::from(console.set_speed(9000.0).await.unwrap_err());
    assert_eq!(error.to_string(), "refused: Speed 9000 rpm is outside 0 to 4000 rpm.");
    assert_eq!(error.refusal(), Some("ecmod.refused.out_of_range"));
    let error = Error::from(console.set_flow(f64::NAN).await.unwrap_err());
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    let error = Error::from(console.set_mode("turbo").await.unwrap_err());
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");

    mock.with(|model| model.trouble = Trouble::NotAuthorised);
    let error = Error::from(console.start().await.unwrap_err());
    assert!(matches!(error, Error::NotAuthorised(_)), "{error:?}");
    mock.with(|model| model.trouble = Trouble::LoopStuck);
    let error = Error::from(console.start().await.unwrap_err());
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn stopping_takes_the_token_of_the_request() {
    let (_bus, _mock, client) = console().await;
    let console = client.console().await.unwrap();
    console.start().await.unwrap();
    let (token, expires) = console.request_stop().await.unwrap();
    assert!(expires > ecmod_client::monotonic_now());
    let error = Error::from(console.confirm_stop(token + 1).await.unwrap_err());
    assert_eq!(error.refusal(), Some("ecmod.refused.wrong_token"));
    assert_eq!(console.state().await.unwrap(), "support");
    console.confirm_stop(token).await.unwrap();
    assert_eq!(console.state().await.unwrap(), "standby");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let (_bus, _mock, client) = console().await;
    let error = in_time(client.read_driver("nonesuch")).await.unwrap_err();
    assert!(matches!(error, Error::Missing(_)), "{error:?}");
}
