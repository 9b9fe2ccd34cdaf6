//! Under which names the machine can be reached.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket},
};

use nix::{ifaddrs::getifaddrs, unistd::gethostname};

/// Addresses and host names, as a certificate lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Loopback included.
    pub addresses: BTreeSet<IpAddr>,
    /// Lower case, without a final dot.
    pub hosts: BTreeSet<String>,
}

impl Names {
    /// This machine's at this moment.
    pub fn of_this_machine() -> Self {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let mut hosts = BTreeSet::from(["localhost".to_owned()]);
        if let Some(host) = host_name() {
            hosts.insert(format!("{host}.local"));
            hosts.insert(host);
        }
        Self { addresses: loopback.into_iter().chain(lan_addresses()).collect(), hosts }
    }

    /// Everything in `other` is here too.
    pub fn cover(&self, other: &Names) -> bool {
        self.addresses.is_superset(&other.addresses) && self.hosts.is_superset(&other.hosts)
    }
}

/// The first label of the host's name, if it is one that a certificate can hold.
pub fn host_name() -> Option<String> {
    let name = gethostname().ok()?.into_string().ok()?.to_ascii_lowercase();
    let label = name.split('.').next()?;
    let fits = (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-');
    (fits && label != "localhost").then(|| label.to_owned())
}

/// Where other machines reach this one; the address of the way out first. Without those that only
/// work together with an interface's name (IPv6 link-local).
pub fn lan_addresses() -> Vec<IpAddr> {
    let interfaces = getifaddrs().into_iter().flatten();
    let addresses = interfaces.filter_map(|interface| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
    });
    let reachable = addresses.filter(|address| match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    });
    let mut addresses: Vec<_> = reachable.collect::<BTreeSet<_>>().into_iter().collect();
    let way_out = way_out();
    addresses.sort_by_key(|address| (Some(*address) != way_out, address.is_ipv6()));
    addresses
}

/// The address that a packet to the outside would carry. Connecting a UDP socket sends nothing.
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_at_least_localhost() {
        let names = Names::of_this_machine();
        assert!(names.hosts.contains("localhost"));
        assert!(names.addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(names.cover(&Names::default()) && !Names::default().cover(&names));
        assert!(lan_addresses().iter().all(|address| !address.is_loopback()));
    }
}
