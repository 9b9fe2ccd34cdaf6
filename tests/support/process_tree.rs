//! CPU time and memory of a process and all its descendants, from /proc.

use std::{collections::HashMap, fs};

use nix::unistd::{SysconfVar, sysconf};

/// Memory of a tree, bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// In RAM now, shared pages counted for each process.
    pub resident: u64,
    /// The most that was in RAM.
    pub peak: u64,
}

/// Parent and CPU ticks of a process; `None` if it has ended.
fn stat(pid: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let fields: Vec<&str> = text[text.rfind(')')? + 2..].split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some((u32::try_from(number(1)?).ok()?, number(11)? + number(12)?))
}

/// The process and all its living descendants.
pub fn pids(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").expect("/proc is there").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some((parent, _)) = stat(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next).copied() {
        tree.extend(children.remove(&pid).unwrap_or_default());
        next += 1;
    }
    tree
}

/// User and system CPU seconds of a tree since its start.
pub fn cpu(root: u32) -> f64 {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().expect("every Linux has a tick") as f64;
    pids(root).into_iter().filter_map(stat).map(|(_, spent)| spent as f64).sum::<f64>() / ticks
}

/// Memory of a tree.
pub fn memory(root: u32) -> Memory {
    let mut memory = Memory::default();
    for pid in pids(root) {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let bytes = |label: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(label));
            let word = line.and_then(|line| line.split_whitespace().next());
            word.and_then(|word| word.parse::<u64>().ok()).unwrap_or(0) * 1024
        };
        memory.resident += bytes("VmRSS:");
        memory.peak += bytes("VmHWM:");
    }
    memory
}
