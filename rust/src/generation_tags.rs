//! Replaces `{% generation %}` tags, which mark what a model wrote and minijinja does not know.

/// With tags that render the body in a scope of its own instead.
pub fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        out.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        let Some(end) = rest.find("%}") else { break };
        let inside = &rest[..end];
        let name = inside.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim();
        match name {
            "generation" => out.push_str(&inside.replace(name, "with")),
            "endgeneration" => out.push_str(&inside.replace(name, "endwith")),
            _ => continue,
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[test]
fn generation_tags_become_scopes_with_the_same_white_space_control() {
    let given = "a{%- generation %}x{% endgeneration -%}b{% if generation %}{% endif %}{%";
    let wanted = "a{%- with %}x{% endwith -%}b{% if generation %}{% endif %}{%";
    assert_eq!(without_generation_tags(given), wanted);
}
