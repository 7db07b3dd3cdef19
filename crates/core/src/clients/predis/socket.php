/** A stream that waits no longer than it may, and that Predis can't open again by itself, inside of a command. */
final class Socket extends Stream implements StreamFactoryInterface
{
    public int $writes = 0;
    public int $heard = 0; // bytes
    private bool $used = false;
    private float $until = 0.0;

    /** @param resource $stream */
    public function __construct(private $stream)
    {
        parent::__construct($stream);
    }

    /** For all that follows. */
    public function wait(float $seconds): void
    {
        $this->until = hrtime(true) / 1e9 + $seconds;
    }

    public function createStream(ParametersInterface $parameters): StreamInterface
    {
        if ($this->used) {
            throw new StreamInitException("lost in this call");
        }
        $this->used = true;
        return $this;
    }

    public function write(string $string): int
    {
        $this->writes++;
        $this->limit();
        $written = @fwrite($this->stream, $string);
        if (!$written) {
            $this->limit();
            @fread($this->stream, 1); // its warning says why the peer hung up, for want of a certificate perhaps
            throw new RuntimeException("the write broke off", 1);
        }
        return $written;
    }

    public function read(int $length): string
    {
        $this->limit();
        $bytes = @parent::read($length);
        if ($bytes === "" || ($length < 0 && $bytes[-1] !== "\n")) {
            throw new RuntimeException("the reply broke off", 2); // Predis would take it, or read again for ever
        }
        $this->heard += strlen($bytes);
        return $bytes;
    }

    private function limit(): void
    {
        $left = max(0.001, $this->until - hrtime(true) / 1e9);
        stream_set_timeout($this->stream, (int) $left, (int) (fmod($left, 1) * 1e6));
    }
}

