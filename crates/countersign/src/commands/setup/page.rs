//! How what is to be pasted is laid out.

use super::table::Need;

/// Text set in by three columns.
pub(super) fn indented(text: &str) -> String {
    let set_in = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("   {line}\n") };
    text.lines().map(set_in).collect()
}

/// Needs of one sort, as lines: `  name   RB-001, RB-002   for GET /users`.
pub(super) fn lines(needs: &[Need], sort: &str) -> String {
    let of_sort: Vec<&Need> = needs.iter().filter(|need| need.permission.sort == sort).collect();
    let widest = of_sort.iter().map(|need| need.permission.name.len()).max().unwrap_or(0);
    let runbooks = of_sort.iter().map(|need| need.runbooks.join(" ").len()).max().unwrap_or(0);
    let line = |need: &&Need| {
        format!(
            "   {:<widest$}  {:<runbooks$}  {}\n",
            need.permission.name,
            need.runbooks.join(" "),
            need.permission.calls.join(", ")
        )
    };
    of_sort.iter().map(line).collect()
}
