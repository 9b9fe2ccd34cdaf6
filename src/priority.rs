//! Who waits for whom when the machine is full.

/// Makes the calling thread, and those it will start, give way to threads of a lower `niceness`; from 0, as
/// all begin, to 19. On Linux niceness is a thread's own (sched(7)).
pub fn lower(niceness: i32) {
    // A thread that stays as it was is only less polite.
    let _ = rustix::process::setpriority_process(None, niceness);
}
