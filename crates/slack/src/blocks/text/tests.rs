use super::*;

fn plain(text: &str, limit: usize) -> (String, bool) {
    let mut cut = Cut::default();
    (PlainText::new(text, limit, &mut cut).as_str().to_owned(), cut.0)
}

fn marked(markup: Markup) -> String {
    markup.within(3000).text
}

#[test]
fn a_text_that_fits_is_left_whole() {
    assert_eq!(plain("abc", 3), ("abc".to_owned(), false));
}

#[test]
fn a_text_too_long_is_cut_at_a_character_and_says_so() {
    assert_eq!(plain("abcd", 3), ("ab…".to_owned(), true));
    assert_eq!(plain("aüöx", 3), ("aü…".to_owned(), true));
    let (text, cut) = plain(&"👩".repeat(100), 50);
    assert!(cut && units(&text) <= 50 && text.ends_with("👩…"), "{text}");
    let (text, cut) = plain(&"x".repeat(10_000), 3000);
    assert!(cut && units(&text) == 3000);
}

#[test]
fn a_text_is_never_empty() {
    for nothing in ["", "  ", "\u{200b}\u{feff}", "\n\n"] {
        assert_eq!(plain(nothing, 10), ("–".to_owned(), false));
    }
}

#[test]
fn plain_text_turns_no_name_into_a_picture() {
    let json = serde_json::to_value(PlainText::new(":x: *a* `b`", 100, &mut Cut::default())).unwrap();
    assert_eq!(json, serde_json::json!({"type": "plain_text", "text": ":x: *a* `b`", "emoji": false}));
}

#[test]
fn what_slack_would_call_out_is_broken_up() {
    for hostile in ["<!channel>", "<!here|x>", "<@U123>", "<#C123>", "<<!everyone>", "<\u{200b}!channel>"] {
        let text = clean(hostile);
        for call in ["<!", "<@", "<#"] {
            assert!(!text.contains(call), "{hostile} became {text}");
        }
    }
    assert_eq!(clean("a < b, 1 <2"), "a < b, 1 <2");
}

#[test]
fn what_is_not_seen_is_dropped_and_turns_are_shown() {
    assert_eq!(clean("Sa\u{200b}rah\u{feff} Ch\u{ad}en\u{7}"), "Sarah Chen");
    assert_eq!(clean("abc\u{202e}moc.live"), "abc\u{fffd}moc.live");
    assert_eq!(clean("\u{2066}x\u{2069}"), "\u{fffd}x\u{fffd}");
    assert_eq!(clean("tag\u{e0041}\u{e007f}"), "tag");
    assert_eq!(clean("a\u{2028}b\r\nc\td"), "a\nb\nc d");
}

#[test]
fn letters_of_every_script_are_kept() {
    for text in ["Søren Müller", "محمد علي", "שרה כהן", "山田 太郎", "José ❤️"] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn one_line_cannot_pretend_to_be_two() {
    assert_eq!(one_line("Sarah\nnow ACTIVE\r\n  x\u{2029}y"), "Sarah now ACTIVE x y");
}

#[test]
fn markup_escapes_what_it_is_given() {
    assert_eq!(marked(Markup::default().words("a & b <c>")), "a &amp; b &lt;c&gt;");
    assert_eq!(marked(Markup::default().bold("Target")), "*Target*");
}

#[test]
fn a_link_is_a_web_address_or_none() {
    let link = |url: &str| marked(Markup::default().link(url, "#42"));
    assert_eq!(link("https://acme.freshservice.com/a/tickets/42"), "<https://acme.freshservice.com/a/tickets/42|#42>");
    assert_eq!(link("https://a.example/?a=1&b=2"), "<https://a.example/?a=1&amp;b=2|#42>");
    for bad in ["", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/a/tickets/42", "https://"] {
        assert_eq!(link(bad), "#42", "{bad}");
    }
    for tricky in ["https://a.example/x|evil", "https://a.example/x>y", "https://a.example/<!channel>"] {
        let text = link(tricky);
        assert_eq!(text.matches('|').count(), 1, "{text}");
        assert_eq!(text.matches('>').count(), 1, "{text}");
        assert_eq!(text.matches('<').count(), 1, "{text}");
    }
}

#[test]
fn a_mention_is_a_user_id_or_none() {
    assert_eq!(marked(Markup::default().mention("U0123APPROVER")), "<@U0123APPROVER>");
    for bad in ["!channel", "U1>x<!here", "u1", "C1"] {
        assert!(!marked(Markup::default().mention(bad)).contains("<@"), "{bad}");
        assert!(!marked(Markup::default().mention(bad)).contains("<!"), "{bad}");
    }
}

#[test]
fn a_piece_that_does_not_fit_is_left_out_whole() {
    let text = Markup::default().mention("U111").words(" ").mention("U222").within(10).text;
    assert_eq!(text, "<@U111>…");
}
