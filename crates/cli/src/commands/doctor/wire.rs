//! A connection with a limit in time, that speaks Redis's protocol.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use holdfast::doctor::Trouble;
use holdfast::doctor::resp::{self, Reply};
use rustls::{AlertDescription, ClientConnection, StreamOwned};

/// A socket on which nothing lasts longer than it may, however slowly the peer drips.
pub struct Timed {
    socket: TcpStream,
    until: Instant,
}

impl Timed {
    pub fn new(socket: TcpStream, limit: Duration) -> Timed {
        Timed { socket, until: Instant::now() + limit }
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// Systems disagree on what a timeout is called.
fn named(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(buffer).map_err(named)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A connection to what should be Redis.
pub struct Wire {
    stream: Stream,
    /// Read, and not yet a whole reply.
    rest: Vec<u8>,
}

impl Wire {
    pub fn plain(socket: TcpStream) -> Wire {
        Wire { stream: Stream::Plain(Timed::new(socket, Duration::ZERO)), rest: Vec::new() }
    }

    pub fn probe(socket: Timed) -> Wire {
        Wire { stream: Stream::Plain(socket), rest: Vec::new() }
    }

    pub fn tls(connection: ClientConnection, socket: Timed) -> Wire {
        Wire { stream: Stream::Tls(Box::new(StreamOwned::new(connection, socket))), rest: Vec::new() }
    }

    /// All that follows ends within this time.
    pub fn limit(&mut self, limit: Duration) {
        let timed = match &mut self.stream {
            Stream::Plain(timed) => timed,
            Stream::Tls(stream) => &mut stream.sock,
        };
        timed.until = Instant::now() + limit;
    }

    /// One command, one reply. What nobody asked for is passed over.
    pub fn ask(&mut self, words: &[&str]) -> Result<Reply, Trouble> {
        let bytes = resp::command(words);
        let stream: &mut dyn Both = match &mut self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.as_mut(),
        };
        stream.write_all(&bytes).and_then(|()| stream.flush()).map_err(trouble)?;
        loop {
            match resp::read(&self.rest) {
                resp::Read::Whole(reply, length) => {
                    self.rest.drain(..length);
                    if reply != Reply::Push {
                        return Ok(reply);
                    }
                }
                resp::Read::Nonsense => return Err(Trouble::NotRedis),
                resp::Read::More => {
                    let mut buffer = [0; 16 * 1024];
                    let length = stream.read(&mut buffer).map_err(trouble)?;
                    if length == 0 {
                        return Err(Trouble::Closed);
                    }
                    self.rest.extend_from_slice(buffer.get(..length).unwrap_or_default());
                }
            }
        }
    }
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// What an error on a connection means, that was well until then. With TLS 1.3 a server judges the certificate of the
/// client when the handshake is over for us.
pub fn trouble(error: io::Error) -> Trouble {
    if let Some(rustls::Error::AlertReceived(alert)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return alerted(*alert);
    }
    match error.kind() {
        io::ErrorKind::TimedOut => Trouble::Silent,
        _ => Trouble::Closed,
    }
}

/// What a server says of us when it ends TLS.
pub fn alerted(alert: AlertDescription) -> Trouble {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => Trouble::ClientCertificateWanted,
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::DecryptError => Trouble::ClientCertificateRefused(format!("{alert:?}")),
        other => Trouble::TlsOther(format!("the server ended it with {other:?}")),
    }
}
