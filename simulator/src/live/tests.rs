// SPDX-License-Identifier: MIT OR Apache-2.0
//! The served lines against a master that shares no code with them, and the control socket.

use super::*;
use crate::scenario::Fault;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio_modbus::client::{Context, Reader, Writer, rtu, tcp};
use tokio_modbus::slave::Slave;

/// A limit for every wait: generous, as it only bounds a failure.
const LIMIT: Duration = Duration::from_secs(20);

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("in time")
}

/// Runs `test` beside a simulator.
fn beside<F: Future<Output = ()>>(test: impl FnOnce(Ready) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(folder.path(), Scenario::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (tell, told) = tokio::sync::oneshot::channel();
        let test = async move { within(async { test(told.await.unwrap()).await }).await };
        let mut tell = Some(tell);
        serve(&options, |ready| drop(tell.take().unwrap().send(ready.clone())), test).await.unwrap();
    });
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// A pty's slave opened as a host opens a tty.
fn open(path: &str) -> AsyncTty {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let tty = rustix::fs::open(path, flags, Mode::empty()).unwrap();
    // SAFETY: an `OwnedFd` stays open and the same until it is dropped, and it is never taken out.
    AsyncTty(unsafe { tokio::io::unix::AsyncFd::register(tty) }.unwrap())
}

#[derive(Debug)]
struct AsyncTty(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>);

impl tokio::io::AsyncRead for AsyncTty {
    fn poll_read(
        self: core::pin::Pin<&mut Self>,
        cx: &mut core::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> core::task::Poll<std::io::Result<()>> {
        loop {
            let mut guard = core::task::ready!(self.0.poll_read_ready(cx))?;
            let mut bytes = [0; 256];
            let room = buffer.remaining().min(256);
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut bytes[..room])?)) {
                Ok(count) => {
                    buffer.put_slice(&bytes[..count?]);
                    return core::task::Poll::Ready(Ok(()));
                }
                Err(_) => continue,
            }
        }
    }
}

impl tokio::io::AsyncWrite for AsyncTty {
    fn poll_write(
        self: core::pin::Pin<&mut Self>,
        cx: &mut core::task::Context<'_>,
        bytes: &[u8],
    ) -> core::task::Poll<std::io::Result<usize>> {
        loop {
            let mut guard = core::task::ready!(self.0.poll_write_ready(cx))?;
            if let Ok(result) = guard.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                return core::task::Poll::Ready(result);
            }
        }
    }
    fn poll_flush(
        self: core::pin::Pin<&mut Self>,
        _: &mut core::task::Context<'_>,
    ) -> core::task::Poll<std::io::Result<()>> {
        core::task::Poll::Ready(Ok(()))
    }
    fn poll_shutdown(
        self: core::pin::Pin<&mut Self>,
        _: &mut core::task::Context<'_>,
    ) -> core::task::Poll<std::io::Result<()>> {
        core::task::Poll::Ready(Ok(()))
    }
}

fn pump(ready: &Ready, unit: u8) -> Context {
    rtu::attach_slave(open(&ready.ports["pump_line"]), Slave(unit))
}

/// A connection to the control socket.
struct Control(BufReader<UnixStream>);

