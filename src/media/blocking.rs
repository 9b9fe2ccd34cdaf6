//! Work that blocks: files and devices that may not answer.

use std::time::Duration;

use tokio::sync::oneshot;

/// Does what may block on a thread where that is no harm, and gives it up after `time`. The error: it has not come
/// back; what is returned ends when it has, and until then nobody should try the same again, since each attempt
/// costs a thread.
pub async fn within<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, oneshot::Receiver<()>> {
    let (at_work, back) = oneshot::channel();
    let working = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(at_work);
        done
    });
    match tokio::time::timeout(time, working).await {
        Ok(Ok(done)) => Ok(done),
        _ => Err(back),
    }
}
