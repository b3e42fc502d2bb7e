//! strftime for one fixed day, at midnight, in the C locale.

#[derive(Clone, Copy)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Date {
    /// From "YYYY-MM-DD".
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != 10 || !shape {
            return None;
        }
        let field = |range: std::ops::Range<usize>| text[range].parse().ok();
        let date = Date { year: field(0..4)?, month: field(5..7)?, day: field(8..10)? };
        let valid = date.year > 0
            && (1..=12).contains(&date.month)
            && (1..=date.days_of(date.month)).contains(&date.day);
        valid.then_some(date)
    }

    fn days_of(&self, month: u32) -> u32 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => 31,
        }
    }

    fn day_of_year(&self) -> u32 {
        (1..self.month).map(|month| self.days_of(month)).sum::<u32>() + self.day
    }

    /// 0 is Sunday.
    fn weekday(&self) -> usize {
        let before = self.year - 1;
        let days = 365 * before + before / 4 - before / 100 + before / 400 + self.day_of_year();
        (days % 7) as usize
    }

    /// The text of one directive, without its '-' flag.
    fn directive(&self, name: char) -> Option<String> {
        let (month, day) = (MONTHS[self.month as usize - 1], DAYS[self.weekday()]);
        Some(match name {
            'Y' => self.year.to_string(),
            'y' => format!("{:02}", self.year % 100),
            'm' => format!("{:02}", self.month),
            'd' => format!("{:02}", self.day),
            'e' => format!("{:2}", self.day),
            'B' => month.into(),
            'b' | 'h' => month[..3].into(),
            'A' => day.into(),
            'a' => day[..3].into(),
            'j' => format!("{:03}", self.day_of_year()),
            'w' => self.weekday().to_string(),
            'u' => ((self.weekday() + 6) % 7 + 1).to_string(),
            'H' | 'M' | 'S' => "00".into(),
            'I' => "12".into(),
            'p' => "AM".into(),
            'f' => "000000".into(),
            'F' => self.format("%Y-%m-%d").ok()?,
            'D' | 'x' => self.format("%m/%d/%y").ok()?,
            'T' | 'X' => "00:00:00".into(),
            'R' => "00:00".into(),
            'c' => self.format("%a %b %e %T %Y").ok()?,
            'Z' | 'z' => String::new(),
            'n' => "\n".into(),
            't' => "\t".into(),
            '%' => "%".into(),
            _ => return None,
        })
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
    assert!(date.format("%Q").is_err());
}