impl Control {
    async fn connect(ready: &Ready) -> Self {
        Self(BufReader::new(UnixStream::connect(&ready.control_socket).await.unwrap()))
    }
    async fn line(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }
    async fn ask(&mut self, command: Value) -> Value {
        self.0.get_mut().write_all(format!("{command}\n").as_bytes()).await.unwrap();
        self.line().await
    }
    async fn inject(&mut self, fault: Fault) -> u64 {
        let answer = self.ask(json!(Command::Inject { fault })).await;
        answer["id"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    }
    async fn clear_all(&mut self) {
        assert_eq!(self.ask(json!({"cmd": "clear_all"})).await["ok"], true);
    }
    /// Waits until a state has what is looked for.
    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let state = self.ask(json!({"cmd": "state"})).await;
            if wanted(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[test]
fn a_foreign_master_runs_the_pump_over_the_pty() {
    beside(|ready| async move {
        let mut drive = pump(&ready, 1);
        drive.write_multiple_registers(0x0480, &[0, 2500]).await.unwrap().unwrap();
        drive.write_single_register(0x007D, 0x28).await.unwrap().unwrap();
        let mut control = Control::connect(&ready).await;
        control.until(|state| state["pump_speed_rpm"].as_f64().unwrap() > 2450.0).await;
        let speeds = drive.read_holding_registers(0x00C8, 8).await.unwrap().unwrap();
        assert_eq!(speeds[..2], [0, 2500]);
        assert!((2440..2510).contains(&speeds[7]), "{speeds:?}");
        assert!(drive.read_holding_registers(0x3000, 1).await.unwrap().is_err(), "an exception");
    });
}

#[test]
fn units_that_are_not_there_are_not_answered() {
    beside(|ready| async move {
        let mut other = pump(&ready, 7);
        let silent = tokio::time::timeout(Duration::from_millis(100), other.read_holding_registers(0x80, 2));
        assert!(silent.await.is_err());
        drop(other);
        pump(&ready, 1).read_holding_registers(0x80, 2).await.unwrap().unwrap();
    });
}

#[test]
fn noise_from_the_host_and_a_host_that_comes_and_goes_end_nothing() {
    beside(|ready| async move {
        for round in 0..20_u8 {
            let mut tty = open(&ready.ports["pump_line"]);
            let garbage: Vec<u8> = (0..200_u8).map(|i| i.wrapping_mul(31).wrapping_add(round)).collect();
            tty.write_all(&garbage).await.unwrap();
            drop(tty);
            // A silence, after which the line listens anew.
            tokio::time::sleep(Duration::from_millis(15)).await;
            let words = pump(&ready, 1).read_holding_registers(0x80, 2).await.unwrap().unwrap();
            assert_eq!(words, [0, 0]);
        }
    });
}

#[test]
fn a_late_answer_arrives_late_and_a_silent_line_is_silent() {
    beside(|ready| async move {
        let mut control = Control::connect(&ready).await;
        let late = Fault::LateFrames { line: "pump_line".into(), probability: 1.0, delay_ms: 80 };
        control.inject(late).await;
        let begin = std::time::Instant::now();
        pump(&ready, 1).read_holding_registers(0x80, 2).await.unwrap().unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(80));
        control.clear_all().await;
        control.inject(Fault::Silence { line: "*".into(), probability: 1.0 }).await;
        let mut drive = pump(&ready, 1);
        let silent = tokio::time::timeout(Duration::from_millis(100), drive.read_holding_registers(0x80, 2));
        assert!(silent.await.is_err());
    });
}

#[test]
fn an_unplugged_line_has_no_device_node_until_it_is_plugged_in_again() {
    beside(|ready| async move {
        let mut control = Control::connect(&ready).await;
        control.inject(Fault::Disconnect { line: "*".into() }).await;
        let address: SocketAddr = ready.ports["monitor"].parse().unwrap();
        for name in ["pump_line", "gas_line", "flow_line"] {
            while std::fs::symlink_metadata(&ready.ports[name]).is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        control.clear_all().await;
        while !std::path::Path::new(&ready.ports["pump_line"]).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        pump(&ready, 1).read_holding_registers(0x80, 2).await.unwrap().unwrap();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn the_flow_meter_streams_ten_lines_a_second_and_takes_commands() {
    beside(|ready| async move {
        let mut lines = BufReader::new(open(&ready.ports["flow_line"])).lines();
        lines.next_line().await.unwrap();
        let begin = std::time::Instant::now();
        for _ in 0..10 {
            let line = lines.next_line().await.unwrap().unwrap();
            assert_eq!(line.len(), 43, "{line:?}");
        }
        let took = begin.elapsed();
        assert!((800..1500).contains(&took.as_millis()), "{took:?}");
        lines.get_mut().write_all(b"X\r").await.unwrap();
        Control::connect(&ready).await.until(|state| state["flow_meter_hung"] == true).await;
    });
}

#[test]
fn a_host_that_opens_the_flow_line_late_gets_fresh_lines_only() {
    beside(|ready| async move {
        let mut control = Control::connect(&ready).await;
        control.until(|state| state["time_s"].as_f64().unwrap() > 3.0).await;
        let mut tty = open(&ready.ports["flow_line"]);
        let mut waiting = vec![0; 8192];
        let count = tty.read(&mut waiting).await.unwrap();
        assert!(count <= 600, "{count} bytes were waiting");
    });
}

#[test]
fn the_gas_controller_and_the_transmitter_answer_on_their_lines() {
    beside(|ready| async move {
        let mut gas = rtu::attach_slave(open(&ready.ports["gas_line"]), Slave(1));
        let [a, b, c, d] = 3.0_f32.to_be_bytes();
        let words = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
        gas.write_multiple_registers(1009, &words).await.unwrap().unwrap();
        let mut control = Control::connect(&ready).await;
        control.until(|state| state["sweep_gas_l_min"].as_f64().unwrap() > 2.9).await;

        let address: SocketAddr = ready.ports["monitor"].parse().unwrap();
        let mut monitor = tcp::connect_slave(address, Slave(1)).await.unwrap();
        let words = monitor.read_input_registers(0, 7).await.unwrap().unwrap();
        assert_eq!(words[0], 0);
        let venous = f64::from(words[2].cast_signed()) / 10.0;
        assert!((venous - 8.0).abs() < 4.0, "{venous}");
        let inputs = monitor.read_discrete_inputs(0, 5).await.unwrap().unwrap();
        assert_eq!(inputs, [false; 5]);
    });
}

#[test]
fn the_control_socket_traces_every_millisecond_and_refuses_nonsense_in_words() {
    beside(|ready| async move {
        let mut control = Control::connect(&ready).await;
        let refused = control.ask(json!({"cmd": "inject", "fault": {"kind": "nosie", "line": "*"}})).await;
        assert!(refused["ok"] == false && refused["error"].as_str().unwrap().contains("nosie"));
        let refused = control.ask(json!({"cmd": "inject", "fault": {"kind": "echo", "line": "x"}})).await;
        assert!(refused["error"].as_str().unwrap().contains("no line"));
        assert_eq!(control.ask(json!({"cmd": "clear", "id": 99})).await["ok"], false);

        control.until(|state| state["time_s"].as_f64().unwrap() > 0.2).await;
        let first = control.ask(json!({"cmd": "extremes"})).await;
        assert!(first["extremes"]["steps"].as_u64().unwrap() >= 50, "{first}");

        let mut trace = Control::connect(&ready).await;
        let mut last = trace.ask(json!({"cmd": "trace", "period_ms": 1})).await["t_ns"].as_u64().unwrap();
        for _ in 0..200 {
            let bin = trace.line().await;
            assert_eq!(bin["steps"], 1);
            assert_eq!(bin["t_ns"].as_u64().unwrap(), last + 1_000_000, "no millisecond is left out");
            last += 1_000_000;
        }
    });
}
