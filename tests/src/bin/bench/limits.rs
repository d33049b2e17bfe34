//! What this machine can do at most: answering, inserting, syncing.

use anyhow::{Context, bail};
use axum::{Router, body::Bytes, routing::post};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use crate::{
    Stage, database,
    load::{connect, volley},
    machine::{now, number},
    report::{Figure, Report},
    tickets::Tickets,
};

/// The names under which other figures refer to these.
pub(crate) const POST_32: &str = "empty POST, 32 connections";
pub(crate) const POST_256: &str = "empty POST, 256 connections";
pub(crate) const INSERTS: &str = "SQLite inserts, 256 a transaction";
pub(crate) const SYNCS: &str = "4 KiB write and fdatasync";

/// Bytes written before each sync: a page of SQLite.
const PAGE: usize = 4_096;

/// The file that is synced does not grow: its pages are written over and over, as a write-ahead log's are.
const PAGES: u64 = 4_096;

/// Measures the limits.
pub(crate) async fn measure(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let server = EmptyPost::start().await?;
    let tickets = Tickets::with_key("none");
    for (name, connections) in [(POST_32, 32), (POST_256, 256)] {
        let mut rates = Vec::new();
        for run in 0..stage.runs {
            let wires = connect(server.addr, connections).await?;
            let volley = volley(wires, &tickets, u16::try_from(run)?, stage.time).await?;
            if let Some(trouble) = &volley.trouble {
                bail!("the empty POST was answered with {trouble}");
            }
            rates.push(volley.rate());
        }
        report.add(Figure::new(name, "requests/s", rates));
    }
    drop(server);
    let folder = tempfile::Builder::new().prefix("limits-").tempdir_in(&stage.folder)?;
    let mut inserts = Vec::new();
    for _ in 0..stage.runs {
        inserts.push(database::inserts(folder.path(), stage.time).await?);
    }
    report.add(Figure::new(INSERTS, "rows/s", inserts));
    let mut syncs = Vec::new();
    for _ in 0..stage.runs {
        let (file, time) = (folder.path().join("synced"), stage.time);
        syncs.push(tokio::task::spawn_blocking(move || self::syncs(&file, time)).await??);
    }
    report.add(Figure::new(SYNCS, "syncs/s", syncs));
    Ok(())
}

fn syncs(path: &Path, time: Duration) -> anyhow::Result<f64> {
    let mut file = File::create(path)?;
    let page = [0x5a_u8; PAGE];
    for _ in 0..PAGES {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let begun = now();
    let mut count = 0_usize;
    while now().duration_since(begun) < time {
        file.seek(SeekFrom::Start(u64::try_from(count)? % PAGES * PAGE as u64))?;
        file.write_all(&page)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(number(count) / now().duration_since(begun).as_secs_f64())
}

/// The child that answers and does nothing else.
struct EmptyPost {
    _child: Child,
    addr: SocketAddr,
}

impl EmptyPost {
    async fn start() -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let mut child = Command::new(own)
            .arg("empty-post")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = child.stdout.take().context("the child's output is not there")?;
        let line = BufReader::new(said).lines().next_line().await?.context("the child ended at once")?;
        Ok(Self { addr: line.trim().parse().context("the child did not say where it listens")?, _child: child })
    }
}

/// Serves until the process is ended: the same parts as the program's own server, and nothing behind them.
pub(crate) async fn serve_empty_post() -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    let router = Router::new().route("/api/v1/tickets/ingest", post(async |_: Bytes| ()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        let mut builder = http1::Builder::new();
        let connection = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        // A connection ends when its peer goes away, which is no news.
        tokio::spawn(async move { drop(connection.await) });
    }
}
