//! The two ends of a pipe: a thread that reads frames, and a writer.
//! Not the library's pipe interface, which starts a program; this is the program.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::Context;
use roost::interface::hdlc::{self, Decoder};
use roost::rns::interface::InterfaceId;

use crate::settings::Source;

/// Most bytes of one read.
const READ_SIZE: usize = 4096;

/// What a pipe says.
#[derive(Debug)]
pub(crate) enum Input {
    Frame(InterfaceId, Vec<u8>),
    /// The other side has closed it.
    Closed(InterfaceId),
}

/// A pipe that is open; nothing is read yet.
pub(crate) struct Port {
    reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
}

impl Port {
    pub(crate) fn open(source: &Source) -> anyhow::Result<Self> {
        match source {
            Source::Standard => {
                Ok(Self { reader: Box::new(std::io::stdin()), writer: Box::new(std::io::stdout()) })
            }
            Source::Inherited { fd_in, fd_out } => {
                Ok(Self { reader: Box::new(open(*fd_in, false)?), writer: Box::new(open(*fd_out, true)?) })
            }
        }
    }

    /// Reads from now on, on a thread of its own. The writer stays with the caller.
    pub(crate) fn start(self, interface: InterfaceId, max_frame: usize, inputs: Sender<Input>) -> PortWriter {
        let mut reader = self.reader;
        thread::spawn(move || {
            let mut decoder = Decoder::new(max_frame);
            let mut chunk = [0; READ_SIZE];
            while let Ok(len @ 1..) = reader.read(&mut chunk) {
                decoder.push(chunk.get(..len).unwrap_or_default());
                while let Some(frame) = decoder.next_frame() {
                    let _ = inputs.send(Input::Frame(interface, frame));
                }
            }
            let _ = inputs.send(Input::Closed(interface));
        });
        PortWriter(self.writer)
    }
}

/// Where frames go out.
pub(crate) struct PortWriter(Box<dyn Write + Send>);

impl PortWriter {
    /// Waits while the other side does not read. A pipe that is closed is not news: its reader says so.
    pub(crate) fn write(&mut self, frame: &[u8]) {
        let mut wire = Vec::new();
        hdlc::encode_into(frame, &mut wire);
        let _ = self.0.write_all(&wire).and_then(|()| self.0.flush());
    }
}

/// A descriptor that this process was started with, opened again by its name: that needs no unsafe code.
fn open(fd: u32, write: bool) -> anyhow::Result<File> {
    let path = format!("/dev/fd/{fd}");
    let opened = File::options().read(!write).write(write).open(&path);
    opened.with_context(|| format!("cannot open descriptor {fd}"))
}
