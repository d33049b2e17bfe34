//! Two addresses, TLS, and secrets that are replaced while the service runs.

use anyhow::ensure;
use countersign_tests::{APPROVER, Bed, Settings, client_that_trusts, forged_interaction, text_of, ticket, until};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";

#[tokio::test(flavor = "multi_thread")]
async fn administrators_have_an_address_of_their_own() -> anyhow::Result<()> {
    let line = "listen = \"127.0.0.1:0\"";
    let settings = Settings::default().edit(line, &format!("{line}\nadmin_listen = \"127.0.0.1:0\""));
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    let (public, admin) = (bed.base()?, bed.service_mut()?.admin.clone());
    assert_ne!(public, admin);
    // Tickets come in and decisions are made at the public address.
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    let run = format!("/api/v1/runs/{}", lost.run);
    let seen = until("the run is planned", async || {
        let seen = bed.call_at(&format!("{admin}{run}"), "GET", &bed.key, None).await?;
        ensure!(seen.status == 200, "{} {}", seen.status, seen.body);
        Ok((seen.body["status"] == "awaiting_approval" && bed.cards(&lost.run).len() == 1).then_some(seen.body))
    })
    .await?;
    for (method, path) in [
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/api/v1/runs"),
        ("GET", run.as_str()),
        ("GET", "/api/v1/quarantine"),
        ("GET", "/api/v1/audit/entries"),
        ("POST", "/api/v1/pause"),
    ] {
        let outside = bed.call_at(&format!("{public}{path}"), method, &bed.key, None).await?;
        assert_eq!((outside.status, outside.kind.as_str()), (404, "application/problem+json"), "{path}");
        let inside = bed.call_at(&format!("{admin}{path}"), method, &bed.key, None).await?;
        assert_eq!(inside.status, if method == "POST" { 403 } else { 200 }, "{path}: {}", inside.body);
    }
    let body = json!({"decision": "approve", "planDigest": text_of(&seen, "/plan/digest")}).to_string();
    let path = format!("{run}/decision");
    let outside = bed.call_at(&format!("{public}{path}"), "POST", &bed.decider, Some(body)).await?;
    assert_eq!(outside.status, 404, "{}", outside.body);
    bed.approve(&lost.run, APPROVER).await?;
    until("the run has succeeded", async || {
        let seen = bed.call_at(&format!("{admin}{run}"), "GET", &bed.key, None).await?;
        Ok((seen.body["status"] == "succeeded").then_some(()))
    })
    .await
}

/// A certificate of this machine's address, and its key, as PEM.
fn certificate() -> anyhow::Result<(String, String)> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    Ok((cert.pem(), signing_key.serialize_pem()))
}

#[tokio::test(flavor = "multi_thread")]
async fn service_speaks_tls_and_takes_up_a_renewed_certificate_without_a_restart() -> anyhow::Result<()> {
    let line = "listen = \"127.0.0.1:0\"";
    let files = "tls = { certificate = \"tls.pem\", key = \"tls.key\" }";
    let settings = Settings::default().edit(line, &format!("{line}\n{files}"));
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(()) };
    let said = bed.on_config(&["serve"]).await?;
    assert_eq!(said.code, 64, "{said:?}");
    assert!(said.err.contains("server.tls") && said.err.contains("tls.pem"), "{}", said.err);
    let (first, key) = certificate()?;
    bed.write("tls.pem", &first)?;
    bed.write("tls.key", &key)?;
    bed.trust(&first)?;
    bed.make_keys().await?;
    bed.serve().await?;
    assert!(bed.base()?.starts_with("https://"), "{}", bed.base()?);
    let plain = bed.base()?.replace("https://", "http://");
    let refused = bed.call_at(&format!("{plain}/healthz"), "GET", "", None).await;
    assert!(refused.map_or(true, |reply| reply.status != 200), "it is answered without TLS too");
    assert_eq!(bed.get("/api/v1/runs").await?["runs"], json!([]));
    let (second, key) = certificate()?;
    let newly = client_that_trusts(&second)?;
    let url = format!("{}/healthz", bed.base()?);
    assert!(newly.get(&url).send().await.is_err(), "the new certificate is known before it is there");
    bed.write("tls.pem", &second)?;
    bed.write("tls.key", &key)?;
    until("the renewed certificate is shown", async || {
        // A connection that is kept is kept with the certificate it began with.
        Ok(client_that_trusts(&second)?.get(&url).send().await.is_ok_and(|answer| answer.status() == 200).then_some(()))
    })
    .await?;
    bed.trust(&second)?;
    assert_eq!(bed.get("/api/v1/runs").await?["runs"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_secret_that_is_replaced_in_its_file_takes_effect_while_the_service_runs() -> anyhow::Result<()> {
    let settings = Settings::default().edit("{ env = \"SLACK_SIGNING_SECRET\" }", "{ file = \"slack-signing\" }");
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(()) };
    bed.write("slack-signing", "the-secret-of-before\n")?;
    bed.make_keys().await?;
    bed.serve().await?;
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    bed.until_card(&lost.run, 1).await?;
    // Nobody who may decide, so that what is let in changes nothing.
    let knock = async |secret: &str| -> anyhow::Result<u16> {
        let stamp = countersign_sandbox::system_now()() / 1_000_000;
        let (stamp, signature, body) = forged_interaction(secret, stamp, &lost.run, "U0789SARAH");
        let headers = [("x-slack-request-timestamp", stamp.as_str()), ("x-slack-signature", signature.as_str())];
        Ok(bed.interact(&headers, &body).await?.status)
    };
    assert_eq!((knock("the-secret-of-before").await?, knock("sandbox-signing-secret").await?), (200, 401));
    // A file that is empty for a moment takes nothing away.
    bed.write("slack-signing", "")?;
    until("the service says that the file cannot be used", async || {
        let log = std::fs::read_to_string(bed.folder.path().join("service.log"))?;
        Ok(log.contains("slack-signing").then_some(()))
    })
    .await?;
    assert_eq!(knock("the-secret-of-before").await?, 200);
    bed.write("slack-signing", "sandbox-signing-secret\n")?;
    until("the new secret is taken", async || Ok((knock("sandbox-signing-secret").await? == 200).then_some(())))
        .await?;
    assert_eq!(knock("the-secret-of-before").await?, 401, "the old one is still taken");
    let log = std::fs::read_to_string(bed.folder.path().join("service.log"))?;
    assert!(!log.contains("secret-of-before") && !log.contains("sandbox-signing-secret"), "a secret is in the log");
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    bed.one_of_each(&lost)
}
