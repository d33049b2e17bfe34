//! The load: raw connections, each with one request under way at a time.

use anyhow::{Context, bail};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    machine::{now, number},
    tickets::Tickets,
};

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Wire {
    /// Connects.
    pub(crate) async fn to(addr: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(4_096) })
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn call(&mut self, request: &[u8]) -> anyhow::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (status, begin, length) = loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the connection was closed before an answer came");
            }
            if let Some(head) = head(&self.received)? {
                break head;
            }
        };
        while self.received.len() < begin + length {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the connection was closed within an answer");
            }
        }
        Ok(Reply { status, body: &self.received[begin..begin + length] })
    }
}

/// The status, where the body begins and how long it is, once the whole head is there.
fn head(received: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&received[..end]).context("an answer's head is not text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let (Some(status), Some(length)) = (status, length) else { bail!("an answer has no status or no length: {text}") };
    Ok(Some((status, end + 4, length)))
}

/// What came of a volley.
#[derive(Default)]
pub(crate) struct Volley {
    /// The numbers of the tickets whose request was answered with 200.
    pub(crate) taken: Vec<u64>,
    /// How long each of these answers took, in microseconds; sorted.
    pub(crate) micros: Vec<u32>,
    /// Requests answered otherwise.
    pub(crate) refused: usize,
    /// The first answer that was not 200, or the first connection that broke.
    pub(crate) trouble: Option<String>,
    /// From the first request to the last answer, in seconds.
    pub(crate) seconds: f64,
}

impl Volley {
    /// Answers of 200 in a second.
    pub(crate) fn rate(&self) -> f64 {
        number(self.taken.len()) / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// What this share of the answers took at most, in milliseconds.
    pub(crate) fn within(&self, percent: usize) -> f64 {
        let place = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        self.micros.get(place).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }

    fn add(&mut self, other: Self) {
        self.taken.extend(other.taken);
        self.micros.extend(other.micros);
        self.refused += other.refused;
        self.trouble = self.trouble.take().or(other.trouble);
    }
}

/// Connects so many times. Not part of any figure: a burst of connections waits for the listener's queue.
pub(crate) async fn connect(addr: SocketAddr, connections: usize) -> anyhow::Result<Vec<Wire>> {
    let mut wires = Vec::with_capacity(connections);
    for _ in 0..connections {
        wires.push(Wire::to(addr).await.with_context(|| format!("no connection to {addr}"))?);
    }
    Ok(wires)
}

/// Sends tickets over these connections for so long; `number` tells its tickets from those of other volleys. A connection
/// that breaks ends its share of the load and is reported, not an error: the service may be killed on purpose.
pub(crate) async fn volley(wires: Vec<Wire>, tickets: &Tickets, number: u16, time: Duration) -> anyhow::Result<Volley> {
    let begun = now();
    let end = begun + time;
    let senders: Vec<_> = wires
        .into_iter()
        .enumerate()
        .map(|(place, wire)| tokio::spawn(send(wire, tickets.of(number, place), end)))
        .collect();
    let mut all = Volley::default();
    for sender in senders {
        all.add(sender.await?);
    }
    all.seconds = now().duration_since(begun).as_secs_f64();
    all.micros.sort_unstable();
    Ok(all)
}

async fn send(mut wire: Wire, mut tickets: Tickets, end: Instant) -> Volley {
    let mut share = Volley::default();
    let mut sent = now();
    while sent < end {
        let (ticket, request) = tickets.next();
        match wire.call(request).await {
            Ok(reply) if reply.status == 200 => share.taken.push(ticket),
            Ok(reply) => {
                share.refused += 1;
                let text = String::from_utf8_lossy(reply.body);
                share.trouble.get_or_insert_with(|| format!("{}: {}", reply.status, text.trim()));
            }
            Err(error) => {
                share.trouble.get_or_insert_with(|| format!("{error:#}"));
                break;
            }
        }
        let answered = now();
        share.micros.push(u32::try_from(answered.duration_since(sent).as_micros()).unwrap_or(u32::MAX));
        sent = answered;
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nx: y\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(head(&answer[..30]).unwrap(), None);
        assert_eq!(head(answer).unwrap(), Some((200, answer.len() - 5, 5)));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_of_few_answers_are_among_them() {
        let volley = Volley { micros: vec![1_000, 2_000, 3_000], ..Volley::default() };
        assert_eq!((volley.within(50), volley.within(99)), (2.0, 3.0));
        assert!(Volley::default().within(99).abs() < f64::EPSILON);
    }
}
