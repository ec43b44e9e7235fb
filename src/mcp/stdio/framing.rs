//! From bytes to lines, of bounded length.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest line that is read, in bytes.
pub const MAX_LINE: usize = 8 << 20;

/// The bytes that were read and are not yet a line.
#[derive(Debug, Default)]
pub struct Framing {
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    scanned: usize,
    /// The rest of a line that is too long is being passed over.
    skipping: bool,
}

/// What stands between two line ends.
#[derive(Debug)]
pub enum Frame {
    /// A line, without its end.
    Line(BytesMut),
    /// The beginning of a line that is too long; the rest is passed over.
    TooLong(BytesMut),
}

impl Framing {
    /// Reads what there is, into a buffer that grows by what is read; how much it was.
    pub async fn read(&mut self, reader: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        const AT_LEAST: usize = 8 << 10;
        self.buffer.reserve(AT_LEAST);
        reader.read_buf(&mut self.buffer).await
    }

    /// Nothing more will be read: the last line may come without its line end.
    pub fn end(&mut self) {
        if !self.buffer.is_empty() {
            self.buffer.extend_from_slice(b"\n");
        }
    }

    /// Forgets what was read.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.scanned = 0;
    }

    /// How many bytes were read and are not yet a line.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next line, if a whole one was read.
    pub fn next(&mut self) -> Option<Frame> {
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') else {
                self.scanned = self.buffer.len();
                if self.skipping {
                    self.clear();
                } else if self.scanned > MAX_LINE {
                    self.scanned = 0;
                    self.skipping = true;
                    return Some(Frame::TooLong(std::mem::take(&mut self.buffer)));
                }
                return None;
            };
            let line = self.buffer.split_to(self.scanned + end);
            self.buffer.advance(1);
            self.scanned = 0;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            let too_long = line.len() > MAX_LINE;
            return Some(if too_long { Frame::TooLong(line) } else { Frame::Line(line) });
        }
    }
}

/// A line without what some clients put around it.
pub fn content(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> Vec<String> {
        let mut framing = Framing::default();
        let mut found = Vec::new();
        for piece in pieces {
            framing.buffer.extend_from_slice(piece);
            while let Some(frame) = framing.next() {
                found.push(match frame {
                    Frame::Line(line) => String::from_utf8_lossy(&line).into_owned(),
                    Frame::TooLong(beginning) => format!("too long: {}", beginning.len()),
                });
            }
        }
        found
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        assert_eq!(frames(&[b"a\nb", b"c\n\nd"]), ["a", "bc", ""]);
        let mut framing = Framing::default();
        framing.buffer.extend_from_slice(b"last");
        framing.end();
        assert!(matches!(framing.next(), Some(Frame::Line(line)) if line == "last"));
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once_and_passed_over() {
        let long = vec![b'x'; MAX_LINE + 1];
        assert_eq!(
            frames(&[&long, b"more\nnext\n"]),
            [format!("too long: {}", MAX_LINE + 1), "next".to_owned()]
        );
        let whole = [&long[..], b"\nnext\n"].concat();
        assert_eq!(frames(&[&whole]), [format!("too long: {}", MAX_LINE + 1), "next".to_owned()]);
    }

    #[test]
    fn what_clients_put_around_a_line_is_no_part_of_it() {
        assert_eq!(content(b"\xef\xbb\xbf {} \r"), b"{}");
        assert_eq!(content(b" \t"), b"");
    }
}
