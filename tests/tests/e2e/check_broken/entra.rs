//! Entra ID and Microsoft 365.

use countersign_sandbox::Vendor;
use countersign_tests::Settings;
use serde_json::{Value, json};

use super::{Broken, FAILS, apply, astray, cut_off, each, edit, wrong_secret};

/// What the sandbox's application has been granted, but for one.
fn without(permission: &str) -> Value {
    let granted = [
        "AuditLog.Read.All",
        "GroupMember.ReadWrite.All",
        "IdentityRiskyUser.ReadWrite.All",
        "LicenseAssignment.Read.All",
        "LicenseAssignment.ReadWrite.All",
        "RoleManagement.Read.Directory",
        "User.EnableDisableAccount.All",
        "User.Read.All",
        "User.ReadUpdate.All",
    ];
    let left: Vec<&str> = granted.into_iter().filter(|name| *name != permission).collect();
    json!({"op": "set_permissions", "permissions": left})
}

fn and(permission: &str) -> Value {
    let mut command = without("");
    if let Some(all) = command["permissions"].as_array_mut() {
        all.push(json!(permission));
    }
    command
}

const GRAPH: [Broken; 11] = [
    Broken {
        how: "wrong tenant",
        breaks: |bed| {
            let tenant = bed.sandbox.credentials().entra_tenant_id.clone();
            edit(bed, &format!("tenant_id = \"{tenant}\""), "tenant_id = \"5a4db0c5-0000-4000-8000-00000000dead\"")
        },
        line: "acme system entra credential",
        says: &["refuses the application"],
        mend: &["tenant"],
        ..FAILS
    },
    Broken {
        how: "wrong application",
        breaks: |bed| {
            let client = bed.sandbox.credentials().entra_client_id.clone();
            edit(bed, &format!("client_id = \"{client}\""), "client_id = \"5a4db0c5-0000-4000-8000-00000000dead\"")
        },
        line: "acme system entra credential",
        says: &["refuses the application"],
        mend: &["client_id"],
        ..FAILS
    },
    Broken {
        how: "wrong address",
        breaks: |bed| astray(bed, "graph"),
        line: "acme system entra address",
        says: &["not Microsoft's sign-in service"],
        mend: &["login_base_url"],
        ..FAILS
    },
    Broken {
        how: "bad secret",
        breaks: |bed| wrong_secret(bed, "ENTRA_CLIENT_SECRET"),
        line: "acme system entra credential",
        says: &["AADSTS7000215"],
        mend: &["secret"],
        ..FAILS
    },
    Broken {
        how: "expired secret",
        breaks: |bed| apply(bed, Vendor::Graph, json!({"op": "set_secret", "expired": true})),
        line: "acme system entra credential",
        says: &["AADSTS7000222"],
        mend: &["secret"],
        ..FAILS
    },
    Broken {
        how: "missing permission",
        breaks: |bed| apply(bed, Vendor::Graph, without("GroupMember.ReadWrite.All")),
        line: "acme system entra permission GroupMember.ReadWrite.All",
        says: &["has not been granted", "POST /groups/{id}/members/$ref"],
        mend: &["adminconsent?client_id="],
        ..FAILS
    },
    Broken {
        how: "excess permission",
        breaks: |bed| apply(bed, Vendor::Graph, and("Mail.Read")),
        line: "acme system entra permission Mail.Read",
        verdict: "warning",
        says: &["nothing here needs"],
        mend: &["remove Mail.Read"],
        ..FAILS
    },
    Broken {
        how: "dangerous permission",
        breaks: |bed| apply(bed, Vendor::Graph, and("RoleManagement.ReadWrite.Directory")),
        line: "acme system entra permission RoleManagement.ReadWrite.Directory",
        verdict: "warning",
        says: &["DANGEROUS"],
        mend: &["remove"],
        ..FAILS
    },
    Broken {
        how: "tenant without the licence to see risks",
        breaks: |bed| apply(bed, Vendor::Graph, json!({"op": "set_tenant", "p2_licence": false})),
        line: "acme system entra Identity Protection",
        verdict: "warning",
        says: &["P2"],
        ..FAILS
    },
    Broken {
        how: "wrong clock",
        breaks: |bed| Ok(bed.sandbox.set_clock(Vendor::Graph, Some(400))?),
        line: "acme system entra clock",
        says: &["behind Microsoft Graph's"],
        mend: &["NTP"],
        ..FAILS
    },
    Broken {
        how: "no network",
        breaks: |bed| cut_off(bed, "graph"),
        line: "acme system entra address",
        says: &["cannot be reached"],
        mend: &["firewall", "proxy"],
        ..FAILS
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn entra_that_is_broken_in_any_way_is_told_with_what_to_do() -> anyhow::Result<()> {
    each(&GRAPH, Settings::default).await
}
