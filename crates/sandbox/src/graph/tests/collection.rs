use serde_json::json;

use super::Fake;
use crate::Seed;

const TOM: &str = "tom.okafor@acme.com";

#[tokio::test]
async fn filters_find_by_mail_name_and_state() {
    let fake = Fake::new().await;
    for filter in [
        "mail eq 'tom.okafor@acme.com'",
        "userPrincipalName eq 'TOM.OKAFOR@acme.com'",
        "mail eq 'nobody@acme.com' or userPrincipalName eq 'tom.okafor@acme.com'",
        "(displayName eq 'tom okafor')",
        "givenName eq 'Tom' and surname eq 'Okafor'",
        "startswith(displayName,'Tom')",
        "mail in ('tom.okafor@acme.com','nobody@acme.com')",
    ] {
        assert_eq!(fake.filter(filter).await.column("userPrincipalName"), [TOM], "{filter}");
    }
    assert_eq!(fake.filter("displayName eq 'Alex Kim'").await.rows().len(), 2);
    assert_eq!(fake.filter("accountEnabled eq false").await.column("mail"), ["maria.silva@acme.com"]);
    assert_eq!(fake.filter("usageLocation eq null").await.column("mail"), ["priya.nair@acme.com"]);
}

#[tokio::test]
async fn quote_in_a_name_must_be_doubled() {
    let fake = Fake::new().await;
    fake.apply(json!({
        "op": "create_user", "login": "sinead@acme.com", "given_name": "Sinead", "family_name": "O'Neil",
    }));
    assert_eq!(fake.filter("surname eq 'O''Neil'").await.column("mail"), ["sinead@acme.com"]);
    let undoubled = fake.filter("surname eq 'O'Neil'").await;
    assert_eq!(undoubled.code(), (400, "BadRequest"));
    assert!(undoubled.message().contains("unterminated string literal at position 18"), "{}", undoubled.message());
}

#[tokio::test]
async fn unreadable_filters_and_unknown_properties_are_400() {
    let fake = Fake::new().await;
    let deep = format!("{}mail eq 'x'{}", "(".repeat(40), ")".repeat(40));
    for filter in [
        "",
        "mail",
        "mail eq",
        "mail is 'x'",
        "mail eq 'x' mail eq 'y'",
        "(mail eq 'x'",
        "shoeSize eq '4'",
        "mail startswith 'x'",
        &deep,
    ] {
        assert_eq!(fake.filter(filter).await.code(), (400, "BadRequest"), "{filter:?}");
    }
}

#[tokio::test]
async fn advanced_filter_needs_the_header_and_the_count() {
    let fake = Fake::new().await;
    for filter in [
        "proxyAddresses/any(x:x eq 'smtp:tom.okafor@acme.com')",
        "endswith(mail,'okafor@acme.com')",
        "surname ne 'Chen' and givenName eq 'Tom'",
        "not(surname eq 'Chen') and givenName eq 'Tom'",
    ] {
        let query = [("$filter", filter), ("$count", "true")];
        let header_missing = fake.query("/v1.0/users", &query).await;
        assert_eq!(header_missing.code(), (400, "Request_UnsupportedQuery"), "{filter}");
        let count_missing = fake.advanced("/v1.0/users", &query[..1]).await;
        assert_eq!(count_missing.code(), (400, "Request_UnsupportedQuery"), "{filter}");
        let both = fake.advanced("/v1.0/users", &query).await;
        assert_eq!(both.column("mail"), [TOM], "{filter}");
        assert_eq!(both.body["@odata.count"], 1, "{filter}");
    }
}

#[tokio::test]
async fn search_needs_the_header_and_matches_beginnings_of_words() {
    let fake = Fake::new().await;
    let query = [("$search", "\"displayName:oka\"")];
    assert_eq!(fake.query("/v1.0/users", &query).await.code(), (400, "Request_UnsupportedQuery"));
    assert_eq!(fake.advanced("/v1.0/users", &query).await.column("mail"), [TOM]);
    assert!(fake.advanced("/v1.0/users", &[("$search", "\"displayName:kafor\"")]).await.rows().is_empty());
    assert_eq!(fake.advanced("/v1.0/users", &[("$search", "displayName:oka")]).await.code(), (400, "BadRequest"));
}

#[tokio::test]
async fn pages_follow_the_next_link_and_keep_the_query() {
    let fake = Fake::new().await;
    let everybody = fake.query("/v1.0/users", &[("$select", "id")]).await;
    assert_eq!(everybody.next(), None);
    let mut seen = Vec::new();
    let mut path = Some("/v1.0/users?$top=4&$select=id".to_owned());
    while let Some(next) = path {
        let page = fake.get(&next).await;
        assert!(page.rows().len() <= 4);
        assert!(page.rows().iter().all(|row| row.as_object().unwrap().len() == 1), "$select survives the link");
        seen.extend(page.column("id").into_iter().map(str::to_owned));
        path = page.next().map(str::to_owned);
    }
    assert!(seen.len() > 4);
    assert_eq!(seen, everybody.column("id"));
}

#[tokio::test]
async fn page_sizes_tokens_and_unknown_options_are_checked() {
    let fake = Fake::new().await;
    for top in ["0", "1000", "many"] {
        assert_eq!(fake.query("/v1.0/users", &[("$top", top)]).await.code(), (400, "Request_BadRequest"), "{top}");
    }
    assert_eq!(fake.query("/v1.0/users", &[("$skiptoken", "x")]).await.code(), (400, "Request_BadRequest"));
    assert_eq!(fake.query("/v1.0/users", &[("$skip", "2")]).await.code(), (400, "BadRequest"));
    assert_eq!(fake.query("/v1.0/users", &[("$select", "id,shoeSize")]).await.code(), (400, "BadRequest"));
}

#[tokio::test]
async fn rows_are_ordered_where_asked() {
    let fake = Fake::new().await;
    let ascending = fake.query("/v1.0/groups", &[("$orderby", "displayName")]).await;
    let descending = fake.query("/v1.0/groups", &[("$orderby", "displayName desc")]).await;
    let mut names = ascending.column("displayName");
    assert_eq!(names[0], "All-Staff");
    names.reverse();
    assert_eq!(names, descending.column("displayName"));
}

#[tokio::test]
async fn empty_sandbox_has_nobody_but_still_groups_and_subscriptions() {
    let fake = Fake::with(|options| options.seed = Seed::Empty).await;
    assert!(fake.get("/v1.0/users").await.rows().is_empty());
    assert!(!fake.get("/v1.0/groups").await.rows().is_empty());
    assert!(!fake.get("/v1.0/subscribedSkus").await.rows().is_empty());
}
