//! `check` over every connection, broken in every way: the line that says so, what it says to do, and that every other
//! line stays as it was.

mod channel;
mod desk;
mod entra;
mod okta;

use anyhow::{Context, ensure};
use countersign_sandbox::Vendor;
use countersign_tests::{Bed, Said, Settings, text_of};
use serde_json::Value;
use std::net::TcpListener;

/// One way in which a connection is broken, and what is to be read then.
struct Broken {
    how: &'static str,
    /// Breaks it.
    breaks: fn(&mut Bed) -> anyhow::Result<()>,
    /// The line that says so.
    line: &'static str,
    /// `failed`, or `warning` where it still works.
    verdict: &'static str,
    /// Words that stand in it.
    says: &'static [&'static str],
    /// Words that stand in what it says to do.
    mend: &'static [&'static str],
    /// Beginnings of other lines that cannot be well then.
    also: &'static [&'static str],
}

/// One that fails, alone.
const FAILS: Broken =
    Broken { how: "", breaks: |_| Ok(()), line: "", verdict: "failed", says: &[], mend: &[], also: &[] };

/// Replaces text of the configuration.
fn edit(bed: &Bed, from: &str, to: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&bed.config)?;
    ensure!(text.contains(from), "the configuration has no {from:?}");
    Ok(std::fs::write(&bed.config, text.replace(from, to))?)
}

/// Puts an address that answers, but is none of the vendor's, in the place of the vendor's.
fn astray(bed: &Bed, vendor: &str) -> anyhow::Result<()> {
    let here = format!("http://{}", bed.sandbox.addr());
    edit(bed, &format!("\"{here}/{vendor}\""), &format!("\"{here}/nowhere\""))
}

/// Puts an address where nobody listens in the place of the vendor's.
fn cut_off(bed: &Bed, vendor: &str) -> anyhow::Result<()> {
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    edit(bed, &format!("\"http://{}/{vendor}\"", bed.sandbox.addr()), &format!("\"http://{nobody}/{vendor}\""))
}

fn wrong_secret(bed: &mut Bed, name: &str) -> anyhow::Result<()> {
    bed.environment.insert(name.to_owned(), "wrong-and-secret".to_owned()).context("there is no such secret")?;
    Ok(())
}

fn apply(bed: &Bed, vendor: Vendor, command: Value) -> anyhow::Result<()> {
    bed.sandbox.apply(vendor, command)?;
    Ok(())
}

/// The lines of a check that are not well, as (what, verdict).
fn unwell(lines: &[Value]) -> Vec<(String, String)> {
    let troubled = lines.iter().filter(|line| line["verdict"] != "ok");
    troubled.map(|line| (text_of(line, "/what").to_owned(), text_of(line, "/verdict").to_owned())).collect()
}

/// A stage with the secrets of every way to sign in.
async fn prepared(settings: Settings) -> anyhow::Result<Option<Bed>> {
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(None) };
    let key = bed.sandbox.credentials().okta_private_key.clone();
    bed.environment.insert("OKTA_PRIVATE_KEY".to_owned(), key);
    Ok(Some(bed))
}

/// Breaks a stage of its own in each way, and compares what `check` says with what it says of a sound one.
async fn each(cases: &[Broken], settings: fn() -> Settings) -> anyhow::Result<()> {
    let Some(sound) = prepared(settings()).await? else { return Ok(()) };
    let usual = unwell(&sound.on_config(&["check", "--json"]).await?.well()?.lines()?);
    let mut wrong = Vec::new();
    for case in cases {
        let Some(mut bed) = prepared(settings()).await? else { return Ok(()) };
        (case.breaks)(&mut bed).with_context(|| case.how)?;
        let said = bed.on_config(&["check", "--json"]).await?;
        if let Err(why) = case.judge(&said, &usual) {
            wrong.push(format!("{}: {why}", case.how));
        }
        ensure!(bed.sandbox.writes() == 0, "{}: a check changes nothing", case.how);
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

impl Broken {
    /// Compares what was said with what is to be read.
    fn judge(&self, said: &Said, usual: &[(String, String)]) -> anyhow::Result<()> {
        let lines = said.lines()?;
        let unwell = unwell(&lines);
        let line = lines.iter().find(|line| line["what"] == self.line);
        let line = line.with_context(|| format!("no line {:?}, but {unwell:?}", self.line))?;
        ensure!(line["verdict"] == self.verdict, "{line}");
        for (words, place) in
            self.says.iter().map(|words| (words, "/says")).chain(self.mend.iter().map(|words| (words, "/mend")))
        {
            ensure!(text_of(line, place).contains(words), "no {words:?} in {place} of {line}");
        }
        ensure!(text_of(line, "/mend").len() > 10, "nothing to do: {line}");
        let expected = |what: &str| what == self.line || self.also.iter().any(|also| what.starts_with(also));
        let others: Vec<_> =
            unwell.into_iter().filter(|trouble| !usual.contains(trouble) && !expected(&trouble.0)).collect();
        ensure!(others.is_empty(), "{others:?} besides {line}");
        ensure!(said.code == i32::from(self.verdict == "failed"), "exit code {}", said.code);
        ensure!(!format!("{said:?}").contains("wrong-and-secret"), "a secret is shown");
        Ok(())
    }
}
