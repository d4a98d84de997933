//! Text that others wrote, in HTML and SVG.

use std::fmt::{self, Display, Formatter, Write};

use toddle::escaped;

/// Shows text without its markup: in elements and in attributes with quotes.
///
/// Everything that comes from outside (names of classes, columns, files and runs) passes through this type.
#[derive(Clone, Copy, Debug)]
pub struct Text<T>(pub T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in escaped(&self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_no_markup() {
        let text = Text("</script><a href='x' title=\"y\">&\u{202e}\n").to_string();
        let safe = "&lt;/script&gt;&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;\\u202e\\n";
        assert_eq!(text, safe);
    }
}
