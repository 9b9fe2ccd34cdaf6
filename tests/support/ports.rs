//! Free ports on loopback.

use std::net::{TcpListener, UdpSocket};

/// A TCP port nobody listens on at this moment.
pub fn tcp() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// A UDP port nobody listens on at this moment.
pub fn udp() -> u16 {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}
