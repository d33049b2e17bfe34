//! The desk's form fields and requested items, put into runbook slots by the configured table.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::client::{RequestedItem, Ticket};

/// The slots a field can be mapped to, as [`countersign_domain::ticket::FetchedTicket::fields`] names them.
pub(super) const SLOTS: [&str; 8] =
    ["target", "group", "action", "sku", "new_hire.name", "new_hire.email", "new_hire.groups", "new_hire.license"];
/// Slots that may hold several values, separated by commas.
const LISTS: [&str; 2] = ["group", "new_hire.groups"];
/// Not a form field but the catalogue item's own name: `Microsoft 365 E3`.
pub(super) const ITEM_NAME: &str = "service_item_name";
/// Longest value taken over, in characters: a longer one is prose, and a cut one would be wrong.
const LONGEST: usize = 300;

/// The values of the mapped fields by slot. Where a slot for one value gets two different ones, it stays empty: nothing
/// is guessed.
pub(super) fn slots(
    table: &BTreeMap<String, String>,
    ticket: &Ticket,
    items: &[RequestedItem],
) -> BTreeMap<String, String> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (field, slot) in table {
        let of_ticket = ticket.custom_fields.iter().filter_map(|fields| fields.get(field)).flat_map(values);
        let of_items = items.iter().flat_map(|item| values_of_item(item, field));
        for value in of_ticket.chain(of_items) {
            let known = found.entry(slot).or_default();
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }
    found
        .into_iter()
        .filter(|(slot, values)| values.len() == 1 || (!values.is_empty() && LISTS.contains(slot)))
        .map(|(slot, values)| (slot.to_owned(), values.join(", ")))
        .collect()
}

fn values_of_item(item: &RequestedItem, field: &str) -> Vec<String> {
    let own_name = item.service_item_name.iter().filter(|_| field == ITEM_NAME).filter_map(|name| text(name));
    let fields: Option<&Map<String, Value>> = item.custom_fields.as_ref();
    own_name.chain(fields.and_then(|fields| fields.get(field)).into_iter().flat_map(values)).collect()
}

/// What a field holds, as texts: a text, number or tick box is one value, a list several; anything else none.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(words) => text(words).into_iter().collect(),
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Array(list) => list.iter().filter(|entry| !entry.is_array()).flat_map(values).collect(),
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// A text in one line; `None` where it is empty or longer than a value is.
fn text(words: &str) -> Option<String> {
    let line = words.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (!line.is_empty() && line.chars().count() <= LONGEST).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(field, slot)| ((*field).to_owned(), (*slot).to_owned())).collect()
    }

    fn ticket(fields: Value) -> Ticket {
        Ticket { custom_fields: serde_json::from_value(fields).unwrap(), ..Ticket::default() }
    }

    fn item(name: &str, fields: Value) -> RequestedItem {
        RequestedItem {
            service_item_name: Some(name.to_owned()),
            custom_fields: serde_json::from_value(fields).unwrap(),
            ..RequestedItem::default()
        }
    }

    #[test]
    fn mapped_fields_of_ticket_and_items_fill_their_slots() {
        let table = table(&[("affected_user", "target"), ("service_item_name", "sku"), ("unused", "action")]);
        let found = slots(
            &table,
            &ticket(json!({"affected_user": " sarah.chen@acme.com ", "other": "x"})),
            &[item("Microsoft 365 E3", json!(null))],
        );
        assert_eq!(found, table_of(&[("sku", "Microsoft 365 E3"), ("target", "sarah.chen@acme.com")]));
    }

    fn table_of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        table(pairs)
    }

    #[test]
    fn two_different_values_for_one_slot_leave_it_empty() {
        let table = table(&[("user", "target")]);
        let items = [item("a", json!({"user": "sarah@acme.com"})), item("b", json!({"user": "tom@acme.com"}))];
        assert!(slots(&table, &ticket(json!(null)), &items).is_empty());
        let same = [item("a", json!({"user": "sarah@acme.com"})), item("b", json!({"user": "sarah@acme.com"}))];
        assert_eq!(slots(&table, &ticket(json!(null)), &same), table_of(&[("target", "sarah@acme.com")]));
    }

    #[test]
    fn groups_are_joined() {
        let table = table(&[("groups", "new_hire.groups")]);
        let found = slots(&table, &ticket(json!({"groups": ["proj-atlas", null, "Finance-Readers"]})), &[]);
        assert_eq!(found, table_of(&[("new_hire.groups", "proj-atlas, Finance-Readers")]));
    }

    #[test]
    fn blanks_nulls_objects_and_prose_are_no_values() {
        let table = table(&[("a", "target"), ("b", "group"), ("c", "sku"), ("d", "action"), ("e", "new_hire.name")]);
        let fields = json!({"a": " \n ", "b": null, "c": {"id": 1}, "d": "x".repeat(301), "e": [[["deep"]]]});
        assert!(slots(&table, &ticket(fields), &[]).is_empty());
    }

    #[test]
    fn values_become_one_line() {
        let found = slots(&table(&[("a", "target")]), &ticket(json!({"a": "Sarah\r\n\tChen\u{0}x"})), &[]);
        assert_eq!(found, table_of(&[("target", "Sarah Chen x")]));
    }
}
