//! strftime for one fixed day, at midnight, as Python's datetime has it.
use chrono::{NaiveDate, NaiveTime};

const DIRECTIVES: &str = "ymdeBbhAajwuHMSIpDxTXRnt%"; // chrono writes them as Python does

#[derive(Clone, Copy)]
pub struct Date(NaiveDate);

impl Date {
    /// From "YYYY-MM-DD".
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (date.to_string() == text && !text.starts_with("0000")).then_some(Date(date))
    }

    /// The text of one directive, without its '-' flag.
    fn directive(&self, name: char) -> Option<String> {
        let format = match name {
            'f' => "000000".into(), // chrono counts nanoseconds
            'Z' | 'z' => String::new(),
            'Y' => "%-Y".into(), // chrono fills a year up to four digits
            'F' => "%-Y-%m-%d".into(),
            'c' => "%a %b %e %T %-Y".into(),
            _ if DIRECTIVES.contains(name) => format!("%{name}"),
            _ => return None,
        };
        Some(self.0.and_time(NaiveTime::MIN).format(&format).to_string())
    }

    pub fn format(&self, format: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = format.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut name = rest.next();
            let unpadded = name == Some('-');
            if unpadded {
                name = rest.next();
            }
            let text = name.and_then(|name| self.directive(name));
            let text = text.ok_or_else(|| format!("strftime_now cannot format {format:?}"))?;
            let short = text.trim_start_matches(['0', ' ']);
            out.push_str(match (unpadded, short.is_empty()) {
                (false, _) => &text,
                (true, true) => "0",
                (true, false) => short,
            });
        }
        Ok(out)
    }
}

#[test]
fn dates_are_formatted_as_by_strftime() {
    let date = Date::parse("2024-02-29").unwrap();
    assert_eq!(date.format("%d %b %Y, %A %-m %j %e%%").unwrap(), "29 Feb 2024, Thursday 2 060 29%");
    assert_eq!(Date::parse("2026-11-01").unwrap().format("%a %-d").unwrap(), "Sun 1");
    assert!(Date::parse("2023-02-29").is_none() && Date::parse("24-1-1").is_none());
    assert!(Date::parse("2024-2-29").is_none() && Date::parse("+2024-02-9").is_none());
    assert!(Date::parse("0000-01-01").is_none());
    assert!(date.format("%Q").is_err());
    let all =
        "%Y %y %m %d %e %B %b %h %A %a %j %w %u %H %M %S %I %p %f %F %D %x %T %X %R %c %Z%z%n%t%%";
    assert_eq!(
        Date::parse("2026-03-01").unwrap().format(all).unwrap(),
        "2026 26 03 01  1 March Mar Mar Sunday Sun 060 0 7 00 00 00 12 AM 000000 2026-03-01 03/01/26 \
         03/01/26 00:00:00 00:00:00 00:00 Sun Mar  1 00:00:00 2026 \n\t%"
    );
    assert_eq!(
        Date::parse("2000-01-01").unwrap().format("%-y %-A %-H %-c %-Y").unwrap(),
        "0 Saturday 0 Sat Jan  1 00:00:00 2000 2000"
    );
    assert_eq!(Date::parse("0024-01-01").unwrap().format("%Y %F").unwrap(), "24 24-01-01");
}
